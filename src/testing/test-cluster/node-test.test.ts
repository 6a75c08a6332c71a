import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const testing = new URL("../index.ts", import.meta.url).href;

/** A user's file of tests: two that pass, and one that fails and says why. */
const source = `
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertConverges,
  assertDetects,
  assertHeals,
  createTestCluster,
} from ${JSON.stringify(testing)};

describe("my service", () => {
  it("goes on without a node", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 21 });
    cluster.crash("n2");
    await assertDetects(cluster, { name: "n2", withinMs: 20_000 });
    await assertConverges(cluster, { withinMs: 0 });
    assert.equal(cluster.node("n1").members.get("n2")?.status, "failed");
  });

  it("heals", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 22 });
    cluster.partition(["n1"], ["n2", "n3"]);
    await assertConverges(cluster, { withinMs: 30_000, among: ["n2", "n3"] });
    cluster.heal();
    await assertHeals(cluster, { withinMs: 60_000 });
  });

  it("sees a crash at once", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 23 });
    cluster.crash("n3");
    await assertDetects(cluster, { name: "n3", withinMs: 10 });
  });
});
`;

test("node:test runs a test cluster, and shows why it failed", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-node-test-"));
  try {
    const file = join(folder, "service.test.mts");
    writeFileSync(file, source);
    const args = ["--import", "tsx", "--test", "--test-reporter", "tap", file];
    // A runner inside a runner would report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      env,
      timeout: 60_000,
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^ +ok 1 - goes on without a node$/m);
    expect(stdout).toMatch(/^ +ok 2 - heals$/m);
    expect(stdout).toMatch(/^ +not ok 3 - sees a crash at once$/m);
    expect(stdout).toMatch(/n3 \(crashed at \d+ ms\) is alive to n1, n2/);
    expect(stdout).toContain("seed 23 gives the same run again");
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
