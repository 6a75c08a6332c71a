/** Queries with relays, and keys that change while messages flow, among Serf agents and us. */
import { describe, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { requireInCi } from "./requirements.ts";
import { Scene, statuses } from "./scene.ts";
import type { SerfAgent } from "./serf-agent.ts";
import { sleep, waitUntil } from "./waiting.ts";

const missing = requireInCi("serf");
const KEY_A = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const KEY_B = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
const all = ["ours-1", "ours-2", "theirs-1", "theirs-2"];
const TRAFFIC_MS = 100;
/** Serf's gossip has to have brought everything that was sent. */
const ARRIVE_MAX_MS = 40_000;

interface Cluster {
  readonly ours: readonly [HearsayNode, HearsayNode];
  readonly theirs: readonly [SerfAgent, SerfAgent];
}

async function cluster(scene: Scene, key?: string): Promise<Cluster> {
  const forThem = key === undefined ? {} : { key };
  const forUs = key === undefined ? {} : { keys: [key] };
  const first = await scene.serf({ name: "theirs-1", ...forThem });
  const second = await scene.serf({ name: "theirs-2", ...forThem });
  const join = { join: [first.address], joinMin: 1 };
  const one = await scene.hearsay({ name: "ours-1", ...join, ...forUs });
  const two = await scene.hearsay({ name: "ours-2", ...join, ...forUs });
  await second.command("join", one.address);
  for (const agent of [first, second]) await agent.waitForNames(all, 40_000);
  for (const node of [one, two]) {
    await waitUntil("all members", 40_000, () => node.members.size === all.length);
  }
  return { ours: [one, two], theirs: [first, second] };
}

describe.skipIf(missing !== undefined).concurrent(`Serf agents (${missing ?? "installed"})`, () => {
  it("answers to queries travel by relays, ours by theirs and theirs by ours", async ({
    expect,
    onTestFinished,
  }) => {
    const scene = new Scene(onTestFinished);
    const { ours, theirs } = await cluster(scene);
    const count = (name: string): number =>
      ours.reduce((sum, node) => sum + (node.metrics()[name] ?? 0), 0);
    for (const node of ours) node.serf.onQuery((query) => query.respond(`${node.name} here`));
    const command = ["query", "-timeout=4s", "-relay-factor=2", "-format=json", "who", "?"];
    const asked: { Acks: string[]; Responses: object } = JSON.parse(
      await theirs[0].command(...command),
    );
    expect(asked.Acks.sort()).toEqual(all);
    expect(asked.Responses).toEqual({ "ours-1": "ours-1 here", "ours-2": "ours-2 here" });
    // Each answer of ours went out directly and by two relays, and some of theirs came through us.
    expect(count("serf.relays.sent")).toBeGreaterThanOrEqual(2 * ours.length);

    const carriedBefore = count("serf.relays.carried");
    const result = await ours[0].serf.query("who", "?", {
      ack: true,
      relayFactor: 3,
      timeoutMs: 4_000,
    });
    expect([...result.acks].sort()).toEqual(all);
    // What came twice, directly and by relay, was told once.
    expect(result.answers.map(({ from }) => from).sort()).toEqual(["ours-1", "ours-2"]);
    expect(count("serf.relays.carried")).toBeGreaterThan(carriedBefore);
    expect(count("serf.dropped.duplicateResponse")).toBeGreaterThan(0);
    for (const agent of theirs) expect(agent.log).not.toMatch(/\[ERR\]/);
  }, 120_000);

  it("typed queries are asked of agents and by them, and all are accounted for", async ({
    expect,
    onTestFinished,
  }) => {
    const scene = new Scene(onTestFinished);
    const { ours, theirs } = await cluster(scene);
    for (const node of ours) {
      const load = node.queries.define<{ of: string }, object>("load", { codec: "json" });
      load.handle(({ of }) => {
        if (node.name === "ours-2") throw new Error("no such sensor");
        return { of, load: 3 };
      });
    }
    // An agent asks with bare JSON, and reads it; of a failure it hears nothing.
    const command = ["query", "-timeout=3s", "-format=json", "load", '{"of":"cpu"}'];
    const asked: { Acks: string[]; Responses: object } = JSON.parse(
      await theirs[0].command(...command),
    );
    expect(asked.Acks.sort()).toEqual(all);
    expect(asked.Responses).toEqual({ "ours-1": '{"of":"cpu","load":3}' });

    for (const via of ["serf", "auto"] as const) {
      const run = ours[0].query("load", { of: "cpu" }, { via, timeoutMs: 3_000 });
      const told: string[] = [];
      for await (const one of run) {
        const what = one.kind === "answer" ? JSON.stringify(one.value) : one.detail;
        told.push(`${one.from} by ${one.via}: ${what}`);
      }
      const way = via === "serf" ? "serf" : "links";
      expect(told.sort()).toEqual([
        `ours-1 by ${way}: {"of":"cpu","load":3}`,
        `ours-2 by ${way}: no such sensor`,
      ]);
      const { ended, members } = await run.summary();
      expect(members.map(({ name, outcome, via: by }) => `${name} ${outcome} ${by}`)).toEqual([
        `ours-1 answered ${way}`,
        `ours-2 failed ${way}`,
        "theirs-1 acked serf",
        "theirs-2 acked serf",
      ]);
      expect(ended).toBe("deadline");
    }
    for (const agent of theirs) expect(agent.log).not.toMatch(/\[ERR\]/);
  }, 120_000);

  it("an agent changes keys while events flow; all arrive, and nobody is suspected", async ({
    expect,
    onTestFinished,
  }) => {
    const scene = new Scene(onTestFinished);
    const { ours, theirs } = await cluster(scene, KEY_A);
    const troubles: string[] = [];
    const heard = new Set<string>();
    for (const node of ours) {
      node.members.on(({ kind, member }) => {
        // That a process is busy is told, and is no trouble.
        if (kind !== "degrade" && kind !== "recover") troubles.push(`${member.name} ${kind}`);
      });
    }
    ours[1].serf.onEvent(({ name }) => heard.add(name));
    const traffic = startTraffic(scene, { ours, theirs });
    const keys = async (verb: "install" | "use" | "remove", key: string): Promise<void> => {
      await theirs[0].command("keys", `-${verb}=${key}`);
      await sleep(1_500);
    };
    // Serf asks all members, us among them, to change their keyring, and waits for the answers.
    await keys("install", KEY_B);
    await keys("use", KEY_B);
    await keys("remove", KEY_A);
    const sent = traffic.stop();
    for (const node of ours) expect(node.keyring.list()).toEqual([KEY_B]);
    expect(await theirs[1].command("keys", "-list")).toContain("[4/4]");
    await waitUntil(
      () => `all of ${sent.join(" ")}; heard ${[...heard].join(" ")}`,
      ARRIVE_MAX_MS,
      () => sent.every((name) => heard.has(name)),
    );
    expect(troubles).toEqual([]);
    for (const node of ours) {
      expect(Object.values(statuses(node))).toEqual(["alive", "alive", "alive", "alive"]);
      const { "swim.suspicions.begun": begun = 0, "swim.refutations": refuted = 0 } =
        node.metrics();
      expect({ begun, refuted }).toEqual({ begun: 0, refuted: 0 });
    }
    // Agents hear by gossip of their own: that one of us has it all says nothing about them.
    for (const agent of theirs) {
      const lacks = () => sent.filter((name) => !agent.log.includes(`user-event: ${name}\n`));
      await waitUntil(
        () => `${lacks().join(" ")} of ${sent.length} in a log`,
        ARRIVE_MAX_MS,
        () => lacks().length === 0,
      );
      expect(agent.log).not.toMatch(/suspect|refut|\[ERR\]|failed ping|marking/i);
    }
  }, 180_000);
});

/** Events from both sides, each with a name of its own, until stopped. */
function startTraffic(scene: Scene, { ours, theirs }: Cluster): { stop(): readonly string[] } {
  const sent: string[] = [];
  const timer = setInterval(() => {
    const name = `beat-${sent.length}`;
    sent.push(name);
    if (sent.length % 4 === 0) void theirs[1].command("event", "-coalesce=false", name, "x");
    else ours[0].serf.event(name, "x", { coalesce: false });
  }, TRAFFIC_MS);
  scene.atEnd(() => clearInterval(timer));
  return {
    stop: () => {
      clearInterval(timer);
      return sent;
    },
  };
}
