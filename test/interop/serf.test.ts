/**
 * Our node and a real Serf agent as members of one cluster: specs section 29's list, plain and
 * encrypted. A missing agent is a named skip on a developer's machine and a failure in CI.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import type { NodeOptions } from "../../src/node/api.ts";
import { SerfAgent, serfMissing } from "./serf-agent.ts";

const missing = serfMissing();
if (missing !== undefined && process.env["CI"] === "true") {
  throw new Error(`CI needs a Serf agent: ${missing}`);
}

const KEY_16 = "AAECAwQFBgcICQoLDA0ODw==";
const KEY_32 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const cleanups: (() => Promise<void> | boolean)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serf(name: string, key?: string, tags?: Record<string, string>): Promise<SerfAgent> {
  const agent = await SerfAgent.start({
    name,
    ...(key === undefined ? {} : { key }),
    ...(tags === undefined ? {} : { tags }),
  });
  cleanups.push(() => agent.stop());
  return agent;
}

async function hearsay(options: NodeOptions): Promise<HearsayNode> {
  const node = await startNode({ bind: "127.0.0.1:0", ...options });
  cleanups.push(() => node.stop());
  return node;
}

async function until(what: string, test: () => boolean, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const keyed = (key: string | undefined) => (key === undefined ? {} : { keys: [key] });
const text = new TextDecoder();

describe.skipIf(missing !== undefined)(`a real Serf agent (${missing ?? "installed"})`, () => {
  for (const [kind, key] of [
    ["in clear", undefined],
    ["with AES-128", KEY_16],
    ["with AES-256", KEY_32],
  ] as const) {
    it(`joins us, and we it; tags, events, queries and a leave cross, ${kind}`, async () => {
      const s1 = await serf("serf1", key, { role: "db", zone: "a" });
      const ours = await hearsay({
        name: "ours",
        tags: { role: "web", lang: "ts" },
        ...keyed(key),
      });
      const s2 = await serf("serf2", key, { role: "cache" });
      await ours.join(s1.address);
      await s2.command("join", ours.address);

      for (const agent of [s1, s2]) {
        const row = await agent.waitForStatus("ours", "alive", 15_000);
        expect(row.tags).toMatchObject({ role: "web", lang: "ts" });
      }
      await until("both agents", () => ours.members.size === 3);
      expect(ours.members.get("serf1")?.tags).toEqual({ role: "db", zone: "a" });
      expect(ours.members.get("serf2")?.tags).toEqual({ role: "cache" });
      expect(ours.members.get("ours")?.tags).toEqual({ role: "web", lang: "ts" });

      const heard: string[] = [];
      ours.serf.onEvent((event) => heard.push(`${event.name}=${text.decode(event.payload)}`));
      await s2.command("event", "deploy", "v1");
      await until("Serf's event", () => heard.includes("deploy=v1"));

      ours.serf.event("restart", "now");
      await s1.waitForLog(/user-event: restart/, 10_000);
      await s2.waitForLog(/user-event: restart/, 10_000);

      ours.serf.onQuery((query) => query.respond(`${query.name}:ours`));
      const answer = await s1.command("query", "-timeout=4s", "-format=json", "load", "x");
      expect(JSON.parse(answer)).toMatchObject({ Responses: { ours: "load:ours" } });
      const asked = await ours.serf.query("uptime", "", { ack: true, timeoutMs: 3000 });
      expect([...asked.acks].sort()).toEqual(["ours", "serf1", "serf2"]);

      await ours.leave();
      await s1.waitForStatus("ours", "left", 15_000);
      await s2.waitForStatus("ours", "left", 15_000);
    }, 90_000);
  }

  it("stays a member for 30 s without one suspicion on either side", async () => {
    const s1 = await serf("serf1");
    const s2 = await serf("serf2");
    const ours = await hearsay({ name: "ours", join: [s1.address], joinMin: 1 });
    await s2.command("join", ours.address);
    await s2.waitForStatus("ours", "alive", 15_000);
    await until("both agents", () => ours.members.size === 3);
    const troubles: string[] = [];
    ours.members.on((event) => {
      if (event.kind !== "update" && event.kind !== "join") troubles.push(event.kind);
    });
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    expect(troubles).toEqual([]);
    for (const agent of [s1, s2]) {
      expect(agent.log).not.toMatch(/suspect|refut|conflict|\[ERR\]|failed ping|marking/i);
      expect((await agent.member("ours"))?.status).toBe("alive");
    }
    expect(ours.members.get("serf1")?.rttMs).toBeLessThan(500);
  }, 90_000);

  it("is seen as failed after SIGKILL, each by the other", async () => {
    const s1 = await serf("serf1");
    const s2 = await serf("serf2");
    const ours = await hearsay({ name: "ours", join: [s1.address], joinMin: 1 });
    await s2.command("join", s1.address);
    const victim = await spawnVictim(s1.address);
    await s1.waitForStatus("victim", "alive", 15_000);
    await until("everybody", () => ours.members.size === 4);
    victim.kill("SIGKILL");
    s2.signal("SIGKILL");
    await s1.waitForStatus("victim", "failed", 60_000);
    await until("serf2 to fail", () => ours.members.get("serf2")?.status === "failed", 60_000);
    await until("victim to fail", () => ours.members.get("victim")?.status === "failed", 60_000);
    expect(ours.members.why("serf2").length).toBeGreaterThan(1);
  }, 120_000);
});

/** One of our nodes in a process of its own, joined to `seed`, ready to be killed. */
async function spawnVictim(seed: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("./victim.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, seed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanups.push(() => child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the victim ended before it joined")));
    child.stdout?.once("data", () => resolve());
  });
  child.removeAllListeners("exit");
  return child;
}
