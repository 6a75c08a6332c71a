import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, Siblings, Versions } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import { pathName } from "./path-names.ts";
import { replicasNamed } from "./replica-names.ts";
import type {
  VersionAnswer,
  VersionHistoryAnswer,
  VersionStoresAnswer,
  VersionsAnswer,
  VersionWriteAnswer,
} from "./versions.messages.ts";

/** How long a store that was just opened may take to hear what others hold of it. [guess] */
const CATCH_UP_MAX_MS = 2_000;

/** The routes of versions. A store is open on this node from the first request on that names it. */
export function addVersionRoutes(app: Hono, { node, numbers }: AdminContext): void {
  const stores = new AgentStores(node);
  const body = (context: Context) => readJson(context.req.raw, numbers.bodyMaxBytes);
  app.get("/v1/versions", (context) => {
    const answer: VersionStoresAnswer = { stores: replicasNamed(node, "versions/") };
    return context.json(answer);
  });
  app.get("/v1/versions/:store", async (context) => {
    const store = await stores.open(context);
    const split = new Set(store.conflicts());
    const keys = store.keys(context.req.query("pattern"));
    const listed = keys.map((key) => ({ key, conflict: split.has(key) }));
    const answer: VersionsAnswer = { store: store.name, keys: listed };
    return context.json(answer);
  });
  app.get("/v1/versions/:store/:key", async (context) => {
    const store = await stores.open(context);
    const key = keyOf(context);
    const read = await store.session().get(key);
    if (read.status === "behind") throw new HearsayError("TIMEOUT", read.hint);
    const answer: VersionAnswer = { store: store.name, key, ...plainSiblings(read) };
    return context.json(answer);
  });
  app.get("/v1/versions/:store/:key/history", async (context) => {
    const store = await stores.open(context);
    return context.json(historyOf(store, keyOf(context)));
  });
  app.put("/v1/versions/:store/:key", async (context) => {
    const json = await body(context);
    const { value, ...options } = requests.parseBody(requests.versionRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const store = await stores.open(context);
    const written = await store.session().put(keyOf(context), fromJson(value), given(options));
    return context.json(plainWrite(written));
  });
  app.delete("/v1/versions/:store/:key", async (context) => {
    const json = await body(context);
    const options = requests.parseBody(requests.versionDeletion, json);
    const store = await stores.open(context);
    const written = await store.session().delete(keyOf(context), given(options));
    return context.json(plainWrite(written));
  });
}

/** Stores that requests have named. */
class AgentStores {
  private readonly node: HearsayNode;
  private readonly opened = new Map<string, Promise<Versions>>();

  constructor(node: HearsayNode) {
    this.node = node;
  }

  open(context: Context): Promise<Versions> {
    const name = pathName(context, "store");
    let opening = this.opened.get(name);
    if (opening === undefined) {
      const store = this.node.versions(name);
      opening = this.node.view().size === 0 ? Promise.resolve(store) : caughtUp(store);
      this.opened.set(name, opening);
    }
    return opening;
  }
}

/** The store, with what others hold of it where there is somebody to ask. */
async function caughtUp(store: Versions): Promise<Versions> {
  try {
    await store.caughtUp({ timeoutMs: CATCH_UP_MAX_MS });
  } catch (error) {
    if (!(error instanceof HearsayError) || error.code !== "TIMEOUT") throw error;
  }
  return store;
}

type Written = Awaited<ReturnType<ReturnType<Versions["session"]>["delete"]>>;

function plainWrite(written: Written): VersionWriteAnswer {
  if (written.status === "behind") throw new HearsayError("TIMEOUT", written.hint);
  if (written.status !== "ok") return { status: written.status, ...plainSiblings(written) };
  const { context, dot, durable, status } = written;
  return { status, context, durable, ...(dot && { dot }) };
}

function historyOf(store: Versions, key: string): VersionHistoryAnswer {
  const { context, replaced, versions } = store.history(key);
  const plain = versions.map((version) => {
    return "value" in version ? { ...version, value: toJson(version.value) } : version;
  });
  return { store: store.name, key, versions: plain, replaced, context };
}

function plainSiblings({ context, siblings }: Siblings<unknown>) {
  const plain = siblings.map(({ value, ...sibling }) => ({ value: toJson(value), ...sibling }));
  return { values: plain.map(({ value }) => value), siblings: plain, context };
}

function given(options: {
  readonly context?: string | undefined;
  readonly requestId?: string | undefined;
}) {
  const { context, requestId } = options;
  return { ...(context && { context }), ...(requestId && { requestId }) };
}

function keyOf(context: Context): string {
  return pathName(context, "key");
}
