import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { HearsayProcess, killStarted } from "./hearsay-process.ts";

const root = mkdtempSync(join(tmpdir(), "hearsay-e2e-data-"));
afterEach(async () => {
  await killStarted();
  rmSync(root, { recursive: true, force: true });
});

function agent(name: string): HearsayProcess {
  const places = ["--bind", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  const kept = ["--data-dir", root];
  return new HearsayProcess(["agent", "--json", "--name", name, ...places, ...kept]);
}

test("a data directory is refused to a second process, until the first is killed", async () => {
  const owner = agent("a");
  await owner.firstLine();
  const { code, err } = await agent("b").ended();
  expect(code).toBe(1);
  expect(err).toMatch(/DATA_DIR.*in use by another process/);
  owner.child.kill("SIGKILL");
  await owner.ended();
  const next = await agent("b").firstLine<{ name: string }>();
  expect(next.name).toBe("b");
});
