import { expect, it } from "vitest";
import { startNode } from "../../index.ts";

it("a node tells how it keeps up, and says so to others only when it is bad", async () => {
  const node = await startNode({ name: "p1", bind: "127.0.0.1:0" });
  try {
    expect(node.health()).toMatchObject({
      status: "well",
      trouble: undefined,
      awarenessScore: 0,
      responder: "main",
    });
    const kinds: string[] = [];
    node.members.on(({ kind }) => kinds.push(kind));
    const untilMs = performance.now() + 1_300;
    while (performance.now() < untilMs);
    await expect.poll(() => kinds, { timeout: 5_000 }).toContain("degrade");
    const { loop, status, trouble } = node.health();
    expect([status, loop.maxMs >= 1_000, (trouble?.delayMs ?? 0) >= 1_000]).toEqual([
      "degraded",
      true,
      true,
    ]);
    expect(node.members.local.degraded).toEqual(trouble);
    expect(node.metrics()).toMatchObject({ "degraded.episodes": 1, "health.degradedMembers": 1 });
  } finally {
    await node.stop();
  }
});
