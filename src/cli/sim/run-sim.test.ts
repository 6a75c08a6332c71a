import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { experiments } from "../../sim/experiments/catalog.ts";
import { readScenario } from "../../sim/scenario/read-scenario.ts";
import { FakeIo } from "../fake-io.ts";
import { runCli } from "../run-cli.ts";
import { builtInNames } from "./scenario-files.ts";

let folder: string;
let io: FakeIo;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-sim-"));
  io = new FakeIo();
});
afterEach(() => rmSync(folder, { recursive: true }));

const small = {
  name: "small",
  proves: "That five nodes agree.",
  nodes: 5,
  durationMs: 5_000,
  checkers: { convergence: {}, load: {} },
};

/** It cannot hold: nobody sends so little. */
const hopeless = { ...small, name: "hopeless", checkers: { load: { packetsMaxCount: 1 } } };

/** With a planted bug: SWIM that does not gossip to the dead. */
const forgetful = {
  ...small,
  name: "forgetful",
  durationMs: 40_000,
  protocols: { exchange: [] },
  options: { swim: { gossipToTheDeadMs: 1, pushPullIntervalMs: 0 } },
  heal: { withinMs: 30_000, quietMs: 1_000 },
};

function file(scenario: object): string {
  const path = join(folder, "scenario.json");
  writeFileSync(path, JSON.stringify(scenario));
  return path;
}

const sim = (...args: string[]): Promise<number> => runCli(["sim", ...args], io);

describe("hearsay sim", () => {
  it("lists what each built-in scenario and experiment shows, a line each", async () => {
    expect(await sim("--list")).toBe(0);
    const lines = io.stdout.trim().split("\n");
    const names = [...builtInNames(), ...experiments.map(({ name }) => name)];
    expect(lines.map((line) => line.split(" ")[0])).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    const json = new FakeIo();
    await runCli(["sim", "--list", "--json"], json);
    expect(JSON.parse(json.stdout)).toHaveLength(lines.length);
  });

  it("runs a file and says what each checker saw", async () => {
    expect(await sim(file(small))).toBe(0);
    expect(io.stdout).toContain("small  That five nodes agree.");
    expect(io.stdout).toMatch(/seed 1 · 5 nodes · 5\.\d s of virtual time/);
    expect(io.stdout).toMatch(/ok {3}convergence/);
    expect(io.stdout).toMatch(/packetsPerSecond +2\.\d+/);
    expect(io.stderr).toBe("");
  });

  it("prints the same JSON for the same seed, and nothing else on stdout", async () => {
    const again = new FakeIo();
    await sim(file(small), "--seed", "9", "--json");
    await runCli(["sim", file(small), "--seed", "9", "--json", "--wire"], again);
    expect(again.stdout).toBe(io.stdout);
    const result = JSON.parse(io.stdout);
    expect(result).toMatchObject({ scenario: "small", passed: true, failedSeeds: [] });
    expect(result.runs).toHaveLength(1);
    expect(result.runs[0].seed).toBe(9);
  });

  it("writes the trace of a run to a file, the same each time", async () => {
    const path = join(folder, "trace.txt");
    expect(await sim(file(small), "--trace", path)).toBe(0);
    const first = readFileSync(path, "utf8");
    expect(first.split("\n").length).toBeGreaterThan(100);
    expect(first).toMatch(/^[\d.]+ n1 → n0 /m);
    await sim(file(small), "--trace", path);
    expect(readFileSync(path, "utf8")).toBe(first);
  });

  it("sums up many seeds", async () => {
    expect(await sim(file(small), "--runs", "3", "--json")).toBe(0);
    const { runs, summary } = JSON.parse(io.stdout);
    expect(runs.map((run: { seed: number }) => run.seed)).toEqual([1, 2, 3]);
    expect(summary.load.packetsPerSecond.count).toBe(3);
    const text = new FakeIo();
    await runCli(["sim", file(small), "--runs", "3"], text);
    expect(text.stdout).toContain("3 runs, 0 failed");
  });

  it("exits with 1 and the command that replays the seed when a threshold is missed", async () => {
    const path = file(hopeless);
    expect(await sim(path, "--seed", "4", "--runs", "2", "--nodes", "6")).toBe(1);
    expect(io.stdout).toContain("2 runs, 2 failed");
    expect(io.stdout).toMatch(/FAIL load/);
    expect(io.stderr).toMatch(/^SCENARIO_FAILED: seed 4: load: .* \(2 of 2 seeds failed\)\./);
    expect(io.stderr).toContain(`Replay it: hearsay sim ${path} --seed 4 --nodes 6\n`);
  });

  it("shrinks what a swarm finds to a scenario that anybody can run", async () => {
    const saved = join(folder, "shrunk.json");
    const code = await sim(file(forgetful), "--swarm", "--runs", "6", "--save", saved, "--json");
    expect(code).toBe(1);
    const { failedSeeds, shrunk } = JSON.parse(io.stdout);
    expect(failedSeeds.length).toBeGreaterThan(0);
    expect(shrunk.faults.length).toBeLessThanOrEqual(2);
    expect(JSON.parse(readFileSync(saved, "utf8"))).toEqual(shrunk);
    expect(readScenario(shrunk)).toEqual(shrunk);
    const error = JSON.parse(io.stderr.trim().split("\n").at(-1) ?? "");
    expect(error).toMatchObject({ code: "SCENARIO_FAILED" });
    expect(error.message).toContain(`--seed ${failedSeeds[0]} --swarm`);
    const replay = new FakeIo();
    expect(await runCli(["sim", saved], replay)).toBe(1);
  }, 60_000);

  it("prints what was found before a file of it turns out impossible to write", async () => {
    const none = join(folder, "none", "shrunk.json");
    const seed = ["--seed", "200000002"];
    expect(await sim(file(forgetful), "--swarm", ...seed, "--save", none, "--json")).toBe(2);
    expect(io.stderr).toContain("--save cannot write");
    const { shrunk } = JSON.parse(io.stdout);
    // A seed that large is shrunk, too.
    expect(shrunk.seed).toBe(200_000_002);
    expect(shrunk.faults.length).toBeLessThanOrEqual(2);
  }, 60_000);

  it.runIf(existsSync("/dev/full"))("tells a full disk from a missed threshold", async () => {
    expect(await sim(file(small), "--trace", "/dev/full")).toBe(2);
    expect(io.stderr).toContain("USAGE: --trace cannot write /dev/full: ENOSPC");
  });

  it.each([
    [[], "Say which scenario"],
    [["no-such-thing"], "There is no built-in scenario or experiment no-such-thing. A file"],
    [["crash-detectoin"], "crash-detectoin. Did you mean crash-detection? A file"],
    [["demers-table-4"], "Did you mean demers-table-"],
    [["./none.json"], "./none.json cannot be read"],
    [["crash-detection", "--runs", "0"], "whole number from 1"],
    [["crash-detection", "--runs", "2", "--trace", "x"], "--trace writes down one run"],
    [["crash-detection", "--trace", "/no/such/folder/x"], "--trace cannot write"],
    [["crash-detection", "--set", "nodesCount=5"], "--set is for experiments"],
    [["crash-detection", "--save", "x"], "--save keeps what --swarm has shrunk"],
  ])("refuses %j with 2", async (args, message) => {
    expect(await sim(...args)).toBe(2);
    expect(io.stderr).toContain(message);
    expect(io.stdout).toBe("");
  });

  it("refuses a file that is wrong with 2, by file and field", async () => {
    const path = file({ ...small, nodes: "many" });
    expect(await sim(path)).toBe(2);
    expect(io.stderr).toContain(`SCENARIO_INVALID: ${path}: nodes is "many", but must be a whole`);
    writeFileSync(path, "{ nodes: 5 }");
    expect(await sim(path)).toBe(2);
    expect(io.stderr).toContain(`${path} is no JSON`);
  });
});
