import type { Hono } from "hono";
import { tokenIn } from "../access/admin-guard.ts";
import type { AdminContext } from "../admin-app.ts";
import { openApiDocument } from "../openapi/open-api.ts";

/** The routes of probes, and the document of all routes. */
export function addHealthRoutes(app: Hono, shared: AdminContext): void {
  const { readiness, tokens, version } = shared;
  let document: object | undefined;
  app.get("/livez", (context) => {
    return context.json(
      { status: readiness.isLive ? "live" : "dead" },
      readiness.isLive ? 200 : 503,
    );
  });
  app.get("/readyz", async (context) => {
    const { checks, status } = await readiness.check();
    // A probe has no token, and whoever has none is told no more than a probe needs.
    const isTold = tokens.isEmpty || tokens.roleOf(tokenIn(context.req.raw.headers)) !== undefined;
    return context.json(isTold ? { status, checks } : { status }, status === "ready" ? 200 : 503);
  });
  app.get("/v1/openapi.json", (context) => {
    document ??= openApiDocument(version);
    return context.json(document);
  });
}
