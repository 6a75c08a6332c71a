import { describe, expect, test } from "vitest";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { Cause } from "../api.ts";
import { CausalFrontier } from "./causal-frontier.ts";
import { encodeCausalValue } from "./causal-value.ts";

const [a, b, c] = [makeOrigin("a", 1), makeOrigin("b", 1), makeOrigin("c", 1)];

function frontier(causesMaxCount = 512) {
  const counts: string[] = [];
  const made = new CausalFrontier({ causesMaxCount }, (name) => counts.push(name));
  const note = (tag: string, origin: Origin, seq: number, ...after: Cause[]): void =>
    made.note({ tag, dot: { origin, seq }, after });
  const names = (tag: string): string[] =>
    made.causes(tag).map(({ origin, seq, tag: cause }) => `${cause} ${origin[0]}${seq}`);
  return { made, note, names, counts };
}

function cause(tag: string, origin: Origin, seq: number): Cause {
  return { tag, origin, seq };
}

describe("what a message comes after", () => {
  test("is named by its direct predecessors only", () => {
    const { names, note } = frontier();
    note("t", a, 1);
    note("t", b, 1);
    expect(names("t")).toEqual(["t b1", "t a1"]);
    note("t", c, 1, cause("t", a, 1), cause("t", b, 1));
    expect(names("t")).toEqual(["t c1"]);
    note("t", c, 2);
    note("t", c, 1);
    expect(names("t")).toEqual(["t c2"]);
  });

  test("a later message of the same publisher stays, whatever its former ones implied", () => {
    const { names, note } = frontier();
    note("t", a, 2);
    note("t", b, 1, cause("t", a, 1));
    expect(names("t")).toEqual(["t b1", "t a2"]);
  });

  test("is not told by way of a topic in which a reader may take no part", () => {
    const { names, note } = frontier();
    note("t", a, 1);
    note("u", b, 1, cause("t", a, 1));
    // Whoever takes part in t alone cannot know that u's message came after a's.
    expect(names("t")).toEqual(["t a1", "u b1"]);
    // Whoever hears a message of u and cares for t takes part in both.
    expect(names("u")).toEqual(["u b1"]);
    expect(names("w")).toEqual(["t a1", "u b1"]);
    note("t", c, 1, cause("t", a, 1), cause("u", b, 1));
    expect([names("t"), names("u")]).toEqual([["t c1"], ["t c1", "u b1"]]);
  });

  test("is bounded: who was silent longest is left out, and counted", () => {
    const { counts, names, note } = frontier(2);
    note("t", a, 1);
    note("t", b, 1);
    note("t", a, 2);
    note("t", c, 1);
    expect(names("t")).toEqual(["t c1", "t a2"]);
    expect(counts).toEqual(["topics.causesDropped"]);
  });
});

interface Flight {
  readonly dueAt: number;
  readonly tag: string;
  readonly origin: Origin;
  readonly seq: number;
  readonly after: readonly Cause[];
}

/**
 * Bytes that a message takes for its causes, where one of `publishersCount` speaks at each instant
 * and is heard by all `delay` instants later. One observer stands for each publisher.
 */
function meanBytes(publishersCount: number, delay: number): number {
  const random = new Random(publishersCount);
  const origins = Array.from({ length: publishersCount }, (_, at) => makeOrigin(`node-${at}`, 17));
  const fronts = origins.map(() => new CausalFrontier({ causesMaxCount: 512 }, () => {}));
  const seqs = origins.map(() => 0);
  const flights: Flight[] = [];
  const rounds = 3 * publishersCount + 100;
  let bytesCount = 0;
  for (let at = 0; at < rounds; at += 1) {
    while (flights[0] !== undefined && flights[0].dueAt <= at) {
      const { after, origin, seq, tag } = flights.shift() as Flight;
      for (const front of fronts) front.note({ tag, dot: { origin, seq }, after });
    }
    const who = random.below(publishersCount);
    const [origin, front] = [origins[who] as Origin, fronts[who] as CausalFrontier];
    const after = front.causes("t");
    const seq = (seqs[who] as number) + 1;
    seqs[who] = seq;
    front.note({ tag: "t", dot: { origin, seq }, after });
    flights.push({ dueAt: at + delay, tag: "t", origin, seq, after });
    const said = encodeCausalValue("t", after, { codec: 1, payload: new Uint8Array() });
    if (at >= rounds / 2) bytesCount += said.length;
  }
  return bytesCount / Math.floor(rounds / 2);
}

test("a message names who spoke at about its time, however many publishers there are", () => {
  const found = [5, 50, 500].map((count) => Math.round(meanBytes(count, 4)));
  // docs/topics.md has these figures.
  expect(found).toEqual([30, 41, 46]);
});
