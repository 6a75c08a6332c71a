import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { SerfQueryOptions } from "../../node/api.ts";
import { findKey } from "../access/key-id.ts";
import type {
  EvictAnswer,
  JoinAnswer,
  PublishAnswer,
  QueryAnswer,
  QueryRequest,
} from "../admin.messages.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { plainMessage } from "../admin-failure.ts";
import { fromJson } from "../json-value.ts";
import { textAndBase64 } from "../payload.ts";
import { readJson } from "../request-body.ts";
import { pathName } from "./path-names.ts";
import { keyringOf, knownMember } from "./reads.ts";

/** The routes that change something. */
export function addWriteRoutes(app: Hono, shared: AdminContext): void {
  addMembershipRoutes(app, shared);
  addMessageRoutes(app, shared);
  addKeyringRoutes(app, shared);
}

function addMembershipRoutes(app: Hono, shared: AdminContext): void {
  const { node } = shared;
  const bodyOf = bodyReader(shared);
  app.post("/v1/join", async (context) => {
    const { addresses } = requests.parseBody(requests.joinRequest, await bodyOf(context));
    return context.json(await join(shared, addresses));
  });
  app.post("/v1/leave", async (context) => {
    requests.parseBody(requests.leaveRequest, await bodyOf(context));
    return context.json(await shared.leave());
  });
  app.post("/v1/members/:name/leave", async (context) => {
    const { prune } = requests.parseBody(requests.forceLeaveRequest, await bodyOf(context));
    const { name } = knownMember(shared, pathName(context, "name"));
    node.serf.forceLeave(name, { prune });
    return context.json({ left: name, prune });
  });
  app.post("/v1/replicas/:replica/evict", async (context) => {
    const { name } = requests.parseBody(requests.evictRequest, await bodyOf(context));
    const replica = pathName(context, "replica");
    const answer: EvictAnswer = { ...node.replicas.evict(replica, name), replica };
    return context.json(answer);
  });
}

async function join(shared: AdminContext, addresses: readonly string[]): Promise<JoinAnswer> {
  const timeoutMs = shared.numbers.joinTimeoutMs;
  const results = await Promise.all(
    addresses.map(async (address): Promise<JoinAnswer["addresses"][number]> => {
      try {
        const joinedCount = await shared.node.join(address, { timeoutMs });
        return { address, joined: joinedCount > 0 };
      } catch (error) {
        if (!(error instanceof HearsayError)) throw error;
        return { address, joined: false, error: plainMessage(error) };
      }
    }),
  );
  const joined = results.filter((result) => result.joined).length;
  if (joined > 0) return { joined, addresses: results };
  const reasons = results.map(({ address, error }) => `${address}: ${error ?? "no answer"}`);
  throw new HearsayError("JOIN_FAILED", `No address answered. ${reasons.join("; ")}`);
}

function addMessageRoutes(app: Hono, shared: AdminContext): void {
  const { node, topics } = shared;
  const bodyOf = bodyReader(shared);
  app.post("/v1/publish/:topic", async (context) => {
    const json = await bodyOf(context);
    const { value } = requests.parseBody(requests.publishRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const topic = topics.open(pathName(context, "topic"));
    const { dot, durable } = await topic.publish(fromJson(value));
    const answer: PublishAnswer = { topic: topic.tag, dot, durable };
    return context.json(answer);
  });
  app.post("/v1/event", async (context) => {
    const json = await bodyOf(context);
    const { name, payload, coalesce } = requests.parseBody(requests.eventRequest, json);
    node.serf.event(name, payload, { coalesce });
    return context.json({ sent: name });
  });
  app.post("/v1/query", async (context) => {
    const request = requests.parseBody(requests.queryRequest, await bodyOf(context));
    const { signal } = context.req.raw;
    const options = queryOptions(request, signal);
    const { acks, answers } = await node.serf.query(request.name, request.payload, options);
    const answer: QueryAnswer = {
      acks,
      answers: answers.map(({ from, payload }) => ({ from, ...textAndBase64(payload) })),
    };
    return context.json(answer);
  });
}

function queryOptions(request: Undefinable<QueryRequest>, signal: AbortSignal): SerfQueryOptions {
  const { timeoutMs, nodes, tags, ack } = request;
  return {
    signal,
    ack: ack ?? false,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(tags === undefined ? {} : { tags }),
  };
}

type Undefinable<T> = { readonly [K in keyof T]: T[K] | undefined };

function addKeyringRoutes(app: Hono, shared: AdminContext): void {
  const { keyring } = shared.node;
  const bodyOf = bodyReader(shared);
  const change = (path: string, apply: (key: string) => void): void => {
    app.post(path, async (context) => {
      const { key } = requests.parseBody(requests.keyRequest, await bodyOf(context));
      apply(key);
      return context.json(keyringOf(shared));
    });
  };
  change("/v1/keyring/install", (key) => keyring.install(key));
  change("/v1/keyring/use", (key) => keyring.use(findKey(keyring.list(), key)));
  change("/v1/keyring/remove", (key) => keyring.remove(findKey(keyring.list(), key)));
}

function bodyReader({ numbers }: AdminContext): (context: Context) => Promise<unknown> {
  return (context) => readJson(context.req.raw, numbers.bodyMaxBytes);
}
