import { z } from "zod";
import type { RouteDocs } from "./route-doc.ts";

const group = "agent";
const ready = z.object({
  status: z.enum(["ready", "not-ready"]),
  checks: z
    .array(
      z.object({
        name: z.enum(["node", "joined", "settled", "disk", "order"]),
        ok: z.boolean(),
        detail: z.string(),
      }),
    )
    .optional()
    .describe("for who may read"),
});

export const agentDocs: RouteDocs = {
  "GET /livez": {
    group,
    role: undefined,
    summary: "Whether the node runs; 503 when it should be started anew",
    answer: z.object({ status: z.enum(["live", "dead"]) }),
    failures: { 503: "The node has stopped." },
  },
  "GET /readyz": {
    group,
    role: undefined,
    summary: "Whether the node has its place in the cluster; 503 when not yet",
    answer: ready,
    failures: { 503: "Not ready: the same answer, with what is missing." },
  },
  "GET /v1/openapi.json": {
    group,
    role: "read",
    summary: "This document",
    answer: z.looseObject({ openapi: z.string() }),
  },
  "GET /v1/metrics": {
    group,
    role: "read",
    summary: "Counters by name",
    answer: z.record(z.string(), z.number()),
  },
};
