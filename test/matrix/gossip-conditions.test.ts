/**
 * What makes a protocol a gossip protocol, checked on those that claim to be one: periodic,
 * pairwise, bounded, state-changing, no reliable channel assumed, random peers. [DESIGN section 8;
 * Birman 2007, The promise, and limitations, of gossip protocols]
 */
import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../src/core/peer.ts";
import type { AntiEntropyMessage } from "../../src/exchange/anti-entropy/anti-entropy.messages.ts";
import { encodeAntiEntropy } from "../../src/exchange/anti-entropy/anti-entropy.wire.ts";
import { exchanges } from "../../src/exchange/catalog.ts";
import type { UpdateCodec } from "../../src/exchange/enrolled.ts";
import type { RumorMessage } from "../../src/exchange/rumor/rumor.messages.ts";
import { encodeRumor } from "../../src/exchange/rumor/rumor.wire.ts";
import type { SimTraceEvent } from "../../src/sim/sim-trace.ts";
import { columns } from "./columns.ts";
import { type ExchangeName, Town, type TownOptions } from "./town.ts";

const NODES = 12;
const INTERVAL_MS = 1_000;
const MESSAGE_MAX_BYTES = 600;
/** Heads, names and digests beside the updates of a message. */
const AROUND_MAX_BYTES = 900;

/** Updates of the first column, each of two bytes. */
const codec: UpdateCodec = {
  encode: (update) => (update as { payload: Uint8Array }).payload,
  decode: (bytes) => ({ atMs: 0, payload: bytes }),
};

interface Gossip {
  readonly name: ExchangeName & keyof typeof exchanges;
  /** What begins a conversation. */
  readonly opening: string;
  readonly sizeOf: (message: unknown) => number;
}

const origin = makeOrigin("node", 1);
const claimants: readonly Gossip[] = [
  {
    name: "rumor",
    opening: "call",
    sizeOf: (message) => encodeRumor(message as RumorMessage, origin, () => codec).length,
  },
  {
    name: "antiEntropy",
    opening: "compare",
    sizeOf: (message) =>
      encodeAntiEntropy(message as AntiEntropyMessage, origin, () => codec).length,
  },
];

interface Said {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly message: { readonly kind: string };
}

function isSaid(subject: unknown): subject is { readonly kind: string } {
  return typeof subject === "object" && subject !== null && "kind" in subject;
}

/** A town whose every message is written down. */
function listen(gossip: Gossip, more: Partial<TownOptions> = {}): { town: Town; said: Said[] } {
  const [column] = columns;
  if (column === undefined) throw new Error("no data model");
  const said: Said[] = [];
  const town = new Town({
    seed: 1,
    nodesCount: NODES,
    exchanges: [gossip.name],
    column,
    antiEntropy: { roundIntervalMs: INTERVAL_MS, deltaMaxBytes: MESSAGE_MAX_BYTES },
    rumor: { roundIntervalMs: INTERVAL_MS, messageMaxBytes: MESSAGE_MAX_BYTES },
    ...more,
  });
  town.simulator.trace(({ atMs, node, peer = "", subject, what }: SimTraceEvent) => {
    if (what === "send" && isSaid(subject))
      said.push({ atMs, from: node, to: peer, message: subject });
  });
  return { town, said };
}

const openings = (gossip: Gossip, said: readonly Said[]) =>
  said.filter(({ message }) => message.kind === gossip.opening);

describe.each(claimants)("$name is a gossip protocol", (gossip) => {
  it("stands in the catalog", () => {
    expect(exchanges[gossip.name].channel).toBe(gossip.name);
  });

  it("is periodic: every node begins one conversation in every interval", () => {
    const { said, town } = listen(gossip);
    town.simulator.runForMs(INTERVAL_MS);
    said.length = 0;
    town.simulator.runForMs(20 * INTERVAL_MS);
    for (const { name } of town.nodes) {
      const times = openings(gossip, said).filter(({ from }) => from === name);
      expect([19, 20, 21]).toContain(times.length);
      for (const [place, { atMs }] of times.slice(1).entries()) {
        expect(atMs - (times[place]?.atMs ?? 0)).toBeCloseTo(INTERVAL_MS, 0);
      }
    }
  });

  it("is pairwise: what belongs to a conversation goes between the two who have it", () => {
    const { said, town } = listen(gossip);
    town.write(0);
    town.simulator.runForMs(10 * INTERVAL_MS);
    const pairs = new Map<string, Set<string>>();
    for (const { from, message, to } of said) {
      if (!("round" in message)) continue;
      const opened = openings(gossip, said).find(
        (one) =>
          "round" in one.message &&
          one.message.round === message.round &&
          [one.from, one.to].sort().join() === [from, to].sort().join(),
      );
      expect(opened).toBeDefined();
      const key = `${opened?.from} ${String(message.round)}`;
      pairs.set(key, (pairs.get(key) ?? new Set()).add([from, to].sort().join()));
    }
    expect(pairs.size).toBeGreaterThan(9 * NODES);
    expect([...pairs.values()].every(({ size }) => size === 1)).toBe(true);
  });

  it("is bounded: no message grows with what there is to tell", () => {
    const largest = (writes: number): number => {
      const { said, town } = listen(gossip);
      for (let write = 0; write < writes; write += 1) town.write(write % NODES);
      town.simulator.runForMs(30 * INTERVAL_MS);
      return Math.max(...said.map(({ message }) => gossip.sizeOf(message)));
    };
    expect(largest(NODES)).toBeGreaterThan(50);
    expect(largest(2_000)).toBeLessThan(MESSAGE_MAX_BYTES + AROUND_MAX_BYTES);
  });

  it("changes state: of two who differed, one knows more after they have talked", () => {
    const { said, town } = listen(gossip, { nodesCount: 2 });
    town.write(0);
    const seen = () => town.residents.map(({ replica }) => replica.seen.size);
    expect(seen()).toEqual([1, 0]);
    expect(town.simulator.runUntil(() => openings(gossip, said).length > 0, 10_000)).toBe(true);
    town.simulator.runForMs(INTERVAL_MS / 2);
    expect(seen()).toEqual([1, 1]);
  });

  it("assumes no reliable channel: most is heard where half of all is lost", () => {
    const { town } = listen(gossip, { lossRatio: 0.5, duplicateRatio: 0.2 });
    for (let write = 0; write < 60; write += 1) town.write(write % NODES);
    town.simulator.runForMs(200 * INTERVAL_MS);
    const held = town.residents.reduce((sum, { replica }) => sum + replica.seen.size, 0);
    expect(held / (NODES * 60)).toBeGreaterThan(0.97);
  });

  it("chooses peers at random: each is called about as often, and never in the same order", () => {
    const { said, town } = listen(gossip);
    town.simulator.runForMs(200 * INTERVAL_MS);
    const calls = openings(gossip, said);
    const counts = new Map<string, number>();
    for (const { from, to } of calls) {
      const pair = `${from} ${to}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(NODES * (NODES - 1));
    const mean = calls.length / counts.size;
    let chiSquare = 0;
    for (const count of counts.values()) chiSquare += (count - mean) ** 2 / mean;
    // 132 pairs: a mean of 120 (11 a node), a standard deviation of 15.5; four of them.
    expect(chiSquare).toBeLessThan(182);
    expect(chiSquare).toBeGreaterThan(58);
    const order = (from: string) =>
      calls
        .filter((one) => one.from === from)
        .map(({ to }) => (Number(to) - Number(from) + NODES) % NODES);
    expect(order("0").join()).not.toBe(order("1").join());
    const other = listen(gossip, { seed: 2 });
    other.town.simulator.runForMs(200 * INTERVAL_MS);
    const again = openings(gossip, other.said).filter(({ from }) => from === "0");
    expect(again.map(({ to }) => to).join()).not.toBe(order("0").join());
  });
});
