import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { matchedRoutes } from "hono/route";
import { HearsayError } from "../core/errors.ts";
import type { HearsayNode, Logger } from "../node/api.ts";
import { adminGuard, tokenIn } from "./access/admin-guard.ts";
import { AdminTokens } from "./access/admin-tokens.ts";
import { refuseNewNames } from "./access/opening.ts";
import { RateLimit } from "./access/rate-limit.ts";
import type { LeaveAnswer } from "./admin.messages.ts";
import { failureOf } from "./admin-failure.ts";
import { type AgentOptions, agentDefaults } from "./agent.options.ts";
import { docOf } from "./openapi/route-catalog.ts";
import { Readiness, type ReadinessSetup } from "./readiness.ts";
import { addAggregateRoutes } from "./routes/aggregates.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addInfoRoutes } from "./routes/infos.ts";
import { addLedgerRoutes } from "./routes/ledgers.ts";
import { addLinkRoutes } from "./routes/links.ts";
import { addLockRoutes } from "./routes/locks.ts";
import { addLogRoutes } from "./routes/logs.ts";
import { addMonitorRoutes } from "./routes/monitor.ts";
import { addOrderRoutes } from "./routes/order.ts";
import { addQueryRoutes } from "./routes/queries.ts";
import { addReachabilityRoutes } from "./routes/reachability.ts";
import { addReadRoutes } from "./routes/reads.ts";
import { addStateRoutes } from "./routes/state.ts";
import { addSuspicionRoutes } from "./routes/suspicions.ts";
import { addTimelineRoutes } from "./routes/timeline.ts";
import { addTraceRoutes } from "./routes/traces.ts";
import { addVersionRoutes } from "./routes/versions.ts";
import { addWriteRoutes } from "./routes/writes.ts";
import { addStaticFiles } from "./static-files.ts";
import { type AgentTopics, TopicBook } from "./topic-book.ts";
import { MemberHistory } from "./watching/member-history.ts";
import { Watchers } from "./watching/watch-route.ts";

export interface AdminAppOptions {
  /** Default: none, and whoever reaches the API may do all. */
  readonly tokens?: AdminTokens | undefined;
  readonly version: string;
  readonly logger: Logger;
  /** Leaves the cluster at a client's wish; the agent ends soon after the answer. */
  readonly leave: () => Promise<LeaveAnswer>;
  readonly limits?: Partial<AgentOptions>;
  /** Topics whose past is kept, or that are told in an order. Default: none. */
  readonly topics?: AgentTopics | undefined;
  /** Default: a node that looks for nobody, keeps nothing and has no order. */
  readonly health?: ReadinessSetup;
}

/** The admin API of one node, ready to be served (or asked directly, in tests). */
export interface AdminApp {
  /** `client`: the address that the request came from. */
  readonly fetch: (request: Request, client?: string) => Response | Promise<Response>;
  readonly watchers: Watchers;
  readonly readiness: Readiness;
  /** `GET /v1/status` …, for the test that all of them are documented. */
  readonly routes: readonly string[];
}

/** What the routes share. */
export interface AdminContext extends Omit<AdminAppOptions, "topics"> {
  readonly node: HearsayNode;
  readonly tokens: AdminTokens;
  readonly readiness: Readiness;
  readonly topics: TopicBook;
  readonly watchers: Watchers;
  readonly history: MemberHistory;
  readonly numbers: AgentOptions;
  readonly startedAt: number;
}

const about = `This is the admin API of a Hearsay node: JSON under /v1, and a page for browsers.
Ask it with the command line: hearsay members, hearsay watch, hearsay --help.
`;

export function adminApp(node: HearsayNode, options: AdminAppOptions): AdminApp {
  const numbers = { ...agentDefaults, ...options.limits };
  const topics = new TopicBook(node, numbers, options.topics);
  const history = new MemberHistory(node, numbers);
  const watchers = new Watchers({ node, topics, history }, numbers);
  const startedAt = Date.now();
  const tokens = options.tokens ?? new AdminTokens();
  tokens.onReplaced(() => watchers.askAgain());
  const health = options.health ?? { looksForOthers: false, hasOrder: false };
  const readiness = new Readiness(node, health, numbers);
  const parts = { node, tokens, readiness, topics, watchers, history, numbers, startedAt };
  const shared: AdminContext = { ...options, ...parts };
  const app = new Hono();
  addStaticFiles(app, about);
  app.use(async (context, next) => {
    await next();
    context.header("Cache-Control", "no-store");
    context.header("X-Content-Type-Options", "nosniff");
  });
  guard(app, shared);
  app.use(async (context, next) => {
    refuseHeadOfStream(context);
    await next();
  });
  app.onError((error, context) => {
    const { status, answer } = failureOf(error);
    if (status === 429) context.header("Retry-After", "1");
    if (status === 500) options.logger.error("an admin request failed", { error: error.stack });
    return context.json(answer, status);
  });
  app.notFound(() => {
    throw new HearsayError("ADMIN_NOT_FOUND", "No such route; see docs/admin-api.md.");
  });
  addHealthRoutes(app, shared);
  addReadRoutes(app, shared);
  addReachabilityRoutes(app, shared);
  addSuspicionRoutes(app, shared);
  addLinkRoutes(app, shared);
  addWriteRoutes(app, shared);
  addQueryRoutes(app, shared);
  addInfoRoutes(app, shared);
  addLogRoutes(app, shared);
  addLedgerRoutes(app, shared);
  addOrderRoutes(app, shared);
  addLockRoutes(app, shared);
  addVersionRoutes(app, shared);
  addStateRoutes(app, shared);
  addAggregateRoutes(app, shared);
  addMonitorRoutes(app, shared);
  addTraceRoutes(app, shared);
  addTimelineRoutes(app, shared);
  const routes = app.routes
    .filter((route) => route.method !== "ALL")
    .map((route) => `${route.method} ${route.path}`);
  const fetch: AdminApp["fetch"] = (request, client = "") => app.fetch(request, { client });
  return { fetch, watchers, readiness, routes };
}

/** Who asks, how often, and whether they may. */
function guard(app: Hono, { node, numbers, tokens }: AdminContext): void {
  const limit = new RateLimit(numbers.requestsPerSecond);
  const addressOf = (context: Context): string => {
    const env: unknown = context.env;
    const isGiven = typeof env === "object" && env !== null;
    const client: unknown = isGiven ? Reflect.get(env, "client") : undefined;
    return `address ${typeof client === "string" ? client : ""}`;
  };
  app.use(
    adminGuard({
      tokens,
      roleOf: (context) => {
        const route = routeOf(context);
        // What there is not needs no token to be told so; what is not described needs all.
        if (route === undefined) return "read";
        const doc = docOf(route);
        return doc === undefined ? "admin" : doc.role;
      },
      onAsked: (context) => {
        const token = tokenIn(context.req.raw.headers);
        // Behind a proxy all clients have one address, but each its token.
        const isKnown = token !== "" && tokens.roleOf(token) !== undefined;
        limit.take(isKnown ? `token ${digestOf(token)}` : addressOf(context));
      },
      onReader: (context) => refuseNewNames(node, routeOf(context) ?? "", context.req.path),
      onRefused: (context) => limit.take(addressOf(context), numbers.wrongTokenRequestsCount),
    }),
  );
}

/** A stream that is asked for by its head alone would begin, and nobody would ever end it. */
function refuseHeadOfStream(context: Context): void {
  if (context.req.raw.method !== "HEAD") return;
  if (docOf(routeOf(context) ?? "")?.answer !== "text/event-stream") return;
  throw new HearsayError("ADMIN_BAD_REQUEST", "A stream has no HEAD; ask for it with GET.");
}

/** `GET /v1/status`; undefined when there is none. */
function routeOf(context: Context): string | undefined {
  const route = matchedRoutes(context).findLast(({ method }) => method !== "ALL");
  return route && `${route.method} ${route.path}`;
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
