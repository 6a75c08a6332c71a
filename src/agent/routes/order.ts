import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, OrderedEntry, OrderedLog } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import type {
  OrderAnswer,
  OrderedAppendAnswer,
  OrderedLogAnswer,
  OrderedNamesAnswer,
} from "./order.messages.ts";
import { orderedNames } from "./ordered-names.ts";
import { pathName } from "./path-names.ts";

/** Entries of a log that an agent has at hand, the last ones; and in one answer. */
const ENTRIES_MAX_COUNT = 1_000;
/** Longest wait for a further entry. */
const WAIT_MAX_MS = 30_000;
/** How long an answer waits for what was ordered before the question. [guess] */
const READ_MAX_MS = 2_000;

/** The routes of the order: its members, and the logs that live in it. */
export function addOrderRoutes(app: Hono, { node, numbers }: AdminContext): void {
  const logs = new AgentOrderedLogs(node);
  const body = (context: Context) => readJson(context.req.raw, numbers.bodyMaxBytes);
  app.get("/v1/order", (context) => {
    const log = node.order.log();
    const answer: OrderAnswer = { ...node.order.status(), ...(log && { log }) };
    return context.json(answer);
  });
  app.get("/v1/order/logs", (context) => {
    const answer: OrderedNamesAnswer = { names: orderedNames(node, "log/") };
    return context.json(answer);
  });
  const change = (path: string, what: (name: string) => Promise<void>): void => {
    app.post(path, async (context) => {
      const { name } = requests.parseBody(requests.orderChange, await body(context));
      await what(name);
      return context.json(node.order.status());
    });
  };
  change("/v1/order/promote", (name) => node.order.promote(name));
  change("/v1/order/remove", (name) => node.order.remove(name));
  change("/v1/order/transfer", (name) => node.order.transferTo(name));
  app.get("/v1/order/logs/:log", async (context) => {
    const query = requests.parseBody(requests.orderedLogQuery, context.req.query());
    return context.json(await logs.open(context).read(query));
  });
  app.post("/v1/order/logs/:log", async (context) => {
    const { value, wait } = requests.parseBody(requests.orderedLogRequest, await body(context));
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const written = await logs.open(context).log.append(fromJson(value), { wait });
    const { dot, durable, index } = written;
    const answer: OrderedAppendAnswer = { dot, durable, ...(index !== undefined && { index }) };
    return context.json(answer);
  });
}

/** Logs that requests have named. */
class AgentOrderedLogs {
  private readonly node: HearsayNode;
  private readonly opened = new Map<string, AgentOrderedLog>();

  constructor(node: HearsayNode) {
    this.node = node;
  }

  open(context: Context): AgentOrderedLog {
    const name = pathName(context, "log");
    const known = this.opened.get(name);
    if (known !== undefined) return known;
    const made = new AgentOrderedLog(this.node.orderedLog(name));
    this.opened.set(name, made);
    return made;
  }
}

interface Wish {
  readonly from?: number | undefined;
  readonly waitMs: number;
}

/** One log, and its last entries. */
class AgentOrderedLog {
  readonly log: OrderedLog<unknown, unknown>;
  private entries: OrderedEntry<unknown>[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(log: OrderedLog<unknown, unknown>) {
    this.log = log;
    log.subscribe((entry) => this.onEntry(entry), { from: "start", onGap: () => {} });
  }

  async read({ from, waitMs }: Wish): Promise<OrderedLogAnswer> {
    const status = await this.caughtUp();
    if (from !== undefined && waitMs > 0) await this.untilFurther(from, waitMs);
    const first = from ?? this.entries.at(-ENTRIES_MAX_COUNT)?.index ?? 1;
    const told = this.entries.filter(({ index }) => index >= first);
    const entries = told.map(({ value, vectorClock, ...entry }) => {
      return { value: toJson(value), ...entry, vectorClock: Object.fromEntries(vectorClock) };
    });
    const next = (told.at(-1)?.index ?? Math.max(first, this.last + 1) - 1) + 1;
    const ordered = this.log.status().orderedIndex;
    return { log: this.log.name, status, entries, next, ordered };
  }

  private get last(): number {
    return this.entries.at(-1)?.index ?? 0;
  }

  private async caughtUp(): Promise<OrderedLogAnswer["status"]> {
    try {
      await this.log.read({ timeoutMs: READ_MAX_MS });
      return "ok";
    } catch (error) {
      const codes = ["ORDER_REFUSED", "ORDER_UNCERTAIN", "TIMEOUT"];
      if (error instanceof HearsayError && codes.includes(error.code)) return "behind";
      throw error;
    }
  }

  private onEntry(entry: OrderedEntry<unknown>): void {
    this.entries.push(entry);
    if (this.entries.length >= 2 * ENTRIES_MAX_COUNT) {
      this.entries = this.entries.slice(-ENTRIES_MAX_COUNT);
    }
    for (const look of [...this.waiting]) look();
  }

  private async untilFurther(from: number, waitMs: number): Promise<void> {
    if (this.last >= from) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (this.last >= from) end();
      };
      const timer = setTimeout(end, Math.min(waitMs, WAIT_MAX_MS));
      this.waiting.add(look);
    });
  }
}
