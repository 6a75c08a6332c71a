import type { Hono } from "hono";
import type { InfoLink, InfoNetworkReport } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { readJson } from "../request-body.ts";
import type { InfoLinkAnswer, InfoNetworkAnswer } from "./info-network.messages.ts";

/** The routes of the info network, of nodes whose infos travel by gRPC. */
export function addInfoNetworkRoutes(app: Hono, { node, numbers }: AdminContext): void {
  app.get("/v1/info-network", (context) => context.json(plainReport(node.infoNetwork.status())));
  app.put("/v1/info-network/sentinel", async (context) => {
    const json = await readJson(context.req.raw, numbers.bodyMaxBytes);
    const { sentinel } = requests.parseBody(requests.sentinelRequest, json);
    if (sentinel === "hold") node.infoNetwork.holdSentinel();
    else node.infoNetwork.releaseSentinel();
    return context.json(plainReport(node.infoNetwork.status()));
  });
}

/** JSON has no numbers as great as stamps. */
function plainReport(report: InfoNetworkReport): InfoNetworkAnswer {
  const { clusterId, highWaterStamps, incoming, outgoing, ...rest } = report;
  const stamps = Object.entries(highWaterStamps).map(([id, stamp]): [string, string] => {
    return [id, String(stamp)];
  });
  return {
    ...rest,
    ...(clusterId !== undefined && { clusterId }),
    outgoing: outgoing.map(plainLink),
    incoming: incoming.map(plainLink),
    highWaterStamps: Object.fromEntries(stamps),
  };
}

function plainLink(link: InfoLink): InfoLinkAnswer {
  return { ...link, ageMs: Math.round(link.ageMs) };
}
