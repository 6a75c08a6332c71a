/** The laws of spec Scuttlebutt §10, on networks that lose, double, delay and part. */
import { describe, expect, it } from "vitest";
import type { GivenOptions } from "../../core/options.ts";
import { StateTown, type StateTownOptions } from "../../testing/node-state-rig.ts";
import type { nodeStateDefaults } from "./node-state.options.ts";

const NODES = 8;
const WRITES = 160;
const WRITING_MS = 20_000;

type Given = GivenOptions<typeof nodeStateDefaults>;

/** Deletions are forgotten long before a partition ends, and messages hold some three entries. */
const tight: Given = {
  tombstoneGraceMs: 2_000,
  gcPublishMs: 1_000,
  messageMaxBytes: 280,
  keyMaxBytes: 10,
  valueMaxBytes: 10,
  digestMaxRatio: 0.2,
};

const variants: Readonly<Record<string, Given>> = {
  "by depth, each forgets by its own clock": { tombstones: "grace", ordering: "depth" },
  "by breadth, owners say what to forget": { tombstones: "owner", ordering: "breadth" },
  "in random order, without news between rounds": {
    tombstones: "grace",
    ordering: "random",
    newsDelayMs: 5_000,
  },
  "with heartbeats": { heartbeats: "on", tombstones: "grace" },
  "as Cassandra does": { profile: "cassandra", tombstones: "grace" },
  "as Cassandra does, with heartbeats": { profile: "cassandra", heartbeats: "on" },
};

interface Fault {
  readonly network?: Partial<StateTownOptions>;
  plan?(town: StateTown): void;
}

const faults: Readonly<Record<string, Fault>> = {
  nothing: {},
  "a third lost": { network: { lossRatio: 0.33 } },
  "half doubled": { network: { duplicateRatio: 0.5 } },
  "any order": {
    network: { latency: { kind: "exponential", minMs: 1, meanMs: 400, maxMs: 4_000 } },
  },
  "partition longer than the grace": {
    plan({ nodes, simulator }) {
      simulator.plan(2_000, () => simulator.partition(nodes.slice(0, 3)));
      simulator.plan(16_000, () => simulator.heal());
    },
  },
  "crash and come back with nothing": {
    plan({ nodes, simulator }) {
      for (const at of [1, 4, 6]) {
        const node = nodes[at];
        if (node === undefined) continue;
        simulator.plan(at * 2_000, () => simulator.crash(node));
        simulator.plan(at * 2_000 + 4_000, () => simulator.restart(node));
      }
    },
  },
  "stopped for longer than the grace": {
    plan({ nodes, simulator }) {
      for (const node of nodes.slice(2, 5)) {
        simulator.plan(3_000, () => simulator.pause(node));
        simulator.plan(12_000, () => simulator.resume(node));
      }
    },
  },
};

/** What came back: a version of a key that was read before, or an older one. */
function watchReturns(town: StateTown): string[] {
  const returned: string[] = [];
  const watched = new Set<object>();
  const watch = (): void => {
    for (const [at, { state }] of town.residents.entries()) {
      if (watched.has(state)) continue;
      watched.add(state);
      const seen = new Map<string, number>();
      state.subscribe({
        onChange({ entry, key, origin }) {
          if (entry === undefined) return;
          const name = `${origin} ${key}`;
          if (entry.version <= (seen.get(name) ?? 0)) returned.push(`n${at}: ${name}`);
          seen.set(name, entry.version);
        },
      });
    }
  };
  watch();
  for (let at = 0; at < WRITING_MS; at += 100) town.simulator.plan(at, watch);
  return returned;
}

it.each(["owner", "grace"] as const)(
  "many keys come and go among few that are remembered, %s",
  (tombstones) => {
    const options = { keysMaxCount: 16, tombstones };
    const town = new StateTown({ seed: 1, nodesCount: 4, options, lossRatio: 0.2 });
    const [first, , late] = town.nodes;
    if (first === undefined || late === undefined) throw new Error("there are four nodes");
    town.simulator.runForMs(2_000);
    town.simulator.pause(late);
    const { own } = town.resident(0).state;
    for (let at = 0; at < 300; at += 1) {
      first.step(() => {
        own.set(`k${at}`, Uint8Array.of(1));
        if (at > 4) own.delete(`k${at - 5}`);
      });
      town.simulator.runForMs(40);
    }
    town.simulator.resume(late);
    expect(town.simulator.runUntil(() => town.agrees(), 20_000)).toBe(true);
    expect([...own.entries()].map(({ key }) => key)).toEqual(
      [295, 296, 297, 298, 299].map((at) => `k${at}`),
    );
    // The late one, and those whom lost messages left behind, began anew.
    expect(town.count("nodeState.resets")).toBeGreaterThan(0);
  },
);

it("who comes later holds what others have overwritten twice, and still has room", () => {
  const town = new StateTown({ seed: 1, nodesCount: 3, options: { nodeMaxBytes: 1_000 } });
  const [owner, , late] = town.nodes;
  if (owner === undefined || late === undefined) throw new Error("there are three nodes");
  const set = (key: string, length: number): void => {
    owner.step(() => town.resident(0).state.own.set(key, new Uint8Array(length)));
  };
  set("a", 600);
  town.simulator.runForMs(5_000);
  town.simulator.partition([late]);
  for (const [key, length] of [
    ["a", 10],
    ["b", 900],
    ["a", 11],
  ] as const) {
    set(key, length);
  }
  town.simulator.runForMs(3_000);
  town.simulator.heal();
  expect(town.simulator.runUntil(() => town.agrees(), 20_000)).toBe(true);
  expect(town.count("nodeState.dropped.full")).toBe(0);
});

it("what has no room is sent again now and then, and taken once there is some", () => {
  let bytes = 0;
  const town = new StateTown({
    seed: 3,
    nodesCount: 8,
    options: { totalMaxBytes: 30_000 },
    onSend: (_from, _to, _message, messageBytes) => {
      bytes += messageBytes;
    },
  });
  town.simulator.runForMs(2_000);
  for (const [at, node] of town.nodes.entries()) {
    for (const key of ["a", "b"]) {
      node.step(() => town.resident(at).state.own.set(key, new Uint8Array(5_000)));
    }
  }
  town.simulator.runForMs(20_000);
  bytes = 0;
  town.simulator.runForMs(20_000);
  expect(town.agrees()).toBe(false);
  // Of each of 8 nodes some 4 others' states have no room: 40 kB, twice in this time.
  expect(bytes).toBeLessThan(8 * 4 * 10_000 * 4);
  for (const [at, node] of town.nodes.entries()) {
    if (at % 2 === 0) continue;
    for (const key of ["a", "b"]) node.step(() => town.resident(at).state.own.delete(key));
  }
  for (const [at, node] of town.nodes.entries()) {
    if (at % 2 === 1) continue;
    node.step(() => town.resident(at).state.own.delete("b"));
  }
  expect(town.simulator.runUntil(() => town.agrees(), 60_000)).toBe(true);
});

describe("the state of a node that is gone", () => {
  function bereft(): { town: StateTown; sentBytes: () => number; die(): void } {
    let bytes = 0;
    let isGone = false;
    const town: StateTown = new StateTown({
      seed: 2,
      nodesCount: 8,
      standing: (name) => (isGone && name === "n0" ? "gone" : "here"),
      onSend: (_from, _to, _message, messageBytes) => {
        bytes += messageBytes;
      },
    });
    const [first] = town.nodes;
    if (first === undefined) throw new Error("there are eight nodes");
    town.simulator.runForMs(2_000);
    first.step(() => town.resident(0).state.own.set("a", new Uint8Array(5_000)));
    town.simulator.runForMs(5_000);
    const sentBytes = (): number => {
      const sent = bytes;
      bytes = 0;
      return sent;
    };
    return {
      town,
      sentBytes,
      die() {
        isGone = true;
        town.simulator.crash(first);
      },
    };
  }

  it("is not sent again and again to one who comes anew and does not keep it", () => {
    const { die, sentBytes, town } = bereft();
    const [, second] = town.nodes;
    if (second === undefined) throw new Error("there are eight nodes");
    die();
    town.simulator.crash(second);
    town.simulator.restart(second);
    town.simulator.runForMs(60_000);
    sentBytes();
    town.simulator.runForMs(60_000);
    // Seven nodes, three packets a second.
    expect(sentBytes()).toBeLessThan(7 * 3 * 60 * 40);
    expect(town.resident(1).state.of("n0")).toBeUndefined();
    expect([...(town.resident(2).state.of("n0")?.entries() ?? [])]).toHaveLength(1);
  });

  it("comes to those who were cut off when it wrote last, though nobody writes after it", () => {
    const { die, town } = bereft();
    const { nodes, simulator } = town;
    simulator.partition(nodes.slice(0, 3));
    nodes[0]?.step(() => town.resident(0).state.own.set("last", Uint8Array.of(1)));
    simulator.runForMs(2_000);
    die();
    simulator.runForMs(60_000);
    expect(town.agrees()).toBe(false);
    simulator.heal();
    expect(simulator.runUntil(() => town.agrees(), 60_000)).toBe(true);
    expect(town.resident(7).state.of("n0")?.get("last")).toBeDefined();
  });
});

describe.each(Object.entries(variants))("node state %s", (_, options) => {
  it.each(Object.entries(faults))("agrees in the end despite: %s", (__, fault) => {
    for (const seed of [1]) {
      const town = new StateTown({
        seed,
        nodesCount: NODES,
        options: { ...tight, ...options },
        ...fault.network,
        onSend: (_from, _to, message, bytes) => {
          const isBounded = message.kind !== "syn" && message.kind !== "gossipSyn";
          if (isBounded) expect(bytes).toBeLessThanOrEqual(280);
        },
      });
      const returned = watchReturns(town);
      fault.plan?.(town);
      for (let write = 0; write < WRITES; write += 1) {
        town.simulator.plan((write * WRITING_MS) / WRITES, () => town.write((write * 5) % NODES));
      }
      town.simulator.runForMs(WRITING_MS);
      expect(town.simulator.runUntil(() => town.agrees(), 120_000)).toBe(true);
      expect(town.state(0).split("\n")).toHaveLength(NODES);
      expect(returned).toEqual([]);
    }
  });
});
