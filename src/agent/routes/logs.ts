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
import {
  type Causes,
  causesIn,
  headsAfter,
  headsOf,
  type NamedDot,
  namedCauses,
} from "./log-causes.ts";
import type { LogAnswer, LogAppendAnswer, LogsAnswer } from "./logs.messages.ts";
import { pathName } from "./path-names.ts";
import { replicasNamed } from "./replica-names.ts";

/** Entries that a list keeps. The same on all agents, or they would not hold the same. */
const ENTRIES_MAX_COUNT = 10_000;
/** Longest wait for a further entry. */
const WAIT_MAX_MS = 30_000;

/**
 * An entry as it travels, with what its author had seen last. The log's own record says no more
 * than is needed to execute it: not what all replicas have executed already.
 */
interface AgentOperation extends Partial<Causes> {
  readonly value: unknown;
  readonly order: OperationOrder;
}

interface Entry extends Pick<OperationContext, "clock" | "dot" | "from">, Partial<Causes> {
  readonly value: unknown;
  readonly order?: OperationOrder;
}

/** The last entries of a list that only grows, and how many it has had before them. */
interface AgentList {
  readonly droppedCount: number;
  readonly entries: readonly Entry[];
  /** Operations that none has come after yet. Absent in lists of before. */
  readonly heads?: readonly NamedDot[];
}

type AgentLog = Operations<AgentOperation, AgentOperation, AgentList>;

/** The routes of operation logs: a log is open here from the first request on that names it. */
export function addLogRoutes(app: Hono, { node, numbers }: AdminContext): void {
  app.get("/v1/logs", (context) => {
    const answer: LogsAnswer = { logs: replicasNamed(node, "operations/") };
    return context.json(answer);
  });
  app.get("/v1/logs/:log", async (context) => {
    const log = open(node, context);
    const { after, count, from, waitMs } = requests.parseBody(
      requests.logQuery,
      context.req.query(),
    );
    if (waitMs > 0) await untilFurther(log, from, Math.min(waitMs, WAIT_MAX_MS));
    const read = await log.read(after === undefined ? {} : { after });
    const answer: LogAnswer = {
      log: log.name,
      status: read.status,
      ...entriesFrom(read.state, from, count),
      after: read.after,
    };
    return context.json(answer);
  });
  app.post("/v1/logs/:log", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { order, value, ...given } = requests.parseBody(requests.logRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const log = open(node, context);
    const operation = { value: fromJson(value), order, ...causesOf(log, order, given.after) };
    const written = await log.append(operation, optionsOf(given));
    const answer: LogAppendAnswer = written;
    return context.json(answer);
  });
}

function open(node: HearsayNode, context: Context): AgentLog {
  const name = pathName(context, "log");
  return node.operations<AgentList, AgentOperation>(name, logOptions);
}

const logOptions = {
  initial: { droppedCount: 0, entries: [], heads: [] },
  order: ({ order }: AgentOperation) => order,
  reducer: listReducer,
} as const;

function listReducer(
  { droppedCount, entries, heads = [] }: AgentList,
  operation: AgentOperation,
  { clock, dot, from }: OperationContext,
): AgentList {
  const { order, value } = operation;
  const excess = Math.max(0, entries.length + 1 - ENTRIES_MAX_COUNT);
  const kept = excess === 0 ? entries : entries.slice(excess);
  const entry = { value, from, dot, clock, order, ...causesIn({ ...operation }) };
  return {
    droppedCount: droppedCount + excess,
    entries: [...kept, entry],
    heads: headsAfter(heads, entry),
  };
}

/** What it will come after; all that is commutative comes after nothing. */
function causesOf(log: AgentLog, order: OperationOrder, after: string | undefined): Causes {
  if (order === "commutative") return { causes: [] };
  const { entries, heads } = log.state;
  if (after === undefined && heads !== undefined) return namedCauses(heads);
  const past = log.past(after);
  // What is not here yet may come after a head that is: who draws it leaves that one out.
  return namedCauses([...headsOf(entries, past), ...past.missing]);
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
  count: number,
): Pick<LogAnswer, "end" | "entries" | "first" | "next"> {
  const { droppedCount, entries } = list;
  const end = nextOf(list);
  const first = Math.max(0, (from ?? end - count) - droppedCount);
  const told = entries.slice(first, first + count).map(({ value, ...entry }, at) => {
    return { index: droppedCount + first + at, value: toJson(value), ...entry };
  });
  return { entries: told, next: droppedCount + first + told.length, first: droppedCount, end };
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
