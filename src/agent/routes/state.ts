import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { StateValue } from "../../node/api.ts";
import type { WriteAnswer } from "../admin.messages.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import { pathName } from "./path-names.ts";
import type { StateAnswer, StatesAnswer } from "./state.messages.ts";

/** The routes of per-node state: read of all, written of the agent's own node. */
export function addStateRoutes(app: Hono, { node, numbers }: AdminContext): void {
  app.get("/v1/state", (context) => {
    const member = context.req.query("member");
    const pattern = context.req.query("pattern");
    const members = member === undefined ? node.state.members() : [member];
    const states = members.flatMap((name) => node.state.of(name).entries(pattern).map(plain));
    const answer: StatesAnswer = { states };
    return context.json(answer);
  });
  app.get("/v1/state/:member/:key", (context) => {
    const member = pathName(context, "member");
    const entry = node.state.of(member).entry(keyOf(context));
    if (entry === undefined) throw unknown(member, keyOf(context));
    return context.json(plain(entry));
  });
  app.put("/v1/state/:key", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { ttlMs, value } = requests.parseBody(requests.infoRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const key = keyOf(context);
    const options = ttlMs === undefined ? {} : { ttlMs };
    const answer: WriteAnswer = { key, ...(await node.state.set(key, fromJson(value), options)) };
    return context.json(answer);
  });
  app.delete("/v1/state/:key", async (context) => {
    const key = keyOf(context);
    const written = await node.state.delete(key);
    if (written === undefined) throw unknown(node.name, key);
    const answer: WriteAnswer = { key, ...written };
    return context.json(answer);
  });
}

function keyOf(context: Context): string {
  return pathName(context, "key");
}

function unknown(member: string, key: string): HearsayError {
  const detail = `Of ${JSON.stringify(member)} no state ${JSON.stringify(key)} is known here.`;
  return new HearsayError("STATE_UNKNOWN", detail);
}

function plain({ value, ...state }: StateValue): StateAnswer {
  return { ...state, value: toJson(value) };
}
