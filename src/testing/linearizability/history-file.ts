import { checkLinearizable, type LinearizabilityVerdict } from "./check-linearizable.ts";
import type { Operation } from "./history.ts";
import {
  type ListInput,
  listModel,
  type QueueInput,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
  registerTraffic,
} from "./models.ts";
import { queueModelFor } from "./queue-order.ts";
import { settleUnanswered } from "./settle-unanswered.ts";

/** What a file of lines says of registers, queues and lists. */
export interface ReadHistory {
  readonly registers: Operation<RegisterInput, RegisterOutput>[];
  readonly queues: Operation<QueueInput, string>[];
  readonly lists: Operation<ListInput, readonly string[]>[];
}

/** What the checker says of the operations on one kind of object. */
export interface HistoryVerdict {
  readonly object: "register" | "queue" | "list";
  readonly operationsCount: number;
  readonly verdict: LinearizabilityVerdict;
}

/**
 * Reads what `historyLines` writes: a JSON object a line, with `process`, `call` and `return` in
 * milliseconds (null: no answer came), `input` and `output`. An input is of a register
 * (`{ kind: "read" | "write" | "swap", key, value | from, to }`), a queue
 * (`{ kind: "enqueue" | "dequeue", queue, value }`) or a list
 * (`{ kind: "append" | "read", list, value }`). Blank lines count for nothing.
 * @returns the number of the first line that is none of that, or the history
 */
export function readHistory(text: string): ReadHistory | number {
  const history: ReadHistory = { registers: [], queues: [], lists: [] };
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "" && !readLine(line, history)) return index + 1;
  }
  return history;
}

/** Judges each kind of object by itself; kinds without operations are left out. */
export function judgeHistory({ lists, queues, registers }: ReadHistory): HistoryVerdict[] {
  const settled = areWrittenOnce(registers)
    ? settleUnanswered(registerTraffic, registers)
    : registers;
  const verdicts: HistoryVerdict[] = [
    {
      object: "register",
      operationsCount: registers.length,
      verdict: checkLinearizable(registerModel, settled),
    },
    {
      object: "queue",
      operationsCount: queues.length,
      verdict: checkLinearizable(queueModelFor(queues), queues),
    },
    { object: "list", operationsCount: lists.length, verdict: checkLinearizable(listModel, lists) },
  ];
  return verdicts.filter(({ operationsCount }) => operationsCount > 0);
}

/** Only then is it known whose value was seen. */
function areWrittenOnce(registers: ReadHistory["registers"]): boolean {
  const left = registers.flatMap(({ input }) => registerTraffic.leaves(input) ?? []);
  return new Set(left).size === left.length;
}

function readLine(line: string, history: ReadHistory): boolean {
  const found = parsed(line);
  if (!isRecord(found)) return false;
  const { call: callMs, input, output, process = "", return: end = null } = found;
  if (!isRecord(input)) return false;
  if (typeof callMs !== "number" || typeof process !== "string") return false;
  if (end !== null && typeof end !== "number") return false;
  const returnMs = end ?? Number.POSITIVE_INFINITY;
  // An answer that never came has no output, whatever stands there.
  const said = end === null ? undefined : (output ?? undefined);
  const when = { process, callMs, returnMs };
  const text = typeof said === "string" ? said : undefined;
  if (said !== undefined && text === undefined && !isTexts(said)) return false;
  if (end !== null && said === undefined) return false;
  const texts = isTexts(said) ? said : undefined;
  if (isRegisterInput(input)) history.registers.push({ ...when, input, output: text });
  else if (isQueueInput(input)) history.queues.push({ ...when, input, output: text });
  else if (isListInput(input)) history.lists.push({ ...when, input, output: texts });
  else return false;
  return end === null || (isListInput(input) ? texts : text) !== undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((one) => typeof one === "string");
}

function isRegisterInput(input: Fields | RegisterInput): input is RegisterInput {
  const { from, key, kind, to, value }: Fields = { ...input };
  if (kind === "read") return areTexts(key);
  return kind === "write" ? areTexts(key, value) : kind === "swap" && areTexts(key, from, to);
}

function isQueueInput(input: Fields | QueueInput): input is QueueInput {
  const { kind, queue, value }: Fields = { ...input };
  return kind === "dequeue" ? areTexts(queue) : kind === "enqueue" && areTexts(queue, value);
}

function isListInput(input: Fields | ListInput): input is ListInput {
  const { kind, list, value }: Fields = { ...input };
  return kind === "read" ? areTexts(list) : kind === "append" && areTexts(list, value);
}
