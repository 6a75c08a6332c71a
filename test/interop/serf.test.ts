/**
 * Our node and a real Serf agent as members of one cluster: specs section 29's list, plain and
 * encrypted. A missing agent is a named skip on a developer's machine and a failure in CI.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { requireInCi } from "./requirements.ts";
import { Scene } from "./scene.ts";
import { waitUntil } from "./waiting.ts";

const missing = requireInCi("serf");

const KEY_16 = "AAECAwQFBgcICQoLDA0ODw==";
const KEY_32 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const encrypted = (key: string | undefined) => (key === undefined ? {} : { key });
const keyed = (key: string | undefined) => (key === undefined ? {} : { keys: [key] });
const text = new TextDecoder();

describe
  .skipIf(missing !== undefined)
  .concurrent(`a real Serf agent (${missing ?? "installed"})`, () => {
    for (const [kind, key] of [
      ["in clear", undefined],
      ["with AES-128", KEY_16],
      ["with AES-256", KEY_32],
    ] as const) {
      it(`joins us, and we it; tags, events, queries and a leave cross, ${kind}`, async ({
        expect,
        onTestFinished,
      }) => {
        const scene = new Scene(onTestFinished);
        const s1 = await scene.serf({
          name: "serf1",
          ...encrypted(key),
          tags: { role: "db", zone: "a" },
        });
        const ours = await scene.hearsay({
          name: "ours",
          tags: { role: "web", lang: "ts" },
          ...keyed(key),
        });
        const s2 = await scene.serf({ name: "serf2", ...encrypted(key), tags: { role: "cache" } });
        await ours.join(s1.address);
        await s2.command("join", ours.address);

        for (const agent of [s1, s2]) {
          const row = await agent.waitForStatus("ours", "alive", 40_000);
          expect(row.tags).toMatchObject({ role: "web", lang: "ts" });
        }
        await waitUntil("both agents", 40_000, () => ours.members.size === 3);
        expect(ours.members.get("serf1")?.tags).toEqual({ role: "db", zone: "a" });
        expect(ours.members.get("serf2")?.tags).toEqual({ role: "cache" });
        expect(ours.members.get("ours")?.tags).toEqual({ role: "web", lang: "ts" });

        const heard: string[] = [];
        ours.serf.onEvent((event) => heard.push(`${event.name}=${text.decode(event.payload)}`));
        await s2.command("event", "deploy", "v1");
        await waitUntil("Serf's event", 40_000, () => heard.includes("deploy=v1"));

        ours.serf.event("restart", "now");
        await s1.waitForLog(/user-event: restart/, 40_000);
        await s2.waitForLog(/user-event: restart/, 40_000);

        ours.serf.onQuery((query) => query.respond(`${query.name}:ours`));
        const answer = await s1.command("query", "-timeout=4s", "-format=json", "load", "x");
        expect(JSON.parse(answer)).toMatchObject({ Responses: { ours: "load:ours" } });
        const asked = await ours.serf.query("uptime", "", { ack: true, timeoutMs: 3000 });
        expect([...asked.acks].sort()).toEqual(["ours", "serf1", "serf2"]);

        await ours.leave();
        await s1.waitForStatus("ours", "left", 40_000);
        await s2.waitForStatus("ours", "left", 40_000);
      }, 180_000);
    }

    it("is seen as failed after SIGKILL, each by the other", async ({ expect, onTestFinished }) => {
      const scene = new Scene(onTestFinished);
      const s1 = await scene.serf({ name: "serf1" });
      const s2 = await scene.serf({ name: "serf2" });
      const ours = await scene.hearsay({ name: "ours", join: [s1.address], joinMin: 1 });
      await s2.command("join", s1.address);
      const victim = await spawnVictim(scene, s1.address);
      await s1.waitForStatus("victim", "alive", 40_000);
      await waitUntil("everybody", 40_000, () => ours.members.size === 4);
      victim.kill("SIGKILL");
      s2.signal("SIGKILL");
      await s1.waitForStatus("victim", "failed", 60_000);
      await waitUntil(
        "serf2 to fail",
        60_000,
        () => ours.members.get("serf2")?.status === "failed",
      );
      await waitUntil(
        "victim to fail",
        60_000,
        () => ours.members.get("victim")?.status === "failed",
      );
      expect(ours.members.why("serf2").length).toBeGreaterThan(1);
    }, 120_000);
  });

/** One of our nodes in a process of its own, joined to `seed`, ready to be killed. */
async function spawnVictim(scene: Scene, seed: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("./victim.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, seed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  scene.atEnd(() => child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the victim ended before it joined")));
    child.stdout?.once("data", () => resolve());
  });
  child.removeAllListeners("exit");
  return child;
}
