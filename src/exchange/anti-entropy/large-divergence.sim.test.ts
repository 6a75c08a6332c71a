import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import type { Env } from "../../core/env.ts";
import { makeOrigin, type PeerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import {
  DotsReplica,
  Land,
  ofDots,
  originNamed,
  scattered,
  without,
} from "../../testing/divergence-rig.ts";
import type { AntiEntropyMessage } from "./anti-entropy.messages.ts";

const agree = (replicas: readonly { readonly seen: { hash(): number } }[]) =>
  new Set(replicas.map(({ seen }) => seen.hash())).size === 1;

/** Copies of one set, each lacking other dots. */
function replicasOf(count: number, itemsCount: number, lackingCount: number): DotsReplica[] {
  const whole = scattered(itemsCount, 40);
  const random = new Random(3);
  const replicas: DotsReplica[] = [];
  for (let at = 0; at < count; at += 1) {
    replicas.push(new DotsReplica(without(whole, lackingCount, random)));
  }
  return replicas;
}

describe("large sets that differ little", () => {
  it("find what they differ in by sketch, both ways, in one round", () => {
    const kinds: string[] = [];
    const replicas = replicasOf(2, 20_000, 100);
    const land = new Land(replicas.map(ofDots), {
      onSend: (_, message) => kinds.push(message.kind),
    });
    expect(land.simulator.runUntil(() => agree(replicas), 3_000)).toBe(true);
    expect(replicas[0]?.seen.size).toBeGreaterThan(19_990);
    expect(kinds).toContain("differing");
    // No digest but that of what differs, and no update twice.
    expect(land.counted("duplicates")).toBe(0);
    expect(land.counted("dropped.unsolicited")).toBe(0);
    expect(land.counted("dropped.notOffered")).toBe(0);
    expect(land.counted("sketchesGivenUp")).toBe(0);
  });

  it.each(["push", "pull"] as const)("do so by %s too", (mode) => {
    const replicas = replicasOf(2, 20_000, 100);
    const land = new Land(replicas.map(ofDots), { antiEntropy: { mode } });
    expect(land.simulator.runUntil(() => agree(replicas), 20_000)).toBe(true);
    expect(land.counted("sketches")).toBeGreaterThan(0);
  });

  it("agree although a third of the messages is lost, doubled or late", () => {
    const replicas = replicasOf(6, 10_000, 60);
    const network = { lossRatio: 0.2, duplicateRatio: 0.2, latencyMaxMs: 300 };
    const land = new Land(replicas.map(ofDots), { network });
    expect(land.simulator.runUntil(() => agree(replicas), 300_000)).toBe(true);
    expect(land.counted("sketches")).toBeGreaterThan(0);
    expect(land.counted("timedOut")).toBeGreaterThan(0);
  });

  it("are compared run by run where runs are long", () => {
    const units: string[] = [];
    const whole = new DotSet();
    for (let at = 0; at < 2_000; at += 1) whole.addRange(originNamed(at), 1, 1_000 + at);
    const behind = whole.clone();
    for (let at = 0; at < 2_000; at += 100) whole.addRange(originNamed(at), 5_000, 5_003);
    const replicas = [new DotsReplica(whole), new DotsReplica(behind)];
    const land = new Land(replicas.map(ofDots), {
      onSend: (_, message) => message.kind === "sketch" && units.push(message.unit),
    });
    expect(land.simulator.runUntil(() => agree(replicas), 3_000)).toBe(true);
    expect(units).toContain("runs");
  });

  it("keep on agreeing while others write", () => {
    const replicas = replicasOf(3, 10_000, 20);
    const land = new Land(replicas.map(ofDots));
    for (let step = 0; step < 100; step += 1) {
      land.simulator.plan(step * 37, () => {
        replicas[step % 3]?.seen.add({ origin: originNamed(step % 3), seq: 50_000 + 2 * step });
      });
    }
    land.simulator.runForMs(4_000);
    expect(land.simulator.runUntil(() => agree(replicas), 30_000)).toBe(true);
  });
});

describe("large sets that differ much", () => {
  it("are told by digests in pieces, when the first symbols say so", () => {
    const pieces: number[] = [];
    const one = new DotsReplica(scattered(20_000, 40));
    const other = new DotsReplica();
    const even = new DotSet();
    for (const { origin, seq } of one.seen) even.addRange(origin, seq + 10_001, seq + 10_001);
    other.seen.addAll(even);
    const land = new Land([ofDots(one), ofDots(other)], {
      antiEntropy: { deltaMaxBytes: 20_000 },
      onSend: (_, message) => {
        if (message.kind === "digests") pieces.push(message.digests[0]?.seen.rangesCount ?? 0);
      },
    });
    expect(land.simulator.runUntil(() => agree([one, other]), 60_000)).toBe(true);
    expect(land.counted("sketchesGivenUp")).toBeGreaterThan(0);
    expect(pieces.length).toBeGreaterThan(3);
    expect(Math.max(...pieces)).toBeLessThan(3_400);
  });

  it("are busy with no more sketches than allowed", () => {
    const replicas = replicasOf(12, 10_000, 30);
    const land = new Land(replicas.map(ofDots), { antiEntropy: { sketchesMaxCount: 1 } });
    expect(land.simulator.runUntil(() => agree(replicas), 60_000)).toBe(true);
  });
});

describe("a hostile peer", () => {
  const hostile = (answer: (message: AntiEntropyMessage) => AntiEntropyMessage | undefined) => {
    const replica = replicasOf(1, 5_000, 0)[0] ?? new DotsReplica();
    const land = new Land([ofDots(replica)]);
    const node = land.simulator.nodes[0];
    const heard: AntiEntropyMessage[] = [];
    land.simulator.add((host) => {
      host.mountDirect("antiEntropy", (env: Env<AntiEntropyMessage, never>) => ({
        start: () => {},
        stop: () => {},
        onTimer: () => {},
        onMessage: (from: PeerId, message: AntiEntropyMessage) => {
          heard.push(message);
          const reply = answer(message);
          if (reply !== undefined) env.send(from, reply);
        },
      }));
    });
    node?.step(() => land.engines[0]?.compareWith(1 as PeerId & number));
    land.simulator.runForMs(2_000);
    return { land, heard, replica };
  };
  const sketch = (message: AntiEntropyMessage, symbols: Uint8Array, first = 0) => ({
    kind: "sketch" as const,
    round: message.round,
    turn: message.turn + 1,
    replica: "dots",
    unit: "dots" as const,
    salt: 5,
    first,
    symbols,
    digestBytes: 1e9,
  });

  it("who sends noise for symbols is counted and told that they are of no use", () => {
    const random = new Random(9);
    for (const length of [0, 1, 13, 500, 5_000]) {
      const { land, heard } = hostile((message) =>
        message.kind === "compare" ? sketch(message, random.bytes(length)) : undefined,
      );
      const isCounted = land.counted("dropped.forgedSketch") > 0;
      const isAsked = heard.some(({ kind }) => kind === "more");
      expect(isCounted || isAsked).toBe(true);
    }
  });

  it("cannot keep a node asking for symbols for ever", () => {
    const random = new Random(10);
    let asked = 0;
    const symbols = () => {
      const bytes = new Uint8Array(13 * 60);
      for (let at = 0; at < bytes.length; at += 13) bytes.set(random.bytes(12), at);
      return bytes;
    };
    hostile((message) => {
      if (message.kind === "compare") return sketch(message, symbols());
      if (message.kind !== "more") return undefined;
      asked += 1;
      return sketch(message, symbols(), message.first);
    });
    expect(asked).toBeLessThan(2_000);
  });

  it("cannot name as lacking what this node does not have", () => {
    // Symbols of an empty set: all of ours are "only here", which is true, and nothing is forged.
    const { land } = hostile((message) => {
      const isAsking = message.kind === "compare" || message.kind === "more";
      const first = message.kind === "more" ? message.first : 0;
      return isAsking ? sketch(message, new Uint8Array(13 * 60), first) : undefined;
    });
    expect(land.counted("dropped.forgedSketch")).toBe(0);
  });
});

describe("a new replica", () => {
  const historyOf =
    (name: string) => (host: { wallClockMs: number }, after: (body: () => void) => void) =>
      new History(
        { origin: () => makeOrigin(name, 1), wallClock: () => host.wallClockMs, afterStep: after },
        { ...historyDefaults, keptMaxCount: 200_000 },
      );

  it("is streamed 100,000 updates, goes on after each cut, and others are not kept waiting", () => {
    const bytes = { most: 0 };
    const histories: History[] = [];
    const small: DotsReplica[] = [];
    const payload = new Uint8Array(100);
    const land = new Land(
      [0, 1, 2].map((at) => (host, after) => {
        const history = historyOf(`n${at}`)(host, after);
        histories[at] = history;
        small[at] = new DotsReplica();
        if (at === 0) for (let step = 0; step < 100_000; step += 1) history.append(payload);
        const replicas = new Map<string, History | DotsReplica>([
          ["large", history],
          ["small", small[at] ?? new DotsReplica()],
        ]);
        return { replicas, sizeOf: () => 148 };
      }),
      {
        network: { latency: { kind: "constant", ms: 20 } },
        onSend: (_, message) => {
          if (message.kind !== "itemsWants" && message.kind !== "items") return;
          const count = message.items.reduce((sum, { delta }) => sum + delta.updates.length, 0);
          bytes.most = Math.max(bytes.most, count * 148);
        },
      },
    );
    const { simulator } = land;
    const [source, fresh, third] = simulator.nodes;
    if (source === undefined || fresh === undefined || third === undefined)
      throw new Error("nodes");
    // The line is cut again and again, each time in the midst of the stream.
    for (let cut = 1; cut <= 5; cut += 1) {
      simulator.plan(cut * 2_000, () => simulator.partition([source], [fresh], [third]));
      simulator.plan(cut * 2_000 + 700, () => simulator.heal());
    }
    const heldAt: number[] = [];
    for (let second = 0; second < 12; second += 1) {
      simulator.plan(second * 1_000, () => heldAt.push(histories[1]?.size ?? 0));
    }
    simulator.plan(3_000, () => small[2]?.seen.add({ origin: originNamed(1), seq: 1 }));
    let smallAtMs = 0;
    const all = () => {
      if (smallAtMs === 0 && agree(small) && (small[0]?.seen.size ?? 0) > 0)
        smallAtMs = simulator.nowMs;
      return agree(histories);
    };
    expect(simulator.runUntil(all, 120_000)).toBe(true);
    expect(histories[1]?.size).toBe(100_000);
    // Nothing that was received was thrown away by a cut.
    expect([...heldAt].sort((a, b) => a - b)).toEqual(heldAt);
    expect(heldAt.filter((held) => held > 0 && held < 100_000).length).toBeGreaterThan(3);
    expect(bytes.most).toBeLessThanOrEqual(65_536 + 148);
    expect(smallAtMs).toBeGreaterThan(0);
    expect(smallAtMs).toBeLessThan(12_000);
    expect(land.counted("duplicates")).toBeLessThan(20_000);
    const told = land.progress.filter(({ replica }) => replica === "large");
    expect(told.length).toBeGreaterThan(100);
    expect(told.at(-1)).toMatchObject({ heldCount: 100_000, missingCount: 0 });
  });
});
