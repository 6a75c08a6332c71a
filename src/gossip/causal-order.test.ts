import { describe, expect, it } from "vitest";
import { makeOrigin, type Origin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { RecordingEnv } from "../testing/recording-env.ts";
import { CausalOrder, type OrderTimer } from "./causal-order.ts";
import type { ArrivedPacket, GossipGap } from "./packet.ts";

const origin = (name: string): Origin => makeOrigin(name, 1);
const [a, b, c] = [origin("a"), origin("b"), origin("c")];

function packet(author: Origin, seq: number, after: Record<Origin, number> = {}): ArrivedPacket {
  const clock = new Map(Object.entries(after) as [Origin, number][]);
  const rest = { data: 0, createdAtMs: 0, availableAt: [] };
  return { origin: author, seq, after: clock, ...rest };
}

function rig(given = {}) {
  const env = new RecordingEnv<never, OrderTimer>();
  const got: string[] = [];
  const gaps: (readonly GossipGap[])[] = [];
  const counts = new Map<string, number>();
  const counters = {
    add: (name: string): void => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  };
  const onPacket = (one: ArrivedPacket, gap: readonly GossipGap[]): void => {
    got.push(`${one.origin.slice(0, 1)}${one.seq}`);
    if (gap.length > 0) gaps.push(gap);
  };
  const bounds = { waitingMaxCount: 100, authorsMaxCount: 16, clockMaxCount: 4 };
  const options = { causalWaitMs: 1_000, ...bounds, ...given };
  const order = new CausalOrder(env, { onPacket, counters }, options);
  return { env, got, gaps, counts, order };
}

describe("causal order", () => {
  it("delivers what came late before what came after it, of one author and of several", () => {
    const { got, order } = rig();
    order.take(packet(c, 1, { [a]: 2, [b]: 1 }));
    order.take(packet(a, 2));
    order.take(packet(b, 1, { [a]: 1 }));
    expect(got).toEqual([]);
    order.take(packet(a, 1));
    expect(got.at(0)).toBe("a1");
    expect(got.at(-1)).toBe("c1");
    expect([...got].sort()).toEqual(["a1", "a2", "b1", "c1"]);
    expect(order.waitingCount).toBe(0);
  });

  it("keeps order whatever the order of arrival", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = new Random(seed);
      const authors = [a, b, c];
      const heard = authors.map(() => new Map<Origin, number>());
      const sent: ArrivedPacket[] = [];
      for (let count = 0; count < 30; count += 1) {
        const place = random.below(3);
        const [author, clock] = [authors[place] ?? a, heard[place] ?? new Map<Origin, number>()];
        // Now and then it has received what others wrote so far.
        if (random.chance(0.5)) for (const one of sent) clock.set(one.origin, one.seq);
        const seq = sent.filter((one) => one.origin === author).length + 1;
        const after = new Map([...clock].filter(([name]) => name !== author));
        sent.push({ ...packet(author, seq), after });
      }
      const { got, gaps, order } = rig();
      for (const one of random.shuffle([...sent])) order.take(one);
      expect(got).toHaveLength(30);
      expect(gaps).toEqual([]);
      const places = new Map(got.map((name, place) => [name, place]));
      for (const { after, origin: author, seq } of sent) {
        const mine = places.get(`${author.slice(0, 1)}${seq}`) ?? -1;
        for (const [other, last] of [...after, [author, seq - 1] as const]) {
          if (last === 0) continue;
          expect(places.get(`${other.slice(0, 1)}${last}`)).toBeLessThan(mine);
        }
      }
    }
  });

  it("gives up what does not come in time, says what is missing, and waits for it no more", () => {
    const { env, gaps, got, order } = rig();
    order.take(packet(a, 3, { [b]: 2 }));
    env.advance(999, order);
    expect(got).toEqual([]);
    env.advance(1, order);
    expect(got).toEqual(["a3"]);
    expect(gaps).toEqual([
      [
        { origin: a, first: 1, last: 2 },
        { origin: b, first: 1, last: 2 },
      ],
    ]);
    order.take(packet(a, 4, { [b]: 2 }));
    expect(got).toEqual(["a3", "a4"]);
    expect(env.pendingTimersCount).toBe(0);
  });

  it("takes what was given up when it comes, but never behind a later one of its author", () => {
    const { counts, env, got, order } = rig();
    order.take(packet(a, 2, { [b]: 1 }));
    env.advance(1_000, order);
    order.take(packet(b, 1));
    order.take(packet(a, 1));
    expect(got).toEqual(["a2", "b1"]);
    expect(counts.get("gossip.dropped.late")).toBe(1);
    order.take(packet(a, 2));
    expect(counts.get("gossip.dropped.late")).toBe(2);
  });

  it("gives up together what belongs together, in order", () => {
    const { env, gaps, got, order } = rig();
    order.take(packet(c, 1, { [b]: 1 }));
    order.take(packet(b, 1, { [a]: 5 }));
    order.take(packet(a, 5));
    env.advance(1_000, order);
    expect(got).toEqual(["a5", "b1", "c1"]);
    expect(gaps).toEqual([[{ origin: a, first: 1, last: 4 }]]);
  });

  it("is not stopped by clocks that run in a circle, nor deafened by one that lies", () => {
    const { env, got, order } = rig();
    order.take(packet(a, 1, { [b]: 1, [c]: Number.MAX_SAFE_INTEGER }));
    order.take(packet(b, 1, { [a]: 1 }));
    env.advance(1_000, order);
    expect([...got].sort()).toEqual(["a1", "b1"]);
    order.take(packet(c, 1));
    order.take(packet(c, 2));
    expect(got.slice(2)).toEqual(["c1", "c2"]);
  });

  it("keeps its bounds: of too many that wait the first goes; clocks have few entries", () => {
    const { got, order } = rig({ waitingMaxCount: 3 });
    for (const seq of [2, 4, 6, 8]) order.take(packet(a, seq));
    expect(got).toEqual(["a2"]);
    expect(order.waitingCount).toBe(3);
    for (let number = 0; number < 9; number += 1) order.take(packet(origin(`x${number}`), 1));
    expect([...order.clock(origin("x8")).keys()]).toEqual(
      ["x4", "x5", "x6", "x7"].map((name) => origin(name)),
    );
  });

  it("does not wait for what this node wrote itself", () => {
    const { got, order } = rig();
    order.noteOwn({ origin: a, seq: 7 });
    order.take(packet(b, 1, { [a]: 7 }));
    expect(got).toEqual(["b1"]);
    order.stop();
  });
});
