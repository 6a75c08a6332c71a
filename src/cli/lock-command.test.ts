import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { raft } from "../agent/node.ts";
import { type Agent, runAgent } from "../agent/run-agent.ts";
import { eventually } from "../testing/test-api.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, silent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

let agents: readonly Agent[] = [];

beforeAll(async () => {
  const transport = memoryNetwork();
  const started: Agent[] = [];
  const voters = ["p1", "p2"];
  for (const name of voters) {
    const joined = started.slice(0, 1).map(({ node }) => node.address);
    const orderer = raft({ voters, storage: "memory" });
    const node = { name, transport, bind: "127.0.0.1:0", join: joined, orderer } as const;
    started.push(await runAgent({ node, admin: "127.0.0.1:0", logger: silent }));
  }
  agents = started;
  await Promise.all(agents.map(({ node }) => node.order.ready()));
});

afterAll(async () => {
  for (const agent of agents) await agent.stop();
});

const at = (index: number): Agent => {
  const found = agents[index];
  if (found === undefined) throw new Error(`no agent ${index}`);
  return found;
};

/** A program that checks what it was given, and ends with a code as soon as a file is there. */
const program = (code: number, waitsFor = process.execPath): string[] => {
  const env = "process.env.HEARSAY_LOCK_TOKEN > 0 && process.env.HEARSAY_LOCK_NAME === 'nightly'";
  const isDue = `require("fs").existsSync(${JSON.stringify(waitsFor)})`;
  const end = `setInterval(() => ${isDue} && process.exit((${env}) ? ${code} : 99), 5)`;
  return [process.execPath, "-e", end];
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function lockRun(index: number, command: readonly string[], ...flags: readonly string[]) {
  const io = new FakeIo();
  const args = ["lock", "run", "nightly", "--admin", at(index).adminUrl, ...flags, "--"];
  return { code: await runCli([...args, ...command], io), err: io.stderr };
}

/** Of a lock that is free, too, if its group takes its time. */
const nothingWrong = expect.stringMatching(/^(Waiting for nightly …\n)?$/);
const isHeld = () => at(1).node.lock("nightly").status() !== undefined;
const untilFree = () => eventually(() => !isHeld(), "the lock to be free", 20_000);

test("a command runs while its lock is held, and its exit code is passed on", async () => {
  const go = join(temporaryFolder(), "go");
  const first = lockRun(0, program(7, go));
  await eventually(isHeld, "the lock to be held", 20_000);
  expect((await runAt(at(1), ["lock", "ls"])).out).toMatch(
    /^KIND +NAME +HOLDER.*\nlock +nightly +p1 /,
  );
  const shown = await runAt(at(1), ["lock", "status", "nightly", "--json"]);
  expect(JSON.parse(shown.out)).toMatchObject([{ kind: "lock", name: "nightly", holder: "p1" }]);
  expect(await lockRun(1, program(0), "--try")).toEqual({
    code: 1,
    err: "nightly is held by somebody else.\n",
  });
  expect((await lockRun(1, program(0), "--wait", "20")).err).toMatch(/TIMEOUT/);
  writeFileSync(go, "");
  expect(await first).toEqual({ code: 7, err: nothingWrong });
  await untilFree();
  expect(await lockRun(1, program(0))).toEqual({ code: 0, err: nothingWrong });
  await untilFree();
  expect((await runAt(at(1), ["lock", "status", "nightly"])).out).toBe("Nobody holds any.\n");
});

test("what cannot be run is said, and nothing stays locked", async () => {
  const missing = await lockRun(0, ["/nowhere/at/all"]);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining("cannot be run")]);
  await untilFree();
  expect((await runAt(at(0), ["lock", "run", "nightly"])).code).toBe(2);
  expect((await runAt(at(0), ["lock", "run"])).code).toBe(2);
  expect((await runAt(at(0), ["lock", "break", "nightly"])).code).toBe(2);
  expect((await runAt(at(0), ["lock", "ls", "nightly"])).code).toBe(2);
  expect((await runAt(at(0), ["lock", "status", "nightly", "daily"])).code).toBe(2);
});

test("a command whose lock is lost is ended", async () => {
  const begun = join(temporaryFolder(), "begun");
  const code = `fs.writeFileSync(${JSON.stringify(begun)}, ""); setTimeout(() => {}, 60_000)`;
  const running = lockRun(0, [process.execPath, "-e", code]);
  await eventually(() => existsSync(begun), "the command", 20_000);
  await at(0).stop();
  const ended = await running;
  expect([ended.code, ended.err]).toEqual([1, expect.stringContaining("LOCK_LOST")]);
});
