/** Two copies of the state in one process: how many writes a second reach the other one. */
import { memoryNetwork } from "../../../dist/transport/memory/memory.js";
import { infosLane, type NodeSetting, operationsLane, versionsLane } from "./hearsay-lanes.ts";
import type { Copy, Lane } from "./lane.ts";
import { infosCopy, operationsCopy, type ReplicaCopy, versionsCopy } from "./replica-copies.ts";
import { scuttlebuttModel } from "./scuttlebutt.ts";
import { check, KEYS_COUNT, ROUNDS_COUNT, Script, type Value } from "./workload.ts";

/** Writes after which two nodes in one process let each other have a turn. */
const TURN_EVERY = 256;

export type PairName =
  | "scuttlebutt"
  | "versions"
  | "operations"
  | "infos"
  /** Whole nodes, links and all, on a network in memory. */
  | "versions nodes"
  | "operations nodes"
  | "infos nodes";

interface Pair {
  readonly copies: readonly [Copy, Copy];
  readonly turnEvery: number;
  close(): Promise<void>;
}

const makers: Readonly<Record<PairName, () => Promise<Pair>>> = {
  scuttlebutt: scuttlebuttPair,
  versions: async () => joined(versionsCopy),
  operations: async () => joined(operationsCopy),
  infos: async () => joined(infosCopy),
  "versions nodes": async () => nodes(versionsLane),
  "operations nodes": async () => nodes(operationsLane),
  "infos nodes": async () => nodes(infosLane),
};

/** What a run of rounds cost. */
export interface PairRun {
  /** Writes that reached the other copy. */
  readonly perSecond: number;
  readonly cpuMicrosPerWrite: number;
}

/** Two copies that are alive. */
export class PairCourse {
  private readonly pair: Pair;
  private readonly script: Script<Value>;
  private round = 0;

  private constructor(pair: Pair) {
    const [one] = pair.copies;
    this.pair = pair;
    this.script = new Script((text) => one.form(text));
  }

  static async open(name: PairName): Promise<PairCourse> {
    return new PairCourse(await makers[name]());
  }

  async run(): Promise<PairRun> {
    let [spentMs, cpuMicros] = [0, 0];
    for (let count = 0; count < ROUNDS_COUNT; count += 1) {
      const spent = await playRound(this.script, this.pair, this.round);
      spentMs += spent.ms;
      cpuMicros += spent.cpuMicros;
      this.round += 1;
    }
    const writes = ROUNDS_COUNT * KEYS_COUNT;
    return { perSecond: (1_000 * writes) / spentMs, cpuMicrosPerWrite: cpuMicros / writes };
  }

  /** Throws unless both hold what was written last. */
  async check(): Promise<void> {
    for (const copy of this.pair.copies) {
      await check((key) => copy.read(key), KEYS_COUNT, this.round - 1);
    }
  }

  close(): Promise<void> {
    return this.pair.close();
  }
}

/**
 * Ends when both have all: so each writer has seen what it overwrites in the next round.
 */
async function playRound(
  script: Script<Value>,
  { copies, turnEvery }: Pair,
  round: number,
): Promise<{ readonly ms: number; readonly cpuMicros: number }> {
  const [a, b] = copies;
  const goals = copies.map((copy) => copy.receivedCount() + KEYS_COUNT / 2);
  script.prepare(round);
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
  let count = 0;
  for (const [key, value, side] of script.writes(round)) {
    const written = copies[side].write(key, value);
    count += 1;
    if (count % turnEvery !== 0) continue;
    await written;
    await turn();
  }
  while (a.receivedCount() < (goals[0] ?? 0) || b.receivedCount() < (goals[1] ?? 0)) await turn();
  const { system, user } = process.cpuUsage(cpu);
  return { ms: performance.now() - startedMs, cpuMicros: system + user };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function scuttlebuttPair(): Promise<Pair> {
  const names = ["a", "b"] as const;
  const models = [await scuttlebuttModel("a"), await scuttlebuttModel("b")] as const;
  const copyOf = (at: 0 | 1): Copy<string> => {
    let received = 0;
    models[at].on("update", (_value, _at, source) => {
      if (source !== names[at]) received += 1;
    });
    return {
      form: (text) => text,
      write(key, value) {
        models[at].set(key, value);
        return undefined;
      },
      read: async (key) => models[at].get(key),
      receivedCount: () => received,
    };
  };
  const [a, b] = [models[0].createStream(), models[1].createStream()];
  a.pipe(b).pipe(a);
  // Its streams exchange their clocks in the next turn.
  await new Promise((resolve) => setTimeout(resolve, 10));
  return {
    copies: [copyOf(0), copyOf(1)],
    turnEvery: Number.POSITIVE_INFINITY,
    close: async () => {},
  };
}

function joined(make: (name: string) => ReplicaCopy): Pair {
  const [a, b] = [make("a"), make("b")];
  a.host.connect(b.host);
  b.host.connect(a.host);
  const close = async (): Promise<void> => {
    a.host.close();
    b.host.close();
  };
  return { copies: [a, b], turnEvery: Number.POSITIVE_INFINITY, close };
}

async function nodes(make: (setting: NodeSetting) => Promise<Lane>): Promise<Pair> {
  const transport = memoryNetwork();
  const a = await make({ side: 0, contact: "", transport });
  const b = await make({ side: 1, contact: a.address, transport });
  await Promise.all([a.ready(), b.ready()]);
  const close = async (): Promise<void> => void (await Promise.all([a.close(), b.close()]));
  return { copies: [a, b], turnEvery: TURN_EVERY, close };
}
