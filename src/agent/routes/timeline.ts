import type { Hono } from "hono";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";

/** The route of what members did, as far as this agent remembers. */
export function addTimelineRoutes(app: Hono, { history }: AdminContext): void {
  app.get("/v1/timeline", (context) => {
    return context.json(
      history.read(requests.parseBody(requests.timelineQuery, context.req.query())),
    );
  });
}
