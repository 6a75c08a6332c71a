import { afterEach, expect, test } from "vitest";
import { HearsayProcess, hearsay, isRunning, killStarted, until } from "./hearsay-process.ts";

interface Ready {
  readonly name: string;
  readonly address: string;
  readonly admin: string;
  readonly pid: number;
}
interface Listed {
  readonly members: readonly { readonly name: string; readonly status: string }[];
}

afterEach(killStarted);

/** A query ends when all have answered; who is slow is waited for. */
const patiently = ["--ack", "--timeout", "40000"];

async function startAgent(name: string, ...more: readonly string[]) {
  const process = new HearsayProcess(
    ["agent", "--json", "--name", name, "--bind", "127.0.0.1:0", "--admin", "127.0.0.1:0"].concat(
      ["--profile", "local", "--log", "json"],
      more,
    ),
  );
  const ready = await process.firstLine<Ready>();
  return { process, ready, admin: ready.admin };
}

/** Runs a command with `--json` and gives what it printed: exactly one line, nothing else. */
async function ask<T = unknown>(admin: string, ...args: readonly string[]): Promise<T> {
  const { code, out, err } = await hearsay(...args, "--json", "--admin", admin);
  if (code !== 0) throw new Error(err);
  expect(out).toMatch(/^[^\n]+\n$/);
  return JSON.parse(out);
}

async function untilStatus(admin: string, name: string, status: string): Promise<void> {
  let seen: string | undefined;
  await until(
    () => `${name} to be ${status}; it is ${seen}`,
    async () => {
      const { members } = await ask<Listed>(admin, "members");
      seen = members.find((one) => one.name === name)?.status;
      return seen === status;
    },
  );
}

test("two agents and the command line: join, publish, watch, event, query, leave", async () => {
  const key = (await hearsay("keygen")).out.trim();
  const a = await startAgent("a", "--key", key, "--answer", "version=2.1");
  const b = await startAgent("b", "--key", key, "--tag", "role=db");

  const joined = await ask(b.admin, "join", a.ready.address);
  expect(joined).toEqual({ joined: 1, addresses: [{ address: a.ready.address, joined: true }] });
  await untilStatus(a.admin, "b", "alive");
  expect(await ask(a.admin, "members")).toMatchObject({
    local: "a",
    members: [
      { name: "a", address: a.ready.address, hearsay: true },
      { name: "b", address: b.ready.address, tags: { role: "db" }, hearsay: true },
    ],
  });

  const watch = ["watch", "greetings", "--events", "--count", "2", "--json", "--admin", a.admin];
  const watching = new HearsayProcess(watch);
  await watching.firstLine();
  const value = { hello: "world", bytes: { $bytes: "AQI=" } };
  const published = await ask(b.admin, "publish", "greetings", JSON.stringify(value));
  expect(published).toMatchObject({ topic: "greetings", dot: { seq: 1 } });
  await ask(b.admin, "event", "deploy", "v2");
  const watched = await watching.ended();
  expect(watched.code).toBe(0);
  const notices = watched.out
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(notices[0]).toEqual({ kind: "ready", node: "a", topics: ["greetings"] });
  expect(notices).toContainEqual(
    expect.objectContaining({ kind: "message", topic: "greetings", from: "b", value }),
  );
  expect(notices).toContainEqual(
    expect.objectContaining({ kind: "event", name: "deploy", text: "v2" }),
  );

  const answers = await ask<{ acks: string[] }>(b.admin, "query", "version", ...patiently);
  expect(answers).toMatchObject({ answers: [{ from: "a", text: "2.1" }] });
  expect([...answers.acks].sort()).toEqual(["a", "b"]);

  expect(await ask(b.admin, "leave")).toEqual({ name: "b", end: "left" });
  expect((await b.process.ended()).code).toBe(0);
  await untilStatus(a.admin, "b", "left");
});

test("a killed agent is found failed, why tells the evidence, it can be dismissed", async () => {
  const a = await startAgent("a");
  const b = await startAgent("b", "--join", a.ready.address);
  await untilStatus(a.admin, "b", "alive");
  b.process.child.kill("SIGKILL");
  await untilStatus(a.admin, "b", "failed");
  const why = await ask<{ evidence: { text: string }[] }>(a.admin, "why", "b");
  expect(why).toMatchObject({ name: "b", status: "failed" });
  expect(why.evidence.length).toBeGreaterThan(1);
  expect(why.evidence.map((entry) => entry.text).join(" ")).toMatch(/suspect/);
  await ask(a.admin, "leave", "b");
  await untilStatus(a.admin, "b", "left");
});

test("the key of a cluster is changed while it runs", async () => {
  const old = (await hearsay("keygen")).out.trim();
  const a = await startAgent("a", "--key", old, "--answer", "still-there=yes");
  const joining = ["--join", a.ready.address, "--answer", "still-there=yes"];
  const b = await startAgent("b", "--key", old, ...joining);
  await untilStatus(a.admin, "b", "alive");
  const fresh = await hearsay("keygen", "--json");
  const { key, id }: { key: string; id: string } = JSON.parse(fresh.out);
  for (const { admin } of [a, b]) await ask(admin, "keyring", "install", key);
  for (const { admin } of [a, b]) await ask(admin, "keyring", "use", id);
  const { keys } = await ask<{ keys: { id: string }[] }>(a.admin, "keyring", "list");
  expect(keys[0]).toEqual({ id, primary: true });
  for (const { admin } of [a, b]) await ask(admin, "keyring", "remove", keys[1]?.id ?? "");
  for (const { admin } of [a, b]) {
    expect(await ask(admin, "keyring", "list")).toEqual({ keys: [{ id, primary: true }] });
  }
  const acks = await ask<{ acks: string[] }>(a.admin, "query", "still-there", ...patiently);
  expect([...acks.acks].sort()).toEqual(["a", "b"]);
});

test("SIGTERM makes an agent leave, with everyone told", async () => {
  const a = await startAgent("a");
  const b = await startAgent("b", "--join", a.ready.address);
  await untilStatus(a.admin, "b", "alive");
  b.process.child.kill("SIGTERM");
  expect((await b.process.ended()).code).toBe(0);
  await untilStatus(a.admin, "b", "left");
  expect(isRunning(b.ready.pid)).toBe(false);
});

test("a second signal ends an agent at once", async () => {
  const a = await startAgent("a");
  const b = await startAgent("b", "--join", a.ready.address);
  await untilStatus(b.admin, "a", "alive");
  b.process.signalAtOnce("SIGINT", "SIGTERM");
  expect((await b.process.ended()).code).toBe(1);
});

test("an agent with a token serves only those who show it", async () => {
  const a = await startAgent("a", "--token", "secret");
  const without = await hearsay("members", "--json", "--admin", a.admin);
  expect(without).toMatchObject({ code: 1, out: "" });
  expect(JSON.parse(without.err)).toMatchObject({ code: "ADMIN_UNAUTHORIZED" });
  expect((await hearsay("members", "--admin", a.admin, "--token", "secret")).code).toBe(0);
});

test("exit codes: 0 ok, 1 failed, 2 usage; stdout of a failure is empty", async () => {
  const nobody = await hearsay("members", "--admin", "http://127.0.0.1:1");
  expect(nobody).toMatchObject({ code: 1, out: "" });
  expect(nobody.err).toMatch(/^AGENT_UNREACHABLE: .*hearsay agent/);
  expect(await hearsay("members", "--nonsense")).toMatchObject({ code: 2, out: "" });
  expect(await hearsay("agent", "--admin", "0.0.0.0:0")).toMatchObject({ code: 2, out: "" });
  expect(await hearsay("agent", "--key", "short")).toMatchObject({ code: 2, out: "" });
  expect((await hearsay("--help")).code).toBe(0);
  expect((await hearsay("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("two agents on one port: the second says what to do", async () => {
  const a = await startAgent("a");
  const taken = await hearsay("agent", "--bind", a.ready.address, "--admin", "127.0.0.1:0");
  expect(taken).toMatchObject({ code: 1, out: "" });
  expect(taken.err).toContain("BIND_FAILED");
  const adminTaken = await hearsay("agent", "--bind", "127.0.0.1:0", "--admin", a.admin.slice(7));
  expect(adminTaken.code).toBe(1);
  expect(adminTaken.err).toMatch(/BIND_FAILED: .*--admin/);
});

test("output that nobody reads any more ends a watch in peace", async () => {
  const a = await startAgent("a");
  const watching = new HearsayProcess(["watch", "t", "--json", "--admin", a.admin]);
  await watching.firstLine();
  watching.child.stdout?.destroy();
  await until("the watch to end", async () => {
    await ask(a.admin, "publish", "t", "1");
    return watching.child.exitCode !== null;
  });
  expect(watching.child.exitCode).toBe(0);
});
