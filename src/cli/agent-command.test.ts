import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { historiesOf, nodeOptionsOf, ordersOf, waysOf } from "../agent/config/agent-options.ts";
import { loadConfig } from "../agent/config/load-config.ts";
import { settingFlags } from "./agent-flags.ts";
import { FakeIo } from "./fake-io.ts";
import { makeProgram, runCli } from "./run-cli.ts";

async function parse(args: readonly string[]) {
  const program = await makeProgram(["agent"], new FakeIo());
  const [agent] = program.commands;
  agent!.action(() => {});
  await program.parseAsync(["agent", ...args], { from: "user" });
  return loadConfig({ file: undefined, environment: {}, flags: settingFlags(agent!) }).config;
}

test("the flags of an agent become the options of a node", async () => {
  const [one, two] = ["AAAAAAAAAAAAAAAAAAAAAA==", "AQAAAAAAAAAAAAAAAAAAAA=="];
  const config = await parse(
    (
      "--name a --bind 127.0.0.1:0 --advertise 10.0.0.1:1 --join h:1 --join h:2 --join-min 1 " +
      `--tag role=db --tag zone=a=b --key ${one} --key ${two} ` +
      "--label blue --data-dir d " +
      "--profile wan --wire memberlist --overlay hyparview --responder worker " +
      "--swim probeIntervalMs=200 --swim mode=x"
    ).split(" "),
  );
  expect(nodeOptionsOf(config)).toEqual({
    name: "a",
    bind: "127.0.0.1:0",
    advertise: "10.0.0.1:1",
    join: ["h:1", "h:2"],
    joinMin: 1,
    tags: { role: "db", zone: "a=b" },
    keys: [one, two],
    label: "blue",
    dataDir: "d",
    profile: "wan",
    wire: "memberlist",
    overlay: "hyparview",
    responder: "worker",
    swim: { probeIntervalMs: 200, mode: "x" },
    monitor: {},
  });
});

test("a topic's past may be given a length, and names may hold any sign", () => {
  expect(historiesOf(["Commit", "a=b", "Log=500", "x=y=7"])).toEqual({
    Commit: {},
    "a=b": {},
    Log: { keptMaxCount: 500 },
    "x=y": { keptMaxCount: 7 },
  });
});

test("a topic may be told in causal order, alone or in a group", () => {
  expect(ordersOf(["talk", "votes=town", "a=b=c"])).toEqual({
    talk: { order: "causal" },
    votes: { order: "causal", causalGroup: "town" },
    "a=b": { order: "causal", causalGroup: "c" },
  });
});

test("a topic may travel by a tree or as a rumour, and by nothing else", () => {
  expect(waysOf(["Tree=plumtree", "a=b=rumor"])).toEqual({ Tree: "plumtree", "a=b": "rumor" });
  for (const wrong of ["Tree", "Tree=", "Tree=pigeon"]) {
    expect(() => waysOf([wrong])).toThrow(`not ${JSON.stringify(wrong)}`);
  }
});

test("what was not asked for is left to the node", async () => {
  expect(nodeOptionsOf(await parse([]))).toEqual({ monitor: {} });
});

test("an order is by Raft, or by an etcd where one is named", async () => {
  const raft = await parse(["--voters", "p1, p2", "--order-group", "g"]);
  expect(nodeOptionsOf(raft).orderer).toMatchObject({ engine: "raft", group: "g" });
  const etcd = await parse(["--voters", "p1", "--etcd", "127.0.0.1:2379"]);
  expect(nodeOptionsOf(etcd).orderer).toMatchObject({ engine: "etcd", storage: "disk" });
  const half = await parse(["--etcd", "127.0.0.1:2379"]);
  expect(() => nodeOptionsOf(half)).toThrow(/needs voters/);
});

test("a configuration can be checked and printed, without its secrets", async () => {
  const io = new FakeIo();
  const key = "AAAAAAAAAAAAAAAAAAAAAA==";
  const args = ["agent", "--key", key, "--token", "tokenOfMine", "--tag", "a=b"];
  expect(await runCli([...args, "--print-config"], io)).toBe(0);
  const masked = 'tags:\n  a: b\nkeys:\n  - "***"\nadmin:\n  token:\n    - "***"\n';
  expect(io.stdout).toBe(
    "# keys: put in what *** stands for, or give it by HEARSAY_KEY\n" +
      `# admin.token: put in what *** stands for, or give it by HEARSAY_TOKEN\n${masked}`,
  );
  const checked = new FakeIo();
  expect(await runCli([...args, "--check-config"], checked)).toBe(0);
  expect(checked.stdout).toContain("The configuration is good.");
  expect(checked.stderr).toMatch(/--key shows a secret.*HEARSAY_KEY/);
  const wrong = new FakeIo();
  expect(await runCli(["agent", "--key", "short", "--check-config"], wrong)).toBe(2);
  expect(wrong.stderr).toMatch(/^KEY_INVALID: keys: entry 1/);
  const open = new FakeIo();
  expect(await runCli(["agent", "--admin", "0.0.0.0:1", "--check-config"], open)).toBe(2);
  expect(open.stderr).toMatch(/^ADMIN_TOKEN_REQUIRED/);
});

const folder = mkdtempSync(join(tmpdir(), "hearsay-printed-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function check(...args: readonly string[]) {
  const io = new FakeIo();
  const code = await runCli(["agent", ...args, "--check-config"], io);
  return { code, err: io.stderr };
}

test("what was printed works as a file, or says which secret is missing", async () => {
  // Where the tests run it may be set, and no setting is called so.
  vi.stubEnv("HEARSAY_TEST_REPORT", undefined);
  const file = join(folder, "printed.yaml");
  const printed = async (...args: readonly string[]): Promise<void> => {
    const io = new FakeIo();
    expect(await runCli(["agent", ...args, "--print-config"], io)).toBe(0);
    writeFileSync(file, io.stdout);
  };
  writeFileSync(join(folder, "password"), "of etcd\n");
  const password = ["--etcd-user", "me", "--etcd-password-file", join(folder, "password")];
  const etcd = ["--voters", "a,b", "--etcd", "127.0.0.1:1", "--name", "a", ...password];
  await printed("--tag", "a=b", "--data-dir", join(folder, "data"), ...etcd);
  expect(await check("--config", file)).toEqual({ code: 0, err: "" });
  for (const [flag, key, variable] of [
    ["--key", "keys", "HEARSAY_KEY"],
    ["--token", "admin.token", "HEARSAY_TOKEN"],
    ["--write-token", "admin.writeToken", "HEARSAY_WRITE_TOKEN"],
    ["--read-token", "admin.readToken", "HEARSAY_READ_TOKEN"],
  ] as const) {
    await printed(flag, "AAAAAAAAAAAAAAAAAAAAAA==");
    const { code, err } = await check("--config", file);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`CONFIG_OPTION: ${key} (${file} line`),
    ]);
    expect(err).toContain(`entry 1 is what --print-config shows in place of a secret; put`);
    expect(err).toContain(`by ${variable}.`);
  }
});

test.each([
  [
    ["--etcd", "a:1", "--etcd", "http://me:secret@b:1"],
    /order\.etcdHosts \(flag --etcd\): entry 2 holds/,
  ],
  [["--etcd-user", "me"], /order\.etcdUser is for an order by etcd; name its hosts/],
  [["--etcd", "a:1", "--etcd-cert-file", "package.json"], /order\.etcdKeyFile both/],
] as const)("what says half of how to reach an etcd is refused: %j", async (args, why) => {
  const { code, err } = await check("--name", "a", "--voters", "a", ...args);
  expect([code, err]).toEqual([2, expect.stringMatching(why)]);
  expect(err).not.toContain("secret");
});
