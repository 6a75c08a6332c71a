import { Hono } from "hono";
import { HearsayError } from "../core/errors.ts";
import type { HearsayNode, Logger } from "../node/api.ts";
import type { LeaveAnswer } from "./admin.messages.ts";
import { addAggregateRoutes } from "./admin-aggregates.ts";
import { failureOf } from "./admin-failure.ts";
import { adminGuard } from "./admin-guard.ts";
import { addInfoRoutes } from "./admin-infos.ts";
import { addLedgerRoutes } from "./admin-ledgers.ts";
import { addLockRoutes } from "./admin-locks.ts";
import { addLogRoutes } from "./admin-logs.ts";
import { addOrderRoutes } from "./admin-order.ts";
import { addReadRoutes } from "./admin-reads.ts";
import { addStateRoutes } from "./admin-state.ts";
import { addVersionRoutes } from "./admin-versions.ts";
import { addWriteRoutes } from "./admin-writes.ts";
import { type AgentOptions, agentDefaults } from "./agent.options.ts";
import { addStaticFiles } from "./static-files.ts";
import { type AgentTopics, TopicBook } from "./topic-book.ts";
import { Watchers } from "./watch-route.ts";

export interface AdminAppOptions {
  readonly token?: string | undefined;
  readonly version: string;
  readonly logger: Logger;
  /** Leaves the cluster at a client's wish; the agent ends soon after the answer. */
  readonly leave: () => Promise<LeaveAnswer>;
  readonly limits?: Partial<AgentOptions>;
  /** Topics whose past is kept, or that are told in an order. Default: none. */
  readonly topics?: AgentTopics | undefined;
}

/** The admin API of one node, ready to be served (or asked directly, in tests). */
export interface AdminApp {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly watchers: Watchers;
  /** `GET /v1/status` …, for the test that all of them are documented. */
  readonly routes: readonly string[];
}

/** What the routes share. */
export interface AdminContext extends Omit<AdminAppOptions, "topics"> {
  readonly node: HearsayNode;
  readonly topics: TopicBook;
  readonly watchers: Watchers;
  readonly numbers: AgentOptions;
  readonly startedAt: number;
}

const about = `This is the admin API of a Hearsay node: JSON under /v1, and a page for browsers.
Ask it with the command line: hearsay members, hearsay watch, hearsay --help.
`;

export function adminApp(node: HearsayNode, options: AdminAppOptions): AdminApp {
  const numbers = { ...agentDefaults, ...options.limits };
  const topics = new TopicBook(node, numbers.topicsMaxCount, options.topics);
  const watchers = new Watchers(node, topics, numbers);
  const startedAt = Date.now();
  const shared: AdminContext = { ...options, node, topics, watchers, numbers, startedAt };
  const app = new Hono();
  addStaticFiles(app, about);
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  app.use(adminGuard({ token: options.token }));
  app.onError((error, context) => {
    const { status, answer } = failureOf(error);
    if (status === 500) options.logger.error("an admin request failed", { error: error.stack });
    return context.json(answer, status);
  });
  app.notFound(() => {
    throw new HearsayError("ADMIN_NOT_FOUND", "No such route; see docs/admin-api.md.");
  });
  addReadRoutes(app, shared);
  addWriteRoutes(app, shared);
  addInfoRoutes(app, shared);
  addLogRoutes(app, shared);
  addLedgerRoutes(app, shared);
  addOrderRoutes(app, shared);
  addLockRoutes(app, shared);
  addVersionRoutes(app, shared);
  addStateRoutes(app, shared);
  addAggregateRoutes(app, shared);
  const routes = app.routes
    .filter((route) => route.method !== "ALL")
    .map((route) => `${route.method} ${route.path}`);
  return { fetch: (request) => app.fetch(request), watchers, routes };
}
