/** Every route of the admin API, with what is said of it. A route that is not here needs admin. */
import { agentDocs } from "./agent.docs.ts";
import { dataDocs } from "./data.docs.ts";
import { linkDocs } from "./links.docs.ts";
import { membershipDocs } from "./membership.docs.ts";
import { messageDocs } from "./messages.docs.ts";
import { monitorDocs } from "./monitor.docs.ts";
import { orderDocs } from "./order.docs.ts";
import type { RouteDoc, RouteDocs } from "./route-doc.ts";
import { timelineDocs } from "./timeline.docs.ts";
import { traceDocs } from "./traces.docs.ts";

export const routeDocs: RouteDocs = {
  ...agentDocs,
  ...membershipDocs,
  ...linkDocs,
  ...messageDocs,
  ...dataDocs,
  ...monitorDocs,
  ...orderDocs,
  ...traceDocs,
  ...timelineDocs,
};

export function docOf(route: string): RouteDoc | undefined {
  return Object.hasOwn(routeDocs, route) ? routeDocs[route] : undefined;
}
