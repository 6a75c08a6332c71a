/**
 * Throws mutated packets and streams at codecs and nodes, and watches that nothing comes of it.
 * Inputs come in batches; each batch has a target of its own and depends on the seed and its number
 * only, so a failing one is made again by itself.
 */
import { Random } from "../../src/core/random.ts";
import { HostileFailure, type Property } from "./failure.ts";
import { MemoryCurve, type MemoryPoint } from "./memory-curve.ts";
import { type HostileInput, Mutator } from "./mutation/mutator.ts";
import { seedMessages } from "./mutation/seeds.ts";
import { nodeTarget } from "./targets/node-target.ts";
import { packetTarget } from "./targets/packet-target.ts";
import { payloadTarget } from "./targets/payload-target.ts";
import { simulatedTarget } from "./targets/simulated-target.ts";
import { streamTarget } from "./targets/stream-target.ts";
import type { Target, TargetMaker } from "./targets/target.ts";

export interface HostileOptions {
  readonly count: number;
  readonly seed: number;
  /** Hears how far it is, now and then. */
  readonly report?: (line: string) => void;
  /** Only these targets. */
  readonly only?: readonly TargetName[];
  /** Failures after which it ends. Default 20. */
  readonly failuresMaxCount?: number;
}

export interface Found {
  readonly target: TargetName;
  readonly property: Property;
  readonly detail: string;
  /** Make it again with `rerun`. */
  readonly batch: number;
  /** −1 for what the batch as a whole left behind. */
  readonly at: number;
  readonly recipe: string;
  readonly via: "packet" | "stream";
  /** As it stands inside seal and label. */
  readonly hex: string;
}

export interface HostileResult {
  readonly count: number;
  readonly seconds: number;
  readonly found: readonly Found[];
  /** The longest time of one input, measured again where it was long. */
  readonly slowestMs: number;
  /** Inputs over the limit at first that were not so when made again: the machine's doing. */
  readonly slowOnceCount: number;
  readonly memory: readonly MemoryPoint[];
  readonly counts: Readonly<Record<TargetName, number>>;
}

/** The bound for one input. */
export const SLOW_MS = 50;
const SLOW_ATTEMPTS = 3;
export const BATCH_COUNT = 500;
const MEMORY_POINTS = 24;

interface Kind {
  readonly make: TargetMaker;
  /** Batches out of `CYCLE` that go to it. */
  readonly share: number;
  readonly vias: readonly ("packet" | "stream")[];
}

const kinds = {
  packets: { make: packetTarget, share: 6, vias: ["packet"] },
  streams: { make: streamTarget, share: 4, vias: ["stream"] },
  payloads: { make: payloadTarget, share: 2, vias: ["packet"] },
  node: { make: nodeTarget, share: 7, vias: ["packet", "packet", "packet", "stream"] },
  simulated: { make: simulatedTarget, share: 1, vias: ["packet", "packet", "packet", "stream"] },
} as const satisfies Readonly<Record<string, Kind>>;

export type TargetName = keyof typeof kinds;
export const targetNames = Object.keys(kinds) as readonly TargetName[];

export async function runHostile(options: HostileOptions): Promise<HostileResult> {
  const run = new HostileRun(options.seed);
  const { count, failuresMaxCount = 20, report } = options;
  const order = batchOrder(options.only ?? targetNames);
  const batches = Math.ceil(count / BATCH_COUNT);
  const memory = new MemoryCurve();
  const began = performance.now();
  for (let batch = 0; batch < batches && run.found.length < failuresMaxCount; batch += 1) {
    const name = order[batch % order.length];
    if (name === undefined) break;
    run.runBatch(name, batch, Math.min(BATCH_COUNT, count - batch * BATCH_COUNT));
    // What a batch's nodes promised to close is closed now, and not held until the end.
    await new Promise((resolve) => setImmediate(resolve));
    if (batch % Math.ceil(batches / MEMORY_POINTS) !== 0) continue;
    memory.measure(run.count);
    report?.(`${run.count} of ${count} inputs, ${memory.last}, ${run.found.length} failures`);
  }
  const seconds = (performance.now() - began) / 1000;
  const { found, slowestMs, slowOnceCount, counts } = run;
  return {
    count: run.count,
    seconds,
    found,
    slowestMs,
    slowOnceCount,
    memory: memory.points,
    counts,
  };
}

/** Throws one input at a fresh target, as the first of batch `batch`. */
export function replay(
  name: TargetName,
  input: HostileInput,
  batch: number,
): { readonly error: unknown; readonly ms: number } {
  const target = kinds[name].make(batch);
  const began = performance.now();
  try {
    target.feed(input, new Random(batch));
    const ms = performance.now() - began;
    if (name !== "simulated") target.finish();
    return { error: undefined, ms };
  } catch (error) {
    return { error, ms: performance.now() - began };
  } finally {
    target.close();
  }
}

/** The targets in turn, each as often as its share says. */
function batchOrder(names: readonly TargetName[]): TargetName[] {
  const most = Math.max(...names.map((name) => kinds[name].share));
  const order: TargetName[] = [];
  for (let turn = 0; turn < most; turn += 1) {
    for (const name of names) if (turn < kinds[name].share) order.push(name);
  }
  return order;
}

class HostileRun {
  readonly found: Found[] = [];
  readonly counts = { packets: 0, streams: 0, payloads: 0, node: 0, simulated: 0 };
  count = 0;
  slowestMs = 0;
  slowOnceCount = 0;
  private readonly seed: number;
  private readonly mutator: Mutator;

  constructor(seed: number) {
    this.seed = seed;
    this.mutator = new Mutator(seed, seedMessages());
  }

  runBatch(name: TargetName, batch: number, size: number): void {
    const target = kinds[name].make(batch);
    let last: HostileInput | undefined;
    let at = 0;
    try {
      for (; at < size; at += 1) {
        last = this.inputOf(name, batch, at);
        const ms = this.timed(target, last, { batch, at });
        if (ms > SLOW_MS) this.judgeSlow(name, { batch, at, input: last, ms });
        else this.slowestMs = Math.max(this.slowestMs, ms);
      }
      at = -1;
      target.finish();
    } catch (error) {
      this.note(name, { batch, at, error, input: last });
    } finally {
      target.close();
      this.count += size;
      this.counts[name] += size;
    }
  }

  private inputOf(name: TargetName, batch: number, at: number): HostileInput {
    const { vias } = kinds[name];
    return this.mutator.make(vias[at % vias.length] ?? "packet", batch * BATCH_COUNT + at);
  }

  private timed(target: Target, input: HostileInput, place: { batch: number; at: number }): number {
    const random = Random.derive(this.seed, "feed", place.batch, place.at);
    const began = performance.now();
    target.feed(input, random);
    return performance.now() - began;
  }

  /** Slow is what is slow each time that the batch is made again, in time of this process's own. */
  private judgeSlow(
    name: TargetName,
    slow: { batch: number; at: number; input: HostileInput; ms: number },
  ): void {
    let leastMs = slow.ms;
    for (let attempt = 1; attempt < SLOW_ATTEMPTS && leastMs > SLOW_MS; attempt += 1) {
      leastMs = Math.min(leastMs, this.timeAgain(name, slow));
    }
    this.slowestMs = Math.max(this.slowestMs, leastMs);
    if (leastMs <= SLOW_MS) {
      this.slowOnceCount += 1;
      return;
    }
    const error = new HostileFailure("slow", `${leastMs.toFixed(1)} ms, ${SLOW_ATTEMPTS} times`);
    this.note(name, { ...slow, error });
  }

  private timeAgain(name: TargetName, { batch, at }: { batch: number; at: number }): number {
    const target = kinds[name].make(batch);
    try {
      for (let before = 0; before < at; before += 1) {
        this.timed(target, this.inputOf(name, batch, before), { batch, at: before });
      }
      const input = this.inputOf(name, batch, at);
      const before = process.cpuUsage();
      const ms = this.timed(target, input, { batch, at });
      const used = process.cpuUsage(before);
      return Math.min(ms, (used.user + used.system) / 1000);
    } finally {
      target.close();
    }
  }

  private note(
    name: TargetName,
    {
      batch,
      at,
      error,
      input,
    }: {
      batch: number;
      at: number;
      error: unknown;
      input: HostileInput | undefined;
    },
  ): void {
    const property = error instanceof HostileFailure ? error.property : "exception";
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.found.push({
      target: name,
      property,
      detail: error instanceof HostileFailure ? error.message : stack,
      batch,
      at,
      recipe: at < 0 ? "the whole batch" : (input?.recipe ?? ""),
      via: input?.via ?? "packet",
      hex: at < 0 ? "" : Buffer.from(input?.bytes ?? []).toString("hex"),
    });
  }
}
