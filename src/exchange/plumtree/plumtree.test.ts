import { describe, expect, it } from "vitest";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { ExchangeRig } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { PlumtreeTimer } from "./plumtree.contract.ts";
import type { Announced, Gossip, Part, PlumtreeMessage } from "./plumtree.messages.ts";
import { type PlumtreeOptions, plumtreeDefaults } from "./plumtree.options.ts";
import { Plumtree } from "./plumtree.ts";

const [far, away] = [makeOrigin("far", 1), makeOrigin("away", 1)];
const [p1, p2, p3] = [peerId("p1"), peerId("p2"), peerId("p3")];

const defaults: PlumtreeOptions = { ...plumtreeDefaults, trees: "shared" };

function rig(peersCount: number, given: Partial<PlumtreeOptions> = {}) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<PlumtreeMessage, PlumtreeTimer>();
  const congested = new Set<PeerId>();
  const wiring = {
    peers: world.peers,
    counters: world.counters,
    isCongested: (peer: PeerId) => congested.has(peer),
  };
  const plumtree = new Plumtree(env, wiring, { ...defaults, ...given });
  plumtree.enrol(world.enrolled);
  plumtree.start();
  env.taken();
  const say = (from: PeerId, part: Partial<Part>) =>
    plumtree.onMessage(from, { kind: "batch", parts: [{ ...silence, ...part }] });
  const branches = (origin = far) => {
    const found = plumtree.branches("x", origin);
    return { eager: found?.eager.map(String), lazy: found?.lazy.map(String) };
  };
  return { world, env, plumtree, say, branches, congested, told: () => told(env) };
}

const silence: Part = {
  replica: "x",
  gossips: [],
  announced: [],
  lacked: [],
  wanted: [],
  grafts: [],
  prunes: [],
  offered: [],
};

function gossip(first: number, count = 1, given: Partial<Gossip> = {}): Gossip {
  const updates = Array.from({ length: count }, (_, at) => ({
    atMs: 1,
    payload: Uint8Array.of(first + at),
  }));
  return { origin: far, first, round: 3, updates, ...given };
}

function run(first: number, last = first, round = 3): Announced {
  return { origin: far, first, last, round };
}

/** What was sent since the last time, in short. */
function told(env: RecordingEnv<PlumtreeMessage, PlumtreeTimer>): string[] {
  const lines: string[] = [];
  for (const { message, to } of env.sent) {
    for (const part of message.parts) {
      const words = [String(to)];
      const nameOf = (one: { first: number; last: number; round?: number }) =>
        `${one.first}-${one.last}${one.round === undefined ? "" : `@${one.round}`}`;
      for (const { first, round, updates } of part.gossips) {
        words.push(`gossip ${first}-${first + updates.length - 1}@${round}`);
      }
      for (const one of part.announced) words.push(`ihave ${nameOf(one)}`);
      for (const one of part.lacked) words.push(`lacks ${nameOf(one)}`);
      for (const one of part.wanted) words.push(`wants ${nameOf(one)}`);
      for (const root of part.grafts) words.push(`graft ${root}`.trim());
      for (const root of part.prunes) words.push(`prune ${root}`.trim());
      lines.push(words.join(" "));
    }
  }
  env.taken();
  return lines.sort();
}

describe("Plumtree: push", () => {
  it("pushes what is written here to all, and what comes to all but its bringer", () => {
    const { told, world } = rig(3);
    world.history.append(Uint8Array.of(1));
    expect(told()).toEqual(["p1 gossip 1-1@0", "p2 gossip 1-1@0", "p3 gossip 1-1@0"]);
  });

  it("passes a run on as it came, one hop farther, and announces it to lazy peers", () => {
    const { say, told, world } = rig(3);
    say(p3, { prunes: [""] });
    say(p1, { gossips: [gossip(1, 5)] });
    expect(told()).toEqual(["p2 gossip 1-5@4", "p3 ihave 1-5@4"]);
    expect(world.history.size).toBe(5);
  });

  it("does not pass on what the replica rejects, and splits the run around it", () => {
    const { say, told, world } = rig(2, { flushIntervalMs: 0 });
    const bad = { atMs: -1, payload: Uint8Array.of(0) };
    const updates = [...gossip(1, 2).updates, bad, ...gossip(4, 1).updates];
    say(p1, { gossips: [gossip(1, 0, { updates })] });
    expect(told()).toEqual(["p2 gossip 1-2@4 gossip 4-4@4"]);
    expect(world.counts.get("plumtree.rejected")).toBe(1);
  });

  it("sends at once on an idle pipe, and then all in one message an interval", () => {
    const { env, plumtree, told, world } = rig(1, { flushIntervalMs: 50 });
    for (let count = 0; count < 4; count += 1) world.history.append(Uint8Array.of(count));
    expect(told()).toEqual(["p1 gossip 1-1@0"]);
    env.advance(49, plumtree);
    expect(told()).toEqual([]);
    env.advance(1, plumtree);
    expect(told()).toEqual(["p1 gossip 2-4@0"]);
    env.advance(60, plumtree);
    world.history.append(Uint8Array.of(9));
    expect(told()).toEqual(["p1 gossip 5-5@0"]);
  });

  it("sends before the interval when there is enough, in messages of bounded size", () => {
    const { env, plumtree, told, world, say } = rig(2, { flushIntervalMs: 50, batchMaxBytes: 8 });
    for (let count = 0; count < 12; count += 1) world.history.append(Uint8Array.of(count));
    expect(told().length).toBe(4);
    env.advance(100, plumtree);
    told();
    say(p1, { gossips: [gossip(1, 6), gossip(7, 6), gossip(13, 6)] });
    expect(told()).toEqual(["p2 gossip 13-18@4", "p2 gossip 1-6@4", "p2 gossip 7-12@4"].sort());
  });
});

describe("Plumtree: the tree", () => {
  it("cuts the branch that brings a copy, once, and names only go along it", () => {
    const { branches, env, plumtree, say, told } = rig(3);
    say(p1, { gossips: [gossip(1)] });
    told();
    say(p2, { gossips: [gossip(1)] });
    expect(told()).toEqual([]);
    env.advance(1, plumtree);
    expect(told()).toEqual(["p2 prune"]);
    expect(branches()).toEqual({ eager: ["p1", "p3"], lazy: ["p2"] });
    say(p2, { gossips: [gossip(1)] });
    env.advance(10, plumtree);
    expect(told()).toEqual([]);
  });

  it("never cuts both of two branches that are second in turn", () => {
    const { branches, say } = rig(2);
    say(p1, { gossips: [gossip(1, 3)] });
    say(p2, { gossips: [gossip(1, 5)] });
    expect(branches()).toEqual({ eager: ["p1"], lazy: ["p2"] });
    say(p1, { gossips: [gossip(4, 2)] });
    expect(branches().eager).toHaveLength(1);
    say(p1, { gossips: [gossip(6)] });
    say(p2, { gossips: [gossip(6)] });
    expect(branches().eager).toHaveLength(1);
  });

  it("never counts on a branch that it cut: only a GRAFT takes a PRUNE back", () => {
    const { branches, env, plumtree, say, told } = rig(2);
    say(p1, { gossips: [gossip(1)] });
    say(p2, { gossips: [gossip(1)] });
    env.advance(10_000, plumtree);
    // On the way for long: it was sent before the PRUNE was heard.
    say(p2, { gossips: [gossip(2, 4)] });
    say(p1, { gossips: [gossip(2, 4)] });
    env.advance(10, plumtree);
    expect(branches()).toEqual({ eager: ["p1"], lazy: ["p2"] });
    expect(told().join()).not.toContain("p1 prune");
  });

  it("cuts nothing for a late copy of what it has asked another for", () => {
    const { branches, env, plumtree, say, told } = rig(2, { graftWaitMs: 80 });
    say(p1, { prunes: [""], announced: [run(1, 4)] });
    env.advance(90, plumtree);
    say(p1, { gossips: [gossip(1, 4)] });
    say(p2, { gossips: [gossip(1, 4)] });
    env.advance(10, plumtree);
    expect(told().join()).not.toContain("prune");
    expect(branches().eager).toHaveLength(2);
  });

  it("cuts nothing for a copy of its own, or of what anti-entropy brought first", () => {
    const { branches, say, told, world, env, plumtree } = rig(2);
    world.history.apply({ origin: far, seq: 1 }, { atMs: 1, payload: Uint8Array.of(1) }, p2);
    expect(told()).toEqual(["p1 ihave 1-1@255"]);
    say(p1, { gossips: [gossip(1)] });
    env.advance(10, plumtree);
    expect(told()).toEqual([]);
    expect(branches().eager).toEqual(["p1", "p2"]);
    const [own] = world.history.append(Uint8Array.of(1));
    told();
    say(p1, { gossips: [{ ...gossip(1), origin: own.origin }] });
    env.advance(10, plumtree);
    expect(told()).toEqual(["p1 prune"]);
  });

  it("moves peers by PRUNE and GRAFT, and sends what is wanted", () => {
    const { branches, say, told, env, plumtree } = rig(2);
    say(p1, { prunes: [""] });
    expect(branches()).toEqual({ eager: ["p2"], lazy: ["p1"] });
    say(p2, { gossips: [gossip(1, 3)] });
    told();
    say(p1, { grafts: [""], wanted: [run(2, 5, 7)] });
    env.advance(1, plumtree);
    expect(told()).toEqual(["p1 gossip 2-3@7 lacks 4-5"]);
    expect(branches()).toEqual({ eager: ["p2", "p1"], lazy: [] });
  });

  it("takes neighbours that come and go, and finds those it was not told of", () => {
    const { branches, env, plumtree, world } = rig(1);
    world.peers.add(p2);
    expect(branches().eager).toEqual(["p1", "p2"]);
    world.peers.remove(p1);
    expect(branches().eager).toEqual(["p2"]);
    env.advance(90_000, plumtree);
    expect(world.counts.get("plumtree.reconciled")).toBeUndefined();
  });

  it("takes gossip of a stranger, and keeps it out of the trees", () => {
    const { branches, say, told, world } = rig(1);
    say(peerId("q"), { gossips: [gossip(1)] });
    expect(told()).toEqual(["p1 gossip 1-1@4"]);
    expect(branches().eager).toEqual(["p1"]);
    expect(world.counts.get("plumtree.strangers")).toBe(1);
  });

  it("asks to be told names only of a replica that it does not have", () => {
    const { told, plumtree } = rig(1);
    const parts = [{ ...silence, replica: "y", gossips: [gossip(1)] }];
    plumtree.onMessage(p1, { kind: "batch", parts });
    expect(told()).toEqual(["p1 prune"]);
    plumtree.onMessage(p1, { kind: "batch", parts: [{ ...silence, replica: "y", prunes: [""] }] });
    expect(told()).toEqual([]);
  });

  it("takes the shorter way that was announced", () => {
    const { branches, env, plumtree, say, told } = rig(3, { optimisationCount: 3 });
    say(p2, { prunes: [""], announced: [run(1, 1, 2)] });
    say(p1, { gossips: [gossip(1, 1, { round: 5 })] });
    env.advance(1, plumtree);
    expect(told()).toEqual(["p1 prune", "p2 ihave 1-1@6 graft", "p3 gossip 1-1@6"]);
    expect(branches()).toEqual({ eager: ["p3", "p2"], lazy: ["p1"] });
  });
});

describe("Plumtree: what does not come", () => {
  const waits = { graftWaitMs: 80 };

  it("is asked for after a while, of one after another, and then given up", () => {
    const { env, plumtree, say, told, world, branches } = rig(3, waits);
    for (const peer of [p1, p2]) say(peer, { prunes: [""], announced: [run(1, 4)] });
    env.advance(79, plumtree);
    expect(told()).toEqual([]);
    env.advance(11, plumtree);
    expect(told()).toEqual(["p1 wants 1-4@3 graft"]);
    expect(branches().eager).toContain("p1");
    env.advance(50, plumtree);
    expect(told()).toEqual(["p2 wants 1-4@3 graft"]);
    env.advance(90, plumtree);
    expect(world.counts.get("plumtree.lost")).toBeUndefined();
    env.advance(100, plumtree);
    expect(told()).toEqual([]);
    expect(world.counts.get("plumtree.lost")).toBe(4);
    expect(env.pendingTimersCount).toBe(1);
  });

  it("is asked of the next one at once when the first has it no more, or is gone", () => {
    const { env, plumtree, say, told, world } = rig(3, waits);
    for (const peer of [p1, p2, p3]) say(peer, { announced: [run(1, 2)] });
    env.advance(90, plumtree);
    expect(told()).toEqual(["p1 wants 1-2@3 graft"]);
    say(p1, { lacked: [{ origin: far, first: 1, last: 2 }] });
    expect(told()).toEqual(["p2 wants 1-2@3 graft"]);
    world.peers.remove(p2);
    env.advance(50, plumtree);
    expect(told()).toEqual(["p3 wants 1-2@3 graft"]);
  });

  it("is forgotten when it comes, and only the rest is asked for", () => {
    const { env, plumtree, say, told } = rig(2, waits);
    say(p1, { announced: [run(1, 10)] });
    say(p2, { gossips: [gossip(1, 4), gossip(8, 3)] });
    env.advance(1, plumtree);
    told();
    env.advance(89, plumtree);
    expect(told()).toEqual(["p1 wants 5-7@3 graft"]);
    say(p1, { gossips: [gossip(5, 3)] });
    told();
    env.advance(1_000, plumtree);
    expect(told()).toEqual([]);
  });

  it("is waited for longer where payloads come late", () => {
    const { env, plumtree, say, told } = rig(2, waits);
    say(p1, { announced: [run(1)] });
    env.advance(70, plumtree);
    say(p2, { gossips: [gossip(1)] });
    told();
    say(p1, { announced: [run(2)] });
    env.advance(130, plumtree);
    expect(told()).toEqual([]);
    env.advance(30, plumtree);
    expect(told()).toEqual(["p1 wants 2-2@3 graft"]);
  });

  it("bounds what one peer may make it wait for", () => {
    const { say, world } = rig(2, { noticesPerPeerMaxCount: 3, noticeMaxCount: 100 });
    for (let at = 0; at < 5; at += 1) say(p1, { announced: [run(1 + 1_000 * at, 2 ** 50)] });
    // The first one alone fills it.
    expect(world.counts.get("plumtree.dropped.notices")).toBe(5);
  });

  it("gives a bounded answer to whoever wants everything", () => {
    const { say, told, world } = rig(2, { graftMaxCount: 10 });
    say(p2, { wanted: [{ origin: far, first: 1, last: Number.MAX_SAFE_INTEGER, round: 1 }] });
    expect(told()).toEqual(["p2 lacks 1-10"]);
    expect(world.counts.get("plumtree.notFound")).toBe(10);
  });
});

describe("Plumtree: many publishers", () => {
  it("keeps a tree for each root", () => {
    const { branches, env, plumtree, say, told } = rig(3, { trees: "per-root" });
    say(p1, { gossips: [gossip(1)] });
    say(p2, { gossips: [gossip(1)] });
    env.advance(5, plumtree);
    expect(told()).toContain(`p2 prune ${far}`);
    expect(branches(far).lazy).toEqual(["p2"]);
    expect(branches(away).lazy).toEqual([]);
    say(p3, { prunes: [away] });
    expect([branches(away).lazy, branches(far).lazy]).toEqual([["p3"], ["p2"]]);
    say(p3, { prunes: [""] });
    expect(branches(far).lazy).toEqual(["p2", "p3"]);
  });

  it("begins no tree on anybody's word, however many publishers are announced", () => {
    const { branches, env, plumtree, say, told } = rig(2, { trees: "per-root", rootsMaxCount: 2 });
    say(p1, { gossips: [gossip(1)] });
    say(p2, { gossips: [gossip(1)] });
    for (let at = 0; at < 9; at += 1) {
      const origin = makeOrigin(`ghost${at}`, 1);
      say(p2, { announced: [{ ...run(1), origin }], prunes: [origin] });
    }
    env.advance(100, plumtree);
    expect(told().join()).toContain("wants 1-1@3 graft ghost0#1 graft");
    expect(branches(far).lazy).toEqual(["p2"]);
  });

  it("is tolerant of a copy or two", () => {
    const { branches, env, plumtree, say, told } = rig(4, { trees: "tolerant", copiesCount: 2 });
    say(p1, { gossips: [gossip(1)] });
    say(p2, { gossips: [gossip(1)] });
    env.advance(5, plumtree);
    told();
    expect(branches().lazy).toEqual(["p4"]);
    say(p3, { gossips: [gossip(1)] });
    expect(told()).toEqual(["p3 prune"]);
    expect(branches().lazy).toEqual(["p4", "p3"]);
  });
});

describe("Plumtree: bounds", () => {
  it("tells a peer that takes no more the names only, and drops names before that", () => {
    const bounds = { queueMaxBytes: 10, batchMaxBytes: 5, queueMaxCount: 2, congestedWaitMs: 20 };
    const { congested, env, plumtree, told, world } = rig(1, bounds);
    congested.add(p1);
    for (let count = 0; count < 30; count += 1) world.history.append(Uint8Array.of(count));
    env.advance(100, plumtree);
    expect(told()).toEqual([]);
    expect(world.counts.get("plumtree.demoted")).toBeGreaterThan(0);
    congested.clear();
    env.advance(100, plumtree);
    expect(told().join()).toContain("ihave");
  });

  it("takes no more from a peer or of an origin than its budget", () => {
    const { say, world } = rig(2, { peerBudgetPerSecond: 5, originBudgetPerSecond: 3 });
    say(p1, { gossips: [gossip(1, 8)] });
    expect(world.history.size).toBe(3);
    say(p1, { gossips: [gossip(1, 8, { origin: away })] });
    expect(world.history.size).toBe(3);
    expect(world.counts.get("plumtree.dropped.overPeerBudget")).toBe(11);
    expect(world.counts.get("plumtree.dropped.overOriginBudget")).toBe(2);
  });

  it("keeps counts for each replica", () => {
    const { plumtree, say } = rig(3);
    say(p1, { gossips: [gossip(1, 2)] });
    say(p2, { gossips: [gossip(1, 2)] });
    const found = plumtree.statistics("x");
    expect(found).toMatchObject({
      payloadsReceivedCount: 4,
      duplicatesCount: 2,
      payloadsSentCount: 4,
      prunesSentCount: 1,
    });
    expect(found?.hops[4]).toBe(2);
    expect(plumtree.statistics("y")).toBeUndefined();
  });
});
