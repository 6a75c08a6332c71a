import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeIo } from "../fake-io.ts";
import { runCli } from "../run-cli.ts";
import { SvgFile } from "./svg-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-svg-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("--svg", () => {
  it("draws what the checkers of a scenario saw", async () => {
    const path = join(folder, "rumours.svg");
    const args = ["sim", "rumor-under-loss", "--nodes", "8", "--svg", path];
    expect(await runCli(args, new FakeIo())).toBe(0);
    const first = readFileSync(path, "utf8");
    expect(first).toContain("who heard a rumour");
    await runCli(args, new FakeIo());
    expect(readFileSync(path, "utf8")).toBe(first);
  });

  it("says which package is missing, before anything runs", async () => {
    const load = (): Promise<never> =>
      Promise.reject(Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" }));
    await expect(SvgFile.prepare("x.svg", load)).rejects.toThrow(
      "[PACKAGE_MISSING] --svg draws with Apache ECharts, which is not installed: " +
        "npm install echarts",
    );
    const broken = (): Promise<never> => Promise.reject(new TypeError("a bug"));
    await expect(SvgFile.prepare("x.svg", broken)).rejects.toThrow("a bug");
  });

  it("says so when there is nothing to draw, or nowhere to write it", async () => {
    const io = new FakeIo();
    const svg = ["--svg", join(folder, "x.svg")];
    expect(await runCli(["sim", "steady-300-nodes", "--nodes", "4", ...svg], io)).toBe(2);
    expect(io.stderr).toContain("USAGE: --svg has nothing to draw: ");
    const other = new FakeIo();
    const none = ["--svg", join(folder, "none", "x.svg")];
    expect(await runCli(["sim", "rumor-under-loss", "--nodes", "4", ...none], other)).toBe(2);
    expect(other.stdout).toContain("rumors");
    expect(other.stderr).toContain("USAGE: --svg cannot write");
  });
});
