import { afterEach, describe, expect, test } from "vitest";
import type { TestCluster } from "../../testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../testing/test-cluster/create-test-cluster.ts";
import { startNode } from "../start-node.ts";
import { detectorOptions, heartbeats, phiAccrual } from "./detector-choice.ts";
import type { DetectorChoice, SuspicionEvent } from "./detectors.api.ts";

let cluster: TestCluster;

afterEach(() => cluster?.stop());

/** Through the codecs, three nodes that have heard each other for a while. */
async function clusterWith(detector: DetectorChoice | undefined, tags = {}): Promise<TestCluster> {
  const options = () => ({ tags, ...(detector !== undefined && { detector }) });
  const made = await createTestCluster({ nodes: 3, seed: 5, messages: "bytes", options });
  await made.runForMs(30_000);
  return made;
}

function statuses(at: string): string[] {
  const { members } = cluster.node(at);
  return cluster.names
    .filter((name) => name !== at)
    .map((name) => `${name} ${members.suspicion(name).status}`);
}

const choices: readonly [string, DetectorChoice][] = [
  ["phi accrual, gossiped", phiAccrual()],
  [
    "phi accrual to neighbours, as Akka",
    phiAccrual({ preset: "akka", heartbeat: { spread: "neighbours" } }),
  ],
  ["heartbeats", heartbeats()],
  ["heartbeats by domains", heartbeats({ domainTags: ["zone"] })],
];

describe("a detector beside SWIM", () => {
  test.each(choices)("%s: knows all, and tells of a crash with its reasons", async (_, choice) => {
    cluster = await clusterWith(choice, { zone: "a" });
    expect(statuses("n1")).toEqual(["n2 alive", "n3 alive"]);
    const before = cluster.node("n1").members.suspicion("n2");
    expect(before.level).toBeLessThan(before.deadLevel);
    expect(before.detector).toBe(choice.kind);
    const events: SuspicionEvent[] = [];
    cluster.node("n1").members.onSuspicion((event) => events.push(event));
    cluster.crash("n2");
    const isFound = (): boolean => cluster.node("n1").members.suspicion("n2").status !== "alive";
    await cluster.until(isFound, { limitMs: 60_000 });
    const told = events.at(-1);
    expect(told?.before).toBe("alive");
    expect(told?.suspicion.name).toBe("n2");
    const whats = cluster.node("n1").members.why("n2");
    expect(whats.some(({ what }) => what.startsWith(`${choice.kind}.`))).toBe(true);
    expect(whats.map(({ at }) => at)).toEqual(whats.map(({ at }) => at).sort((a, b) => a - b));
  });

  test("of more than can be neighbours, neighbours judge each other and nobody else", async () => {
    const detector = phiAccrual({ heartbeat: { spread: "neighbours" } });
    cluster = await createTestCluster({ nodes: 16, seed: 5, options: () => ({ detector }) });
    await cluster.runForMs(20_000);
    const watchers = cluster.names.filter((name) => statuses(name).includes("n4 alive"));
    expect(watchers.length).toBeGreaterThan(4);
    expect(watchers.length).toBeLessThanOrEqual(10);
    const all = cluster.names.flatMap((name) => statuses(name));
    expect(all.filter((one) => !/ (alive|unknown)$/.test(one))).toEqual([]);
    const events: string[] = [];
    for (const watcher of watchers) {
      cluster.node(watcher).members.onSuspicion(({ suspicion: { name, status } }) => {
        if (status === "dead") events.push(`${watcher}: ${name}`);
      });
    }
    // SWIM finds it dead at about the same time, and others become neighbours then.
    cluster.crash("n4");
    await cluster.runForMs(60_000);
    expect(events.sort()).toEqual(watchers.map((watcher) => `${watcher}: n4`).sort());
    expect(watchers.flatMap((name) => statuses(name)).filter((one) => one === "n4 dead")).toEqual(
      watchers.map(() => "n4 dead"),
    );
  });

  test("a member that leaves is not taken for dead", async () => {
    cluster = await clusterWith(heartbeats());
    const events: SuspicionEvent[] = [];
    cluster.node("n1").members.onSuspicion((event) => events.push(event));
    const left = cluster.node("n3").leave();
    await cluster.runForMs(60_000);
    await left;
    expect(statuses("n1")).toEqual(["n2 alive", "n3 unknown"]);
    expect(events.map(({ suspicion }) => suspicion.status)).not.toContain("dead");
  });

  test("nodes that send no heartbeats are unknown, and not dead", async () => {
    const options = (name: string) => (name === "n1" ? { detector: heartbeats() } : {});
    cluster = await createTestCluster({ nodes: 3, seed: 6, options });
    await cluster.runForMs(60_000);
    expect(statuses("n1")).toEqual(["n2 unknown", "n3 unknown"]);
    expect(statuses("n2")).toEqual(["n1 alive", "n3 alive"]);
  });

  test("without one, SWIM answers", async () => {
    cluster = await clusterWith(undefined);
    expect(statuses("n1")).toEqual(["n2 alive", "n3 alive"]);
    const events: string[] = [];
    cluster.node("n1").members.onSuspicion(({ suspicion, before }) => {
      events.push(`${suspicion.name} ${before} ${suspicion.status}`);
    });
    cluster.crash("n2");
    const isDead = (): boolean => cluster.node("n1").members.suspicion("n2").status === "dead";
    await cluster.until(isDead, { limitMs: 60_000 });
    expect(events).toEqual(["n2 alive suspect", "n2 suspect dead"]);
    expect(cluster.node("n1").members.suspicion("n2")).toMatchObject({
      detector: "swim",
      level: 1,
    });
    await cluster.runForMs(90_000);
    expect(events.at(-1)).toBe("n2 dead unknown");
  });
});

describe("options", () => {
  test("by gossip, phi is of the exponential model unless another is given", () => {
    expect(detectorOptions(phiAccrual())?.phi?.model).toBe("exponential");
    expect(detectorOptions(phiAccrual({ options: { model: "normal" } }))?.phi?.model).toBe(
      "normal",
    );
    expect(detectorOptions(phiAccrual({ preset: "akka" }))?.phi?.model).toBe("logistic");
    const direct = phiAccrual({ heartbeat: { spread: "neighbours" } });
    expect(detectorOptions(direct)?.phi?.model).toBe("normal");
    expect(detectorOptions(undefined)).toBeUndefined();
  });

  test("what makes no sense is refused, with the fix", async () => {
    const absurd = [
      phiAccrual({ options: { deadLevel: 1 } }),
      phiAccrual({ options: { nonsense: 1 } }),
      phiAccrual({ preset: "hazelcast" as "akka" }),
      phiAccrual({ heartbeat: { roundIntervalMs: 2_000 } }),
      heartbeats({ heartbeat: { failAfterMs: 10 } }),
      { ...heartbeats(), kind: "guess" as "heartbeat" },
    ];
    for (const detector of absurd) {
      await expect(startNode({ bind: "127.0.0.1:0", detector })).rejects.toMatchObject({
        code: "CONFIG_OPTION",
      });
    }
    expect(() => heartbeats({ fanout: 3 } as object)).toThrow(/fanout/);
  });
});
