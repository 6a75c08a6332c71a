/**
 * Our nodes and HashiCorp's memberlist, its newest release, as members of one cluster. A missing Go
 * is a named skip on a developer's machine and a failure in CI.
 */
import { describe, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { decodeAdvertMeta } from "../../src/wire/advert.ts";
import type { BareSwim } from "./bare-swim.ts";
import type { MemberlistAgent } from "./memberlist-agent.ts";
import { statesAt } from "./push-pull.ts";
import { requireInCi } from "./requirements.ts";
import { Scene, statuses } from "./scene.ts";
import { sleep, waitUntil } from "./waiting.ts";

const missing = requireInCi("go");

const wire = "memberlist";
const KEY_A = "AAECAwQFBgcICQoLDA0ODw==";
const KEY_B = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);

describe
  .skipIf(missing !== undefined)
  .concurrent(`memberlist 0.7 (${missing ?? "Go is there"})`, () => {
    for (const [kind, keys] of [
      ["in clear", undefined],
      ["with AES-128", [KEY_A]],
      ["with AES-256, two keys", [KEY_B, KEY_A]],
    ] as const) {
      it(`joins us, and we it; tags, leaves and failures cross, ${kind}`, async ({
        expect,
        onTestFinished,
      }) => {
        const scene = new Scene(onTestFinished);
        const keyed = keys === undefined ? {} : { keys };
        const a = await scene.memberlist({ name: "go-a", ...keyed });
        const b = await scene.memberlist({ name: "go-b", ...keyed });
        const c = await scene.memberlist({ name: "go-c", ...keyed });
        const one = await scene.hearsay({ wire, name: "ts-1", tags: { role: "web" }, ...keyed });
        const two = await scene.hearsay({ wire, name: "ts-2", ...keyed });
        await one.join(a.address);
        await b.join(one.address);
        await c.join(one.address);
        await two.join(b.address);
        const all = ["go-a", "go-b", "go-c", "ts-1", "ts-2"];
        for (const agent of [a, b, c]) await agent.waitForNames(all, 40_000);
        for (const node of [one, two]) {
          await waitUntil("five members", 40_000, () => node.members.size === 5);
        }
        // Theirs sees our meta as bytes, of which we know the sense; two sees the tags in it.
        expect(decodeAdvertMeta((await a.member("ts-1"))?.meta ?? bytes(""))).toBeDefined();
        expect(two.members.get("ts-1")).toMatchObject({ tags: { role: "web" }, hearsay: true });
        expect(two.members.get("go-a")).toMatchObject({ tags: {}, hearsay: false });
        one.serf.setTags({ role: "db", zone: "b" });
        await a.waitForEvent("update", "ts-1", 40_000);
        await waitUntil("new tags", 40_000, () => two.members.get("ts-1")?.tags["zone"] === "b");

        await two.leave();
        await c.leave();
        for (const agent of [a, b]) {
          await agent.waitForEvent("gone", "ts-2", 40_000);
          await agent.waitForEvent("gone", "go-c", 40_000);
        }
        expect(await statesAt(a.address, keys)).toMatchObject({ "ts-2": "left", "go-c": "left" });
        await waitUntil("both to have left", 40_000, () => {
          const seen = statuses(one);
          return seen["ts-2"] === "left" && seen["go-c"] === "left";
        });
        const three = await scene.hearsay({
          wire,
          name: "ts-3",
          join: [a.address],
          joinMin: 1,
          ...keyed,
        });
        await b.waitForNames(["go-a", "go-b", "ts-1", "ts-3"], 40_000);
        await b.stop();
        await three.stop();
        await a.waitForEvent("gone", "ts-3", 60_000);
        expect((await statesAt(a.address, keys))["ts-3"]).toBe("dead");
        await waitUntil("go-b to fail", 60_000, () => statuses(one)["go-b"] === "failed");
        await waitUntil("ts-3 to fail", 60_000, () => statuses(one)["ts-3"] === "failed");
        await a.waitForNames(["go-a", "ts-1"], 60_000);
      }, 180_000);
    }

    it("exchanges meta, user messages and broadcasts with our bare SWIM, as plain bytes", async ({
      expect,
      onTestFinished,
    }) => {
      const scene = new Scene(onTestFinished);
      const a = await scene.memberlist({ name: "go-a", meta: bytes("alpha") });
      const b = await scene.memberlist({ name: "go-b" });
      const one = await scene.bareSwim("ts-1", bytes("first"));
      const two = await scene.bareSwim("ts-2", bytes(""));
      expect(await one.join(a.address)).toMatchObject({ kind: "joined" });
      await b.join(one.address);
      expect(await two.join(b.address)).toMatchObject({ kind: "joined" });
      for (const agent of [a, b])
        await agent.waitForNames(["go-a", "go-b", "ts-1", "ts-2"], 40_000);
      expect(text((await b.member("ts-1"))?.meta)).toBe("first");
      const metaAt = (node: BareSwim, name: string): string =>
        text(node.swim.members.get(name)?.meta);
      await waitUntil("go-a's meta", 40_000, () => metaAt(two, "go-a") === "alpha");

      await a.setMeta(bytes("beta"));
      one.setMeta(bytes("second"));
      await waitUntil("new meta", 40_000, () => metaAt(two, "go-a") === "beta");
      await waitUntil("new meta", 40_000, async () => {
        return text((await b.member("ts-1"))?.meta) === "second";
      });

      for (const via of ["packet", "stream"] as const) {
        await a.send("ts-1", bytes(`a to one by ${via}`), via);
        one.send("go-a", bytes(`one to a by ${via}`), via);
      }
      two.broadcast(bytes("two to all"));
      const heardBy = async (agent: MemberlistAgent): Promise<string> =>
        (await agent.received()).map(text).join(", ");
      await saidTo(one, "packet: a to one by packet");
      await saidTo(one, "stream: a to one by stream");
      // memberlist sends a broadcast four times, to members it draws: one of three may be missed.
      await saidTo(one, "packet: b to all", () => b.broadcast(bytes("b to all")));
      await waitUntil("our messages", 40_000, async () => {
        const said = `${await heardBy(a)}, ${await heardBy(b)}`;
        return ["one to a by packet", "one to a by stream"].every((line) => said.includes(line));
      });
      for (const agent of [a, b]) {
        await waitUntil("two to all", 40_000, async () =>
          (await heardBy(agent)).includes("two to all"),
        );
      }
      for (const agent of [a, b]) expect(await agent.counts()).not.toHaveProperty("errors");
    }, 180_000);

    it("shares our label; who has another one, or none, is refused both ways", async ({
      expect,
      onTestFinished,
    }) => {
      const scene = new Scene(onTestFinished);
      const a = await scene.memberlist({ name: "go-a", label: "blue" });
      const one = await scene.hearsay({
        wire,
        name: "ts-1",
        label: "blue",
        join: [a.address],
        joinMin: 1,
      });
      await a.waitForNames(["go-a", "ts-1"], 40_000);
      const red = await scene.memberlist({ name: "go-red", label: "red" });
      const none = await scene.memberlist({ name: "go-none" });
      for (const stranger of [red, none]) {
        await expect(stranger.join(one.address)).rejects.toThrow();
        await expect(one.join(stranger.address, { timeoutMs: 15_000 })).rejects.toThrow();
      }
      const oursRed = await scene.hearsay({ wire, name: "ts-red", label: "red" });
      const oursNone = await scene.hearsay({ wire, name: "ts-none" });
      for (const stranger of [oursRed, oursNone]) {
        await expect(a.join(stranger.address)).rejects.toThrow();
        await expect(stranger.join(a.address, { timeoutMs: 15_000 })).rejects.toMatchObject({
          code: "JOIN_FAILED",
        });
      }
      expect(await a.names()).toEqual(["go-a", "ts-1"]);
      expect(statuses(one)).toEqual({ "go-a": "alive", "ts-1": "alive" });
      for (const stranger of [red, none]) expect(await stranger.names()).toEqual([stranger.name]);
      for (const stranger of [oursRed, oursNone]) expect(stranger.members.size).toBe(1);
    }, 120_000);

    it("changes keys while messages flow; nobody is suspected and nothing is lost", async ({
      expect,
      onTestFinished,
    }) => {
      const scene = new Scene(onTestFinished);
      const agents = [
        await scene.memberlist({ name: "go-a", keys: [KEY_A] }),
        await scene.memberlist({ name: "go-b", keys: [KEY_A] }),
      ];
      const seed = agents[0]?.address ?? "";
      await agents[1]?.join(seed);
      const nodes = [
        await scene.hearsay({ wire, name: "ts-1", keys: [KEY_A], join: [seed], joinMin: 1 }),
        await scene.hearsay({ wire, name: "ts-2", keys: [KEY_A], join: [seed], joinMin: 1 }),
      ];
      const all = ["go-a", "go-b", "ts-1", "ts-2"];
      for (const agent of agents) await agent.waitForNames(all, 40_000);
      for (const node of nodes) await waitUntil("all", 40_000, () => node.members.size === 4);
      const troubles: string[] = [];
      for (const node of nodes) {
        node.members.on(({ kind, member }) => {
          // That a process is busy is told, and is no trouble.
          if (kind !== "degrade" && kind !== "recover") troubles.push(`${member.name} ${kind}`);
        });
      }
      const topic = nodes[0]?.topic<number, "count">("count");
      const heard: number[] = [];
      nodes[1]?.topic<number, "count">("count").subscribe(({ value }) => void heard.push(value));
      let sent = 0;
      const traffic = setInterval(() => {
        sent += 1;
        void topic?.publish(sent);
        void agents[0]?.send("ts-1", bytes(`beat ${sent}`), sent % 2 === 0 ? "packet" : "stream");
      }, 50);
      scene.atEnd(() => clearInterval(traffic));

      await changeKeys(agents, nodes);
      clearInterval(traffic);
      for (const node of nodes) expect(node.keyring.list()).toEqual([KEY_B]);
      await waitUntil("every number", 40_000, () => heard.length >= sent);
      expect(new Set(heard).size).toBe(sent);
      expect(sent).toBeGreaterThan(100);
      const beats = nodes[0]?.metrics()["stack.dropped.unknownUser"] ?? 0;
      expect(beats).toBeGreaterThanOrEqual(sent - 2);
      expect(troubles).toEqual([]);
      for (const agent of agents) {
        expect(await agent.counts()).not.toHaveProperty("errors");
        expect(await agent.counts()).not.toHaveProperty("suspicions");
        expect(await agent.counts()).not.toHaveProperty("refutations");
        expect(await agent.names()).toEqual(all);
      }
    }, 180_000);
  });

/** One member after the other: at each moment some seal with the old key and some with the new. */
async function changeKeys(
  agents: readonly MemberlistAgent[],
  nodes: readonly HearsayNode[],
): Promise<void> {
  for (const verb of ["add", "use", "remove"] as const) {
    const key = verb === "remove" ? KEY_A : KEY_B;
    for (const [at, agent] of agents.entries()) {
      await agent.changeKey(verb, key);
      await sleep(500);
      const { keyring } = nodes[at] ?? {};
      if (verb === "add") keyring?.install(key);
      else if (verb === "use") keyring?.use(key);
      else keyring?.remove(key);
      await sleep(500);
    }
    await sleep(1500);
  }
}

/** Waits until `node` was told `line`; `again` says it once more. */
async function saidTo(node: BareSwim, line: string, again?: () => Promise<unknown>): Promise<void> {
  const said = () => node.received.map(({ payload, via }) => `${via}: ${text(payload)}`);
  const isSaid = async (): Promise<boolean> => {
    await again?.();
    return said().includes(line);
  };
  await waitUntil(() => `${line}; it was told ${said().join(", ")}`, 40_000, isSaid, 200);
}
