import { afterEach, beforeEach, expect, test } from "vitest";
import { keyId } from "../agent/access/key-id.ts";
import { FakeNode, fakeMember } from "../agent/fake-node.ts";
import type { Agent } from "../agent/run-agent.ts";
import { runAt, startFakeAgent } from "./agents-rig.ts";
import { commandCatalog } from "./catalog.ts";
import { FakeIo } from "./fake-io.ts";
import { makeProgram, runCli } from "./run-cli.ts";

const key = "AAAAAAAAAAAAAAAAAAAAAA==";

let fake: FakeNode;
let agent: Agent;

beforeEach(async () => {
  fake = new FakeNode("p1");
  agent = await startFakeAgent(fake, { ping: "pong" });
});

afterEach(() => agent.stop());

const run = (args: readonly string[], io = new FakeIo()) => runAt(agent, args, io);

async function runJson(args: readonly string[]): Promise<unknown> {
  const { code, out, err } = await run([...args, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^[^\n]+\n$/);
  return JSON.parse(out);
}

test("every command's help shows an example that begins with it", async () => {
  for (const name of Object.keys(commandCatalog)) {
    const io = new FakeIo();
    expect(await runCli([name, "--help"], io)).toBe(0);
    expect(io.stdout).toContain(`$ hearsay ${name}`);
    expect(io.stderr).toBe("");
  }
});

test("every command but the group of keys has --json", async () => {
  const program = await makeProgram(["--help"], new FakeIo());
  const commands = program.commands.flatMap((one) => (one.commands.length ? one.commands : [one]));
  expect(commands).toHaveLength(Object.keys(commandCatalog).length + 3);
  for (const command of commands) {
    expect(command.options.map((option) => option.long)).toContain("--json");
  }
});

test("wrong command lines end with 2, a hint, and nothing on stdout", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["memebrs"], /^USAGE: .*members.*See: hearsay --help/],
    [["help", "memebrs"], /^USAGE: unknown command 'memebrs' \(Did you mean members\?\)/],
    [["members", "--jsn"], /^USAGE: .*--json.*See: hearsay members --help/],
    [["why"], /^USAGE: .*name.*See: hearsay why --help/],
    [["why", ""], /^USAGE: A name is empty/],
    [["publish", "", "1"], /^USAGE: A name is empty/],
    [["keyring"], /^USAGE: .*hearsay keyring --help/],
    [["publish", "t", "{oops"], /^USAGE: The message is no JSON/],
    [["leave", "--prune"], /^USAGE: --prune needs/],
    [["query", "x", "--timeout", "soon"], /^USAGE: .*whole number/],
    [["query", "x", "--tag", "novalue"], /^USAGE: .*name=value/],
    [["members", "--admin", "http://:::"], /^CONFIG_OPTION: .*http:\/\/127.0.0.1:7980/],
    [["demo", "--nodes", "21"], /^USAGE: .*from 2 to 20/],
    [["agent", "--admin", "0.0.0.0:0"], /^ADMIN_TOKEN_REQUIRED: .*--token/],
  ];
  for (const [args, text] of cases) {
    const io = new FakeIo();
    expect(await runCli(args, io), args.join(" ")).toBe(2);
    expect(io.stderr).toMatch(text);
    expect(io.stdout).toBe("");
  }
});

test("with --json an error is an object on stderr", async () => {
  const io = new FakeIo();
  expect(await runCli(["members", "--json", "--admin", "127.0.0.1:1"], io)).toBe(1);
  const message = expect.stringMatching(/Start one with: hearsay agent/);
  expect(JSON.parse(io.stderr)).toEqual({ code: "AGENT_UNREACHABLE", message });
  const usage = new FakeIo();
  expect(await runCli(["members", "--json", "--what"], usage)).toBe(2);
  expect(JSON.parse(usage.stderr)).toMatchObject({ code: "USAGE" });
});

test("members are listed by name, with what they told about themselves made harmless", async () => {
  fake.members.set("b", fakeMember("b", { status: "failed", rttMs: 1.26, tags: { role: "db" } }));
  fake.members.set("a", fakeMember("a", { tags: { x: "\u001b[2J\nroot" } }));
  const { code, out } = await run(["members"]);
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["NAME", "ADDRESS", "STATUS", "RTT", "TAGS"],
    ["a", "127.0.0.1:7946", "alive", "-", "x=\\u{1b}[2J\\u{a}root"],
    ["b", "127.0.0.1:7946", "failed", "1.3 ms", "role=db"],
    ["p1 (this agent)", "127.0.0.1:7946", "alive", "-"],
    [""],
  ]);
  expect(await runJson(["members", "--status", "failed"])).toMatchObject({
    local: "p1",
    members: [{ name: "b", tags: { role: "db" } }],
  });
});

test("colour is for terminals that want it", async () => {
  const colored = async (io: FakeIo) => (await run(["members"], io)).out.includes("\u001b[32m");
  expect(await colored(new FakeIo({ columns: 100 }))).toBe(true);
  expect(await colored(new FakeIo())).toBe(false);
  expect(await colored(new FakeIo({ columns: 100, env: { NO_COLOR: "1" } }))).toBe(false);
});

test("why tells the evidence", async () => {
  fake.members.set("p2", fakeMember("p2", { status: "suspect" }));
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  fake.evidence.set("p2", [{ at, what: "probeFailed", text: "p1 had no answer from p2." }]);
  expect((await run(["why", "p2"])).out).toBe(
    "p2 is suspect.\n  03:04:05.006  p1 had no answer from p2.\n",
  );
  const unknown = await run(["why", "p9"]);
  expect(unknown).toMatchObject({ code: 1, out: "" });
  expect(unknown.err).toMatch(/^MEMBER_UNKNOWN: .*hearsay members/);
});

test("join, leave and force-leave reach the node", async () => {
  expect((await run(["join", "127.0.0.1:1", "bad:2"])).out).toBe(
    "127.0.0.1:1  joined\nbad:2  no: bad:2 did not answer.\n",
  );
  expect(await run(["join", "bad:2"])).toMatchObject({ code: 1, out: "" });
  fake.members.set("p2", fakeMember("p2", { status: "failed" }));
  expect(await runJson(["leave", "p2", "--prune"])).toEqual({ left: "p2", prune: true });
  expect(fake.calls).toContainEqual(["forceLeave", "p2", { prune: true }]);
  expect((await run(["leave"])).out).toBe("p1 has left the cluster.\n");
  expect(await agent.closed).toBe("left");
});

test("what is published is seen by a watcher, which ends after its count", async () => {
  const io = new FakeIo();
  const watching = run(["watch", "Commit", "--count", "2", "--json"], io);
  await expect.poll(() => io.stdout).toContain("ready");
  await run(["publish", "Commit", '{"key":"Doom","value":{"$bytes":"AQI="}}']);
  const piped = new FakeIo();
  piped.input = "42\n";
  expect((await run(["publish", "Commit", "-"], piped)).out).toBe(
    "published to Commit as p1#7:1\n",
  );
  expect((await watching).code).toBe(0);
  const notices = io.stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(notices).toMatchObject([
    { kind: "ready" },
    { kind: "message", value: { key: "Doom", value: { $bytes: "AQI=" } } },
    { kind: "message", value: 42 },
  ]);
});

test("a watcher whose output is closed ends in peace", async () => {
  const io = new FakeIo();
  const watching = run(["watch"], io);
  await expect.poll(() => io.stderr).toContain("Watching members and events");
  io.closeOutput();
  expect((await watching).code).toBe(0);
});

test("a watcher for people tells of members, events and the end", async () => {
  const io = new FakeIo();
  const watching = run(["watch"], io);
  await expect.poll(() => io.stderr).toContain("Watching");
  fake.emit({ kind: "fail", member: fakeMember("p2", { status: "failed" }), at: 0 });
  const payload = new Uint8Array(Buffer.from("v2"));
  for (const tell of fake.eventListeners) {
    tell({ name: "deploy", payload, lTime: 1, coalesce: false });
  }
  await expect.poll(() => io.stdout).toContain("deploy");
  await agent.leave();
  expect((await watching).code).toBe(0);
  const lines = io.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^[\d:.]+ {2}/, ""));
  expect(lines).toEqual([
    "fail     p2 is failed",
    "event  deploy  v2",
    "the agent ended this watch: the node has left",
  ]);
});

test("replica sets are listed, and who will not come back is evicted", async () => {
  const { code, out } = await run(["replicas"]);
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["REPLICA", "NAME", "STANDING", "HERE", "STABLE"],
    ["topic:Commit", "p2#7", "member", "away 3 min", "2 of 5"],
    [""],
  ]);
  expect(await runJson(["replicas", "Commit"])).toMatchObject({
    replicas: [{ replica: "topic:Commit", places: [{ name: "p2", awayMs: 180_000 }] }],
  });
  expect((await run(["replicas", "Doom"])).out).toBe("Nothing is replicated here.\n");
  expect(await runJson(["replicas", "Commit", "evict", "p2"])).toMatchObject({
    replica: "Commit",
    origin: "p2#7",
    standing: "evicted",
  });
  expect(fake.calls).toContainEqual(["evict", "Commit", "p2"]);
  expect(await run(["replicas", "Commit", "evict", "p9"])).toMatchObject({ code: 1 });
  expect(await run(["replicas", "Commit", "evict"])).toMatchObject({ code: 2 });
  expect(await run(["replicas", "Commit", "revive", "p2"])).toMatchObject({ code: 2 });
});

test("event and query", async () => {
  await run(["event", "deploy", "v2", "--coalesce"]);
  expect(fake.calls).toContainEqual(["event", "deploy", "v2", { coalesce: true }]);
  const asked = await run(["query", "ping", "--ack", "--node", "p1", "--tag", "role=d.*"]);
  expect(asked).toMatchObject({ code: 0, out: "p1  got it\np1  pong\n" });
  expect(asked.err).toBe("1 of 1 answered in 3 ms (complete)\n");
  expect(fake.calls).toContainEqual([
    "query",
    "ping",
    new Uint8Array(),
    { codec: "raw", via: "auto", relayCount: 0, nodes: ["p1"], tags: { role: "d.*" } },
  ]);
  expect(await run(["query", "nobody", "--all"])).toMatchObject({ code: 1 });
  expect(await run(["query", "x", "y", "--value", "1"])).toMatchObject({ code: 2 });
  expect(await run(["query", "x", "--via", "pigeon"])).toMatchObject({ code: 2 });
  const told: unknown = await runJson(["query", "ping", "--value", "[1]"]);
  expect(told).toMatchObject({ acks: ["p1"], failures: [], summary: { askedCount: 1 } });
  expect(fake.calls.at(-1)).toEqual([
    "query",
    "ping",
    [1],
    { codec: "msgpack", via: "auto", relayCount: 0 },
  ]);
});

test("keys are made, installed, used and removed, and shown by id only", async () => {
  const made = new FakeIo();
  await runCli(["keygen", "--bytes", "16", "--json"], made);
  const { key: fresh, id }: { key: string; id: string } = JSON.parse(made.stdout);
  expect(Buffer.from(fresh, "base64")).toHaveLength(16);
  fake.keys = [key];
  const piped = new FakeIo();
  piped.input = `${fresh}\n`;
  expect((await run(["keyring", "install", "-"], piped)).out).toBe(
    `${keyId(key)}  primary\n${id}\n`,
  );
  await run(["keyring", "use", id]);
  await run(["keyring", "remove", keyId(key)]);
  expect(fake.keys).toEqual([fresh]);
  expect(await runJson(["keyring", "list"])).toEqual({ keys: [{ id, primary: true }] });
});
