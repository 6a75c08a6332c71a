import type { Hono } from "hono";
import type { OverlayReport, TraceReport } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import { pathNames } from "./path-names.ts";
import type { OverlaysAnswer, TraceAnswer } from "./traces.messages.ts";

/** The routes that ask all nodes how a message came to them, and whom they talk to. */
export function addTraceRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/traces/:topic/:origin/:seq", async (context) => {
    const { origin, seq, topic } = requests.parseBody(requests.traceParams, pathNames(context));
    const nodes = await node.traces.follow(topic, { origin, seq });
    const answer: TraceAnswer = { topic, dot: { origin, seq }, nodes: nodes.map(plainTrace) };
    return context.json(answer);
  });
  app.get("/v1/overlays", async (context) => {
    const { origin, topic } = requests.parseBody(requests.overlaysQuery, context.req.query());
    const tree = topic === undefined || origin === undefined ? undefined : { tag: topic, origin };
    const nodes = await node.traces.overlays(tree);
    const answer: OverlaysAnswer = { nodes: nodes.map(plainOverlay) };
    return context.json(answer);
  });
}

function plainTrace({ arrivals, name, status }: TraceReport): TraceAnswer["nodes"][number] {
  const told = arrivals.map(({ at, from, kind, means }) => {
    return from === "" ? { kind, means, at } : { kind, means, from, at };
  });
  return { name, status, arrivals: told };
}

function plainOverlay(report: OverlayReport): OverlaysAnswer["nodes"][number] {
  const { name, status } = report;
  if (report.status === "silent") return { name, status, active: [], passive: [] };
  const { active, branches, passive } = report;
  return { name, status, active, passive, ...branches };
}
