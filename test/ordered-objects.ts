/** Registers, queues and lists on an ordered log of a node, and the judgement of what they did. */
import type { HearsayNode, OrderedEntry } from "../src/node/api.ts";
import {
  checkLinearizable,
  type LinearizabilityVerdict,
} from "../src/testing/linearizability/check-linearizable.ts";
import type { Operation } from "../src/testing/linearizability/history.ts";
import {
  type ListInput,
  listModel,
  type QueueInput,
  type RegisterInput,
  registerModel,
} from "../src/testing/linearizability/models.ts";
import { queueModelFor } from "../src/testing/linearizability/queue-order.ts";

export type ObjectInput = RegisterInput | QueueInput | ListInput;
export type ObjectOutput = string | readonly string[];
export type ObjectOperation = Operation<ObjectInput, ObjectOutput>;

/** What is appended. `id` makes sure that it counts once. */
interface Entry {
  readonly id: string;
  readonly input: ObjectInput;
}

interface State {
  readonly registers: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, readonly string[]>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Of the last entries, by id. */
  readonly results: readonly (readonly [string, ObjectOutput])[];
}

const RESULTS_MAX_COUNT = 500;

/** A planted mistake: "cached" ones see what was there a moment ago. */
export type ObjectReads = "ordered" | "cached";

const CACHED_MS = 100;

/** One life of a node's objects. */
export function openObjects(node: HearsayNode, reads: ObjectReads = "ordered") {
  const log = node.orderedLog<Entry>("objects");
  const objects = log.fold<State>("objects", {
    initial: { registers: {}, queues: {}, lists: {}, results: [] },
    apply,
  });
  let cached = objects.state;
  if (reads === "cached") {
    setInterval(() => {
      cached = objects.state;
    }, CACHED_MS);
  }
  return {
    async perform(id: string, input: ObjectInput, timeoutMs: number): Promise<ObjectOutput> {
      if (input.kind === "read") {
        return see(reads === "cached" ? cached : await objects.read({ timeoutMs }), input);
      }
      await log.append({ id, input }, { wait: "applied", timeoutMs });
      const result = objects.state.results.find(([of]) => of === id);
      if (result === undefined) throw new Error(`${id} is applied, and has no result`);
      return result[1];
    },
  };
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

/** Operations on one object before the next takes its place: a long history is slow to judge. */
const OBJECT_OPERATIONS_COUNT = 40;

/** Draws operations, keeps what came of them, and judges. */
export class ObjectHistory {
  readonly operations: ObjectOperation[] = [];
  /** Operations that certainly had no effect. */
  readonly refused: ObjectInput[] = [];
  private readonly gone = new Set<ObjectOperation>();
  /** Nobody asks anything any more. */
  isOver = false;
  /** Whose clock the history is told by; in virtual time another one. */
  nowMs: () => number = () => performance.now();
  private count = 0;

  /** The operation at this place was certainly not done. */
  refuse(place: number): void {
    const operation = this.operations[place];
    if (operation === undefined) return;
    this.refused.push(operation.input);
    this.gone.add(operation);
  }

  /** @param real a number from 0 to 1 */
  draw(real: number): ObjectInput {
    this.count += 1;
    const value = `v${this.count}`;
    const place = Math.floor(this.count / (3 * OBJECT_OPERATIONS_COUNT));
    const [key, queue, list] = [`r${place}`, `q${place}`, `l${place}`];
    if (real < 0.14) return { kind: "write", key, value };
    if (real < 0.22) return { kind: "swap", key, from: this.lastOf(key), to: value };
    if (real < 0.34) return { kind: "read", key };
    if (real < 0.52) return { kind: "enqueue", queue, value };
    if (real < 0.68) return { kind: "dequeue", queue };
    return real < 0.85 ? { kind: "append", list, value } : { kind: "read", list };
  }

  /** What was found wrong; undefined when all can be explained. */
  judge(): string | undefined {
    const seen = this.operations.flatMap(({ output }) => output ?? "");
    for (const input of this.refused) {
      const value = "value" in input ? input.value : "to" in input ? input.to : undefined;
      if (value !== undefined && seen.includes(value)) return `${value} was refused, and is there`;
    }
    const { lists, queues, registers } = this.parts();
    return (
      problemOf("register", checkLinearizable(registerModel, registers)) ??
      problemOf("queue", checkLinearizable(queueModelFor(queues), queues)) ??
      problemOf("list", checkLinearizable(listModel, lists))
    );
  }

  private lastOf(key: string): string {
    const about = ({ input }: ObjectOperation) => "key" in input && input.key === key;
    const last = this.operations.findLast((one) => about(one) && one.input.kind === "write");
    return last?.input.kind === "write" ? last.input.value : "";
  }

  private parts() {
    const operations = this.operations.filter((operation) => !this.gone.has(operation));
    return {
      registers: only<RegisterInput, string>(operations, "key"),
      queues: only<QueueInput, string>(operations, "queue"),
      lists: only<ListInput, readonly string[]>(operations, "list"),
    };
  }
}

/** The operations that are about one kind of object. */
function only<Input extends ObjectInput, Output extends ObjectOutput>(
  operations: readonly ObjectOperation[],
  field: "key" | "queue" | "list",
): Operation<Input, Output>[] {
  return operations.filter(({ input }) => field in input) as Operation<Input, Output>[];
}

function problemOf(what: string, verdict: LinearizabilityVerdict): string | undefined {
  if (verdict.kind === "linearizable") return undefined;
  if (verdict.kind === "unknown") return `${what} ${verdict.part} takes too long to judge`;
  const { explainedCount, operationsCount, part } = verdict;
  return `${what} ${part}: only ${explainedCount} of ${operationsCount} can be explained`;
}
