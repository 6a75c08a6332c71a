import { z } from "zod";
import * as requests from "../admin.requests.ts";
import { dot } from "./answers.ts";
import type { RouteDocs } from "./route-doc.ts";

const group = "traces";
const names = z.array(z.string());
const asked = { name: z.string(), status: z.enum(["answered", "silent"]) };
const arrival = z.object({
  kind: z.enum(["published", "news", "copy"]),
  means: z.enum(["broadcast", "mail", "plumtree", "rumor", "bulk", "anti-entropy"]),
  from: z.string().optional(),
  at: z.number(),
});

export const traceDocs: RouteDocs = {
  "GET /v1/traces/:topic/:origin/:seq": {
    group,
    role: "read",
    summary: "How a message came to each node: asked of all, as far as they remember",
    answer: z.object({
      topic: z.string(),
      dot,
      nodes: z.array(z.object({ ...asked, arrivals: z.array(arrival) })),
    }),
  },
  "GET /v1/overlays": {
    group,
    role: "read",
    summary: "Whom each node talks to; and the branches of one tree",
    query: requests.overlaysQuery,
    answer: z.object({
      nodes: z.array(
        z.object({
          ...asked,
          active: names,
          passive: names,
          eager: names.optional(),
          lazy: names.optional(),
        }),
      ),
    }),
  },
};
