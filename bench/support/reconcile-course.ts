/** Two nodes that hold a million items, of which one lacks some, until they agree. */

import type { DotSet, ReadonlyDotSet } from "../../src/core/dot-set.ts";
import { encodeDotSet } from "../../src/core/dot-set-bytes.ts";
import type { PeerId } from "../../src/core/peer.ts";
import { makeOrigin } from "../../src/core/peer.ts";
import type { AntiEntropyMessage } from "../../src/exchange/anti-entropy/anti-entropy.messages.ts";
import { encodeAntiEntropy } from "../../src/exchange/anti-entropy/anti-entropy.wire.ts";
import { DotsReplica, Land, ofDots } from "../../src/testing/divergence-rig.ts";

export interface CourseResult {
  /** All messages of both nodes, as the shipped codec writes them, with their frames. */
  readonly wireBytes: number;
  readonly messagesCount: number;
  /** Of both nodes together. */
  readonly cpuMs: number;
  /** Longest single step of a node, and how long all but one in a hundred took at most. */
  readonly stepMaxMs: number;
  readonly step99Ms: number;
  readonly gaveUpCount: number;
}

const author = makeOrigin("p1", 1_790_000_000_000);
const codec = {
  encode: (update: unknown) => update as Uint8Array,
  decode: (bytes: Uint8Array) => bytes,
};

/** `behind` begins the round, as a node does that comes back. */
export function reconcile(whole: ReadonlyDotSet, behind: DotSet): CourseResult {
  const replicas = [new DotsReplica(behind), new DotsReplica(whole.clone())];
  let [wireBytes, messagesCount] = [0, 0];
  const steps: number[] = [];
  let encodingMs = 0;
  const land = new Land(replicas.map(ofDots), {
    // Nothing is a round of its own but the one that is measured.
    antiEntropy: { roundIntervalMs: 1e9 },
    network: { latency: { kind: "constant", ms: 1 } },
    onSend: (_: PeerId, message: AntiEntropyMessage) => {
      const before = performance.now();
      wireBytes += encodeAntiEntropy(message, author, () => codec).length;
      messagesCount += 1;
      encodingMs += performance.now() - before;
    },
    step: (body) => {
      // CPU, for on a busy machine a step may wait in its midst; it includes the collector's.
      const [before, encodedMs] = [process.cpuUsage(), encodingMs];
      body();
      const { system, user } = process.cpuUsage(before);
      steps.push((system + user) / 1_000 - (encodingMs - encodedMs));
    },
  });
  const { simulator } = land;
  const cpu = process.cpuUsage();
  simulator.nodes[0]?.step(() => land.engines[0]?.compareWith(1 as PeerId & number));
  const isDone = simulator.runUntil(
    () => behind.size === whole.size && behind.hash() === whole.hash(),
    3_600_000,
  );
  if (!isDone) throw new Error(`${whole.size - behind.size} items are still missing`);
  const { system, user } = process.cpuUsage(cpu);
  steps.sort((a, b) => a - b);
  return {
    wireBytes,
    messagesCount,
    cpuMs: (user + system) / 1_000 - encodingMs,
    stepMaxMs: steps.at(-1) ?? 0,
    step99Ms: steps[Math.floor(steps.length * 0.99)] ?? 0,
    gaveUpCount: land.counted("sketchesGivenUp"),
  };
}

/** What the naive exchange costs: both send all that they have seen, then the items travel. */
export function naiveBytes(
  whole: ReadonlyDotSet,
  behind: ReadonlyDotSet,
  itemBytes: number,
): number {
  const missing = whole.difference(behind);
  const named = encodeDotSet(missing).length;
  return (
    encodeDotSet(whole).length + encodeDotSet(behind).length + 2 * named + missing.size * itemBytes
  );
}
