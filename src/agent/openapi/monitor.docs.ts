import { z } from "zod";
import type { RouteDocs } from "./route-doc.ts";

const name = z.string();
/** Null: beyond all bounds. */
const number = z.number().nullable();
const kind = z.enum(["gauge", "counter", "histogram"]);
const verdict = z.enum(["live", "suspect", "dead", "unheard"]);
const histogram = z.object({
  bounds: z.array(z.number()),
  counts: z.array(z.number()),
  sum: number,
});
const sensor = { name, unit: z.string(), kind };

const aggregate = z.object({
  ...sensor,
  count: z.number(),
  sum: number,
  avg: number,
  min: number,
  max: number,
  quantiles: z.object({ p50: number, p95: number, p99: number }).optional(),
  histogram: histogram.optional(),
});

const member = z.object({
  name,
  address: z.string(),
  status: z.enum(["alive", "suspect", "leaving", "left", "failed"]),
  group: name,
  verdict: verdict.optional(),
  ageRounds: z.number().optional(),
  rttMs: z.number().optional(),
  readings: z.array(z.object({ ...sensor, value: z.union([number, histogram]) })),
  readingsAgeMs: z.number().optional(),
});

const group = z.object({
  name,
  size: z.number(),
  isOwn: z.boolean(),
  verdict,
  ageRounds: z.number(),
  members: z.object({ live: z.number(), suspect: z.number(), dead: z.number() }).optional(),
  speaker: name.optional(),
  summaryAgeMs: z.number().optional(),
  aggregates: z.array(aggregate),
});

const row = z.object({ observer: name, suspects: z.array(name) });

export const monitorDocs: RouteDocs = {
  "GET /v1/monitor": {
    group: "monitoring",
    role: "read",
    summary: "What members measure, what it comes to, and whom monitors think dead",
    answer: z.object({
      node: name,
      group: name,
      members: z.array(member),
      groups: z.array(group),
      aggregates: z.array(aggregate),
      suspects: z.object({ members: z.array(row), groups: z.array(row) }),
      alerts: z.array(z.object({ rule: name, id: name, firedBy: name.optional() })),
    }),
    failures: { 409: "MONITOR_OFF" },
  },
  "GET /metrics": {
    group: "monitoring",
    role: "read",
    summary: "All numbers of this node and of the cluster, as Prometheus reads them",
    answer: "text/plain",
  },
};
