import type { Hono } from "hono";
import type { AdminContext } from "../admin-app.ts";
import type { ReachabilityAnswer } from "./reachability.messages.ts";

/** The route of the matrix of who reaches whom. */
export function addReachabilityRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/reachability", (context) => {
    const picture = node.members.reachability();
    const { exceptions, local, members, relayed, row, sides, silent } = picture;
    const answer: ReachabilityAnswer = { local, members, row, exceptions, sides, silent, relayed };
    return context.json(answer);
  });
}
