import type { Hono } from "hono";
import type { AdminContext } from "../admin-app.ts";

/** What the monitor knows, for `hearsay top`, and all numbers for Prometheus. */
export function addMonitorRoutes(app: Hono, { node, version, watchers }: AdminContext): void {
  // JSON knows no infinity, and writes null.
  app.get("/v1/monitor", (context) => context.json(node.monitor.snapshot()));
  app.get("/metrics", async (context) => {
    const { metricsContentType, metricsPage } = await import("../metrics/metrics-page.ts");
    const text = await metricsPage({ node, version, watchClientsCount: watchers.count });
    return context.body(text, 200, { "Content-Type": metricsContentType });
  });
}
