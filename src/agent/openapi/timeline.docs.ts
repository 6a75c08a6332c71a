import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { memberStatus } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const kinds = ["join", "update", "suspect", "alive", "degrade", "recover", "fail", "leave", "reap"];
const evidence = z.object({ at: z.number(), what: z.string(), text: z.string() });
const event = z.object({
  number: z.number().describe("1, 2, 3 … in one life of the agent; as in notices of a watch"),
  kind: z.enum(kinds),
  at: z.number(),
  name: z.string(),
  address: z.string(),
  status: memberStatus,
  incarnation: z.number(),
  degraded: z.boolean(),
  evidence: z.array(evidence).describe("the end of its chain as it was then, oldest first"),
});

export const timelineDocs: RouteDocs = {
  "GET /v1/timeline": {
    group: "membership",
    role: "read",
    summary: "What members did since the agent began, as far as it remembers",
    query: requests.timelineQuery,
    answer: z.object({
      local: z.string(),
      life: z.string().describe("of the agent: in another one numbers begin anew"),
      beganAt: z.number(),
      lastNumber: z.number(),
      lostCount: z.number().describe("events after `since` that are not kept any more"),
      events: z.array(event),
    }),
  },
};
