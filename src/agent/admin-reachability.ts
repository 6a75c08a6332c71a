import type { Hono } from "hono";
import type { AdminContext } from "./admin-app.ts";
import type { ReachabilityAnswer } from "./admin-reachability.messages.ts";

/** The route of the matrix of who reaches whom. */
export function addReachabilityRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/reachability", (context) => {
    const { exceptions, local, members, relayed, row, sides } = node.members.reachability();
    const answer: ReachabilityAnswer = { local, members, row, exceptions, sides, relayed };
    return context.json(answer);
  });
}
