import type { Context, Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { Info } from "../../node/api.ts";
import type { InfoAnswer, InfosAnswer, WriteAnswer } from "../admin.messages.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { fromJson, toJson } from "../json-value.ts";
import { readJson } from "../request-body.ts";
import { addCertificateRoutes } from "./certificates.ts";
import { addInfoNetworkRoutes } from "./info-network.ts";
import { pathName } from "./path-names.ts";

/** The routes of infos, and of the network that they may travel by. */
export function addInfoRoutes(app: Hono, context: AdminContext): void {
  const { node, numbers } = context;
  addInfoNetworkRoutes(app, context);
  addCertificateRoutes(app, context);
  app.get("/v1/infos", (context) => {
    const { infos } = node;
    const keys = infos.keys(context.req.query("pattern"));
    const answer: InfosAnswer = {
      cursor: infos.cursor,
      infos: keys.flatMap((key) => {
        const info = infos.info(key);
        return info === undefined ? [] : [plainInfo(info)];
      }),
    };
    return context.json(answer);
  });
  app.get("/v1/infos/:key", (context) => {
    const key = keyOf(context);
    const info = node.infos.info(key);
    if (info !== undefined) return context.json(plainInfo(info));
    throw unknownInfo(key);
  });
  app.put("/v1/infos/:key", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { ttlMs, value } = requests.parseBody(requests.infoRequest, json);
    if (value === undefined) throw new HearsayError("ADMIN_BAD_REQUEST", "value: is missing.");
    const key = keyOf(context);
    const options = ttlMs === undefined ? {} : { ttlMs };
    const answer: WriteAnswer = { key, ...(await node.infos.set(key, fromJson(value), options)) };
    return context.json(answer);
  });
  app.delete("/v1/infos/:key", async (context) => {
    const key = keyOf(context);
    const written = await node.infos.delete(key);
    if (written === undefined) {
      throw unknownInfo(key);
    }
    const answer: WriteAnswer = { key, ...written };
    return context.json(answer);
  });
}

function unknownInfo(key: string): HearsayError {
  const fix = "see what there is with: hearsay info ls";
  return new HearsayError("INFO_UNKNOWN", `There is no info ${JSON.stringify(key)} here; ${fix}`);
}

function keyOf(context: Context): string {
  return pathName(context, "key");
}

function plainInfo({ expiresAt, path, value, ...info }: Info): InfoAnswer {
  return {
    ...info,
    value: toJson(value),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(path && { path: { ...path, origStamp: String(path.origStamp) } }),
  };
}
