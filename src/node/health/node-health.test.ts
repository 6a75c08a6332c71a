import { expect, it } from "vitest";
import { startNode } from "../../index.ts";
import type { NodeHealth } from "./health.api.ts";

it("a node tells how it keeps up, and says so to others only when it is bad", async () => {
  const degraded = { degradeAfterMs: 400 };
  const node = await startNode({ name: "p1", bind: "127.0.0.1:0", degraded });
  try {
    // The machine may have stood still while it started.
    await expect.poll(() => node.health().status).toBe("well");
    expect(node.health()).toMatchObject({
      trouble: undefined,
      awarenessScore: 0,
      responder: "main",
    });
    const busy = new Promise<NodeHealth>((resolve) => {
      node.members.on(({ kind }) => kind === "degrade" && resolve(node.health()));
    });
    const untilMs = performance.now() + 600;
    while (performance.now() < untilMs);
    const { loop, status, trouble } = await busy;
    expect([status, loop.maxMs >= 400, (trouble?.delayMs ?? 0) >= 400]).toEqual([
      "degraded",
      true,
      true,
    ]);
    expect(node.members.local.degraded).toMatchObject({ since: trouble?.since });
    expect(node.metrics()["degraded.episodes"]).toBeGreaterThanOrEqual(1);
    expect(node.metrics()["health.degradedMembers"]).toBe(1);
  } finally {
    await node.stop();
  }
});
