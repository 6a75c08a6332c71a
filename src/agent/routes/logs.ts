import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type {
  AppendOptions,
  HearsayNode,
  OperationContext,
  OperationOrder,
  Operations,
} from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import type { LogAnswer, LogAppendAnswer, LogEntryAnswer } from "./logs.messages.ts";

/** Entries that a list keeps. The same on all agents, or they would not hold the same. */
const ENTRIES_MAX_COUNT = 10_000;
/** Entries in one answer, the last ones. */
const ANSWER_MAX_COUNT = 1_000;
/** Longest wait for a further entry. */
const WAIT_MAX_MS = 30_000;

interface AgentOperation {
  readonly value: unknown;
  readonly order: OperationOrder;
}

interface Entry extends Pick<OperationContext, "clock" | "dot" | "from"> {
  readonly value: unknown;
}

/** The last entries of a list that only grows, and how many it has had before them. */
interface AgentList {
  readonly droppedCount: number;
  readonly entries: readonly Entry[];
}

type AgentLog = Operations<AgentOperation, AgentOperation, AgentList>;

/** The routes of operation logs: a log is open here from the first request on that names it. */
export function addLogRoutes(app: Hono, { node, numbers }: AdminContext): void {
  app.get("/v1/logs/:log", async (context) => {
    const log = open(node, context);
    const { after, from, waitMs } = requests.parseBody(requests.logQuery, context.req.query());
    if (waitMs > 0) await untilFurther(log, from, Math.min(waitMs, WAIT_MAX_MS));
    const read = await log.read(after === undefined ? {} : { after });
    const answer: LogAnswer = {
      log: log.name,
      status: read.status,
      ...entriesFrom(read.state, from),
      after: read.after,
    };
    return context.json(answer);
  });
  app.post("/v1/logs/:log", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { order, value, ...given } = requests.parseBody(requests.logRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const log = open(node, context);
    const written = await log.append({ value: fromJson(value), order }, optionsOf(given));
    const answer: LogAppendAnswer = written;
    return context.json(answer);
  });
}

function open(node: HearsayNode, context: Context): AgentLog {
  const name = context.req.param("log") ?? "";
  return node.operations<AgentList, AgentOperation>(name, logOptions);
}

const logOptions = {
  initial: { droppedCount: 0, entries: [] },
  order: ({ order }: AgentOperation) => order,
  reducer: listReducer,
} as const;

function listReducer(
  { droppedCount, entries }: AgentList,
  { value }: AgentOperation,
  { clock, dot, from }: OperationContext,
): AgentList {
  const excess = Math.max(0, entries.length + 1 - ENTRIES_MAX_COUNT);
  const kept = excess === 0 ? entries : entries.slice(excess);
  return { droppedCount: droppedCount + excess, entries: [...kept, { value, from, dot, clock }] };
}

/** Returns when there is an entry at `from`, or it was waited for long enough. */
async function untilFurther(log: AgentLog, from: number | undefined, waitMs: number) {
  const wanted = from ?? nextOf(log.state);
  const reader = log.applied({ queueMax: 1, signal: AbortSignal.timeout(waitMs) });
  while (nextOf(log.state) <= wanted) {
    const { done } = await reader.next();
    if (done === true) break;
  }
  reader.close();
}

function nextOf({ droppedCount, entries }: AgentList): number {
  return droppedCount + entries.length;
}

function entriesFrom(
  list: AgentList,
  from: number | undefined,
): { entries: LogEntryAnswer[]; next: number } {
  const { droppedCount, entries } = list;
  const first = Math.max(0, (from ?? nextOf(list) - ANSWER_MAX_COUNT) - droppedCount);
  const told = entries.slice(first, first + ANSWER_MAX_COUNT).map(({ value, ...entry }, at) => {
    return { index: droppedCount + first + at, value: toJson(value), ...entry };
  });
  return { entries: told, next: droppedCount + first + told.length };
}

function optionsOf({
  after,
  id,
}: {
  readonly after?: string | undefined;
  readonly id?: string | undefined;
}): AppendOptions {
  return { ...(after !== undefined && { after }), ...(id !== undefined && { id }) };
}
