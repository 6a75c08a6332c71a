import type { Hono } from "hono";
import type { AdminContext } from "../admin-app.ts";
import type { SuspicionsAnswer } from "./suspicions.messages.ts";

/** The route of what the failure detector says. */
export function addSuspicionRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/suspicions", (context) => {
    const { deadLevel, detector } = node.members.suspicion(node.name);
    const members = [...node.members]
      .filter(({ name, status }) => name !== node.name && status !== "left")
      .map(({ name }) => {
        const { heardAt, level, since, status } = node.members.suspicion(name);
        return { name, status, level: Math.min(level, Number.MAX_VALUE), since, heardAt };
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const answer: SuspicionsAnswer = { detector, deadLevel, members };
    return context.json(answer);
  });
}
