import type { Context, Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { HearsayError } from "../../core/errors.ts";
import type { NamedQueryOptions, QueryAnswer } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { textAndBase64 } from "../payload.ts";
import type { QueryNotice } from "./queries.messages.ts";

/** Asks many nodes for a client, and passes on what they answer as it comes. */
export function addQueryRoutes(app: Hono, shared: AdminContext): void {
  app.get("/v1/query/stream", (context) => answer(context, shared));
}

/** @throws HearsayError ADMIN_BAD_REQUEST and what `node.query` throws */
function answer(context: Context, { node }: AdminContext): Response {
  const wish = requests.parseBody(requests.queryStream, wishOf(context));
  const { name, payload, value } = wish;
  const gone = new AbortController();
  const acks: string[] = [];
  let tellAck: ((from: string) => void) | undefined;
  const onAck = (from: string): void => {
    if (tellAck === undefined) acks.push(from);
    else tellAck(from);
  };
  const asked = value === undefined ? new TextEncoder().encode(payload) : parsed(value);
  const options: NamedQueryOptions = {
    onAck,
    signal: gone.signal,
    codec: value === undefined ? "raw" : "msgpack",
    ...optionsOf(wish),
  };
  const run = node.query(name, asked, options);
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => gone.abort());
    tellAck = (from) => void say(stream, { kind: "ack", from });
    for (const from of acks) await say(stream, { kind: "ack", from });
    try {
      for await (const one of run) await say(stream, noticeOf(one));
      await say(stream, { kind: "summary", ...(await run.summary()) });
    } catch (error) {
      if (!gone.signal.aborted) await say(stream, failureNotice(error));
    }
  });
}

function wishOf(context: Context): Record<string, unknown> {
  const { node: nodes, tag, ...rest } = context.req.queries();
  const wish: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(rest)) wish[name] = values[0];
  if (nodes !== undefined) wish["nodes"] = nodes;
  if (tag === undefined) return wish;
  const tags = tag.map((pair): [string, unknown] => {
    const at = pair.indexOf("=");
    return at < 1 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  wish["tags"] = Object.fromEntries(tags);
  return wish;
}

type Wish = ReturnType<typeof requests.queryStream.parse>;

function optionsOf({ nodes, relayCount, tags, timeoutMs, via }: Wish): NamedQueryOptions {
  return {
    via,
    relayCount,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** @throws HearsayError ADMIN_BAD_REQUEST */
function parsed(json: string): unknown {
  try {
    return fromJson(JSON.parse(json));
  } catch (error) {
    if (error instanceof HearsayError) throw error;
    throw new HearsayError("ADMIN_BAD_REQUEST", "value: is no JSON.");
  }
}

function noticeOf(one: QueryAnswer): QueryNotice {
  if (one.kind === "failure") return one;
  const bytes = one.value instanceof Uint8Array ? textAndBase64(one.value) : undefined;
  const text = bytes?.text;
  return { ...one, value: toJson(one.value), ...(text === undefined ? {} : { text }) };
}

function failureNotice(error: unknown): QueryNotice {
  const code = error instanceof HearsayError ? error.code : "AGENT_FAILED";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", code, message };
}

async function say(stream: SSEStreamingApi, notice: QueryNotice): Promise<void> {
  await stream.write(`event: ${notice.kind}\ndata: ${JSON.stringify(notice)}\n\n`);
}
