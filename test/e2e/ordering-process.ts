/**
 * A node with an order in a process of its own, asked by lines of JSON on its input and answered by
 * such on its output: ordering-process.ts SETTING-AS-JSON
 */
import { createInterface } from "node:readline";
import { HearsayError, raft, startNode } from "../../src/index.ts";
import type { HeldLock, OrderedEntry } from "../../src/node/api.ts";
import type {
  ListInput,
  QueueInput,
  RegisterInput,
} from "../../src/testing/linearizability/models.ts";

export interface ProcessSetting {
  readonly name: string;
  readonly bind: string;
  readonly join: readonly string[];
  readonly voters: readonly string[];
  readonly dataDir: string;
  /** "dirty": registers are read without asking whether that is the latest. A planted mistake. */
  readonly reads?: "ordered" | "dirty";
}

export type ObjectInput = RegisterInput | QueueInput | ListInput;
export type ObjectOutput = string | readonly string[];

export type Question =
  | { readonly kind: "object"; readonly input: ObjectInput }
  | { readonly kind: "acquire" | "release"; readonly name: string }
  | { readonly kind: "write"; readonly name: string; readonly everyMs: number };

export interface Answer {
  readonly id: string;
  readonly output?: ObjectOutput;
  readonly token?: number;
  readonly error?: string;
  readonly definite?: boolean;
}

/** What is appended. `id` makes sure that it counts once. */
interface Entry {
  readonly id: string;
  readonly input: ObjectInput;
}

interface State {
  readonly registers: Record<string, string>;
  readonly queues: Record<string, readonly string[]>;
  readonly lists: Record<string, readonly string[]>;
  /** Of the last entries, by id. */
  readonly results: readonly (readonly [string, ObjectOutput])[];
}

const RESULTS_MAX_COUNT = 500;
const ASKED_MAX_MS = 8_000;
const LOCKS = { leaseMs: 2_000, renewIntervalMs: 500 };
const RAFT = { heartbeatIntervalMs: 50, electionTimeoutMinMs: 300, electionTimeoutMaxMs: 600 };

const setting: ProcessSetting = JSON.parse(process.argv[2] ?? "{}");
const { bind, dataDir, join, name, voters } = setting;
const node = await startNode({
  ...{ name, bind, join, dataDir, profile: "local", locks: LOCKS },
  orderer: raft({ voters, options: RAFT }),
});
const log = node.orderedLog<Entry>("objects");
const objects = log.fold<State>("objects", {
  initial: { registers: {}, queues: {}, lists: {}, results: [] },
  apply,
});
const held = new Map<string, HeldLock>();
say({ id: "address", output: node.address });

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { id, ...question }: Question & { id: string } = JSON.parse(line);
    answer(id, question).then(say, (error: unknown) => say(failure(id, error)));
  })
  // Whoever asked is gone.
  .on("close", () => process.exit(0));

async function answer(id: string, question: Question): Promise<Answer> {
  if (question.kind === "object") return { id, output: await perform(id, question.input) };
  if (question.kind === "acquire") {
    const lock = await node.lock(question.name).acquire();
    held.set(question.name, lock);
    return { id, token: lock.token };
  }
  const lock = held.get(question.name);
  if (question.kind === "release") await lock?.release();
  else if (lock !== undefined) write(lock, question.everyMs);
  return { id };
}

/** Goes on as long as it holds the lock, as far as it can know. */
function write(lock: HeldLock, everyMs: number): void {
  const timer = setInterval(() => {
    if (lock.isHeld) say({ id: "write", token: lock.token });
    else {
      clearInterval(timer);
      say({ id: "gave up", token: lock.token });
    }
  }, everyMs);
}

async function perform(id: string, input: ObjectInput): Promise<ObjectOutput> {
  if (input.kind === "read") {
    const isDirty = setting.reads === "dirty";
    return see(isDirty ? objects.state : await objects.read({ timeoutMs: ASKED_MAX_MS }), input);
  }
  await log.append({ id, input }, { wait: "applied", timeoutMs: ASKED_MAX_MS });
  const result = objects.state.results.find(([of]) => of === id);
  if (result === undefined) throw new Error(`${id} is applied, and has no result`);
  return result[1];
}

function see(state: State, input: Extract<ObjectInput, { kind: "read" }>): ObjectOutput {
  if ("key" in input) return state.registers[input.key] ?? "";
  return state.lists[input.list] ?? [];
}

function apply(state: State, { value }: OrderedEntry<Entry>): State {
  const { id, input } = value;
  if (state.results.some(([of]) => of === id)) return state;
  const [next, output] = after(state, input);
  const results = [...state.results, [id, output] as const].slice(-RESULTS_MAX_COUNT);
  return { ...next, results };
}

function after(state: State, input: ObjectInput): readonly [State, ObjectOutput] {
  const { lists, queues, registers } = state;
  switch (input.kind) {
    case "read":
      return [state, ""];
    case "write":
      return [{ ...state, registers: { ...registers, [input.key]: input.value } }, ""];
    case "swap": {
      const found = registers[input.key] ?? "";
      if (found !== input.from) return [state, found];
      return [{ ...state, registers: { ...registers, [input.key]: input.to } }, found];
    }
    case "enqueue": {
      const queue = [...(queues[input.queue] ?? []), input.value];
      return [{ ...state, queues: { ...queues, [input.queue]: queue } }, ""];
    }
    case "dequeue": {
      const [first = "", ...rest] = queues[input.queue] ?? [];
      return [{ ...state, queues: { ...queues, [input.queue]: rest } }, first];
    }
    case "append": {
      const list = [...(lists[input.list] ?? []), input.value];
      return [{ ...state, lists: { ...lists, [input.list]: list } }, []];
    }
  }
}

function failure(id: string, error: unknown): Answer {
  const text = error instanceof Error ? error.message : String(error);
  return { id, error: text, definite: error instanceof HearsayError && error.definite };
}

function say(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
