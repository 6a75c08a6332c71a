import type { Hono } from "hono";
import type { AdminContext } from "../admin-app.ts";
import type { LinksAnswer } from "./links.messages.ts";

/** The route of the connections between the agent and its peers. */
export function addLinkRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/links", (context) => {
    const answer: LinksAnswer = { links: node.links() };
    return context.json(answer);
  });
}
