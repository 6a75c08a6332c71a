/** Updates that are announced, and fetched once: one node, and whole overlays. */
import { describe, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import type { Dot } from "../../core/dot.ts";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { Simulator } from "../../sim/simulator.ts";
import { ExchangeRig } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { PlumtreeEnv, PlumtreeTimer } from "./plumtree.contract.ts";
import type { Offered, Part, PlumtreeMessage } from "./plumtree.messages.ts";
import { type PlumtreeOptions, plumtreeDefaults } from "./plumtree.options.ts";
import { Plumtree } from "./plumtree.ts";
import { regularOverlay } from "./regular-overlay-rig.ts";

const LARGE_BYTES = 70_000;
const far = makeOrigin("far", 1);
const [p1, p2, p3] = [peerId("p1"), peerId("p2"), peerId("p3")];
const defaults: PlumtreeOptions = { ...plumtreeDefaults, trees: "shared" };
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

function sizeOf(update: unknown): number {
  return (update as HistoryUpdate).payload.length;
}

function large(seq: number, bytes = LARGE_BYTES): Offered {
  return { origin: far, seq, round: 2, bytes };
}

function load(first: number, bytes = LARGE_BYTES) {
  return { origin: far, first, round: 2, updates: [{ atMs: 1, payload: new Uint8Array(bytes) }] };
}

function rig(peersCount: number, given: Partial<PlumtreeOptions> = {}) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<PlumtreeMessage, PlumtreeTimer>();
  const wiring = { peers: world.peers, counters: world.counters };
  const plumtree = new Plumtree(env, wiring, { ...defaults, flushIntervalMs: 0, ...given });
  plumtree.enrol({ ...world.enrolled, sizeOf });
  plumtree.start();
  env.taken();
  const say = (from: PeerId, part: Partial<Part>) =>
    plumtree.onMessage(from, { kind: "batch", parts: [{ ...silence, ...part }] });
  const wanted = () => {
    const lines = env.sent.flatMap(({ message, to }) =>
      message.parts.flatMap((part) => part.wanted.map(({ first }) => `${to} ${first}`)),
    );
    env.taken();
    return lines;
  };
  const count = (name: string) => world.counts.get(name) ?? 0;
  return { world, env, plumtree, say, wanted, count };
}

describe("a large update", () => {
  it("is announced to all neighbours, eager and lazy, and pushed to none", () => {
    const { env, plumtree, say, world } = rig(3);
    say(p2, { prunes: [""] });
    world.history.append(new Uint8Array(LARGE_BYTES));
    expect(env.sent.map(({ to }) => String(to))).toEqual(["p1", "p3", "p2"]);
    for (const { message } of env.sent) {
      expect(message.parts[0]?.gossips).toEqual([]);
      expect(message.parts[0]?.offered).toMatchObject([{ seq: 1, round: 0, bytes: LARGE_BYTES }]);
    }
    expect(plumtree.statistics("x")).toMatchObject({ payloadsSentCount: 0 });
  });

  it("goes alone, to whoever asks for it, and changes no tree", () => {
    const { env, plumtree, say, world } = rig(2);
    const sizes = [1, LARGE_BYTES, 2];
    for (const size of sizes) world.history.append(new Uint8Array(size));
    env.taken();
    const origin = makeOrigin("self", 1);
    say(p1, { prunes: [""], wanted: [{ origin, first: 1, last: 3, round: 0 }] });
    const sent = env.sent.flatMap(({ message }) =>
      message.parts.map(({ gossips }) => gossips.map(({ updates }) => updates.map(sizeOf))),
    );
    expect(sent).toEqual([[[1], [2]], [[LARGE_BYTES]]]);
    expect(plumtree.branches("x", origin)?.lazy.map(String)).toEqual(["p1"]);
  });

  it("is asked for at once, of the first who has it, and passed on as an announcement", () => {
    const { env, say, wanted, count, plumtree } = rig(3);
    say(p1, { offered: [large(1)] });
    say(p2, { offered: [large(1)] });
    expect(wanted()).toEqual(["p1 1"]);
    say(p1, { gossips: [load(1)] });
    const told = env.sent.flatMap(({ message, to }) =>
      message.parts.flatMap(({ offered }) => offered.map(({ round }) => `${to} ${round}`)),
    );
    expect(told).toEqual(["p2 3", "p3 3"]);
    say(p2, { offered: [large(1)] });
    expect(wanted()).toEqual([]);
    expect(count("plumtree.news")).toBe(1);
    env.advance(600_000, plumtree);
    expect(count("plumtree.lost") + count("plumtree.fetchesSilent")).toBe(0);
  });

  it("tells nothing of the tree when it comes twice", () => {
    const { say, env, plumtree, count } = rig(2);
    say(p1, { gossips: [load(1)] });
    env.taken();
    say(p2, { gossips: [load(1)] });
    expect(env.sent).toEqual([]);
    expect(count("plumtree.duplicates")).toBe(1);
    expect(plumtree.branches("x", far)?.eager).toHaveLength(2);
  });
});

describe("a fetch", () => {
  it("goes to the next when the first lacks it or is gone, and ends when it is refused", () => {
    const { count, say, wanted, world } = rig(4);
    const p4 = peerId("p4");
    for (const peer of [p1, p2, p3, p4]) say(peer, { offered: [large(1)] });
    expect(wanted()).toEqual(["p1 1"]);
    say(p1, { lacked: [{ origin: far, first: 1, last: 1 }] });
    expect(wanted()).toEqual(["p2 1"]);
    world.peers.remove(p2);
    expect(wanted()).toEqual(["p3 1"]);
    const refused = [{ atMs: -1, payload: new Uint8Array(LARGE_BYTES) }];
    say(p3, { gossips: [{ ...load(1), updates: refused }] });
    expect(wanted()).toEqual([]);
    expect([count("plumtree.rejected"), count("plumtree.lost")]).toEqual([1, 0]);
  });

  it("waits longer for what is larger, asks again in turn, and gives up in the end", () => {
    const { say, wanted, env, plumtree, count } = rig(2, { fetchAttemptsCount: 2 });
    for (const peer of [p1, p2]) say(peer, { offered: [large(1, 4_194_304)] });
    expect(wanted()).toEqual(["p1 1"]);
    env.advance(5_990, plumtree);
    expect(wanted()).toEqual([]);
    env.advance(20, plumtree);
    expect(wanted()).toEqual(["p2 1"]);
    env.advance(6_000, plumtree);
    expect(wanted()).toEqual(["p1 1"]);
    env.advance(6_000, plumtree);
    expect(wanted()).toEqual(["p2 1"]);
    expect(count("plumtree.lost")).toBe(0);
    env.advance(12_000, plumtree);
    expect(wanted()).toEqual([]);
    expect(count("plumtree.lost")).toBe(1);
  });

  it("believes no size beyond the largest message", () => {
    const { say, wanted, env, plumtree } = rig(2);
    say(p1, { offered: [large(1, Number.MAX_SAFE_INTEGER)] });
    say(p2, { offered: [large(1)] });
    wanted();
    env.advance(18_010, plumtree);
    expect(wanted()).toEqual(["p2 1"]);
  });

  it("is one of a few at once; the rest wait, and go on when one has come", () => {
    const { say, wanted } = rig(3, { fetchesMaxCount: 2 });
    const all = [large(1), large(2), large(3), large(4)];
    say(p1, { offered: all });
    expect(wanted()).toEqual(["p1 1"]);
    say(p2, { offered: all });
    expect(wanted()).toEqual(["p2 2"]);
    say(p3, { offered: all });
    expect(wanted()).toEqual([]);
    say(p1, { gossips: [load(1)] });
    expect(wanted()).toEqual(["p1 3"]);
  });

  it("ends when anti-entropy brings it", () => {
    const { say, wanted, world } = rig(2, { fetchesMaxCount: 1 });
    say(p1, { offered: [large(1), large(2)] });
    expect(wanted()).toEqual(["p1 1"]);
    world.history.apply(
      { origin: far, seq: 1 },
      { atMs: 1, payload: new Uint8Array(LARGE_BYTES) },
      p2,
    );
    world.history.apply(
      { origin: far, seq: 3 },
      { atMs: 1, payload: new Uint8Array(LARGE_BYTES) },
      p2,
    );
    say(p2, {});
    expect(wanted()).toEqual(["p1 2"]);
  });

  it("takes note of no more than one peer may announce, and of no more than all may", () => {
    const { say, count } = rig(3, { offersMaxCount: 5, offersPerPeerMaxCount: 4 });
    const offers = Array.from({ length: 7 }, (_, place) => large(place + 1));
    say(p1, { offered: offers });
    expect(count("plumtree.dropped.offers")).toBe(3);
    say(p2, { offered: offers.slice(3) });
    expect(count("plumtree.dropped.offers")).toBe(5);
  });
});

interface Settler {
  readonly host: SimNode;
  readonly history: History;
  readonly plumtree: Plumtree;
  readonly view: StaticView;
}

function overlayOf(
  nodesCount: number,
  { loss = 0, seed, ...given }: Partial<PlumtreeOptions> & { seed: number; loss?: number },
) {
  const simulator = new Simulator({ seed, latency: { kind: "constant", ms: 10 }, lossRatio: loss });
  const overlay = regularOverlay(nodesCount, 6, Random.derive(seed, "overlay"));
  const settlers: Settler[] = [];
  for (const neighbours of overlay) {
    simulator.add((host) => {
      const view = new StaticView(host.self);
      for (const peer of neighbours) view.add(peerId(peer));
      const wiring = {
        origin: () => makeOrigin(`n${host.index}`, 1),
        wallClock: () => 0,
        afterStep: (body: () => void) => host.afterStep(body),
      };
      const history = new History(wiring, historyDefaults);
      host.mountDirect("plumtree", (env: PlumtreeEnv) => {
        const counters = { add: () => {} };
        const plumtree = new Plumtree(env, { peers: view, counters }, { ...defaults, ...given });
        plumtree.enrol({ name: "x", replica: history, sizeOf });
        plumtree.start();
        settlers.push({ host, history, plumtree, view });
        return plumtree;
      });
    });
  }
  const publish = (node: number, bytes: number): Dot => {
    const { history, host } = at(settlers, node);
    const [dot] = host.step(() => history.append(new Uint8Array(bytes)));
    return dot;
  };
  const sum = (name: "payloadsSentCount" | "duplicatesCount" | "lostCount") =>
    settlers.reduce((all, { plumtree }) => all + (plumtree.statistics("x")?.[name] ?? 0), 0);
  return { simulator, settlers, publish, sum };
}

describe.each(["shared", "per-root", "tolerant"] as const)("25 nodes with %s trees", (trees) => {
  it("carry each large update exactly once to each node", () => {
    const { publish, settlers, simulator, sum } = overlayOf(25, { seed: 1, trees });
    for (const node of [0, 7, 0, 19]) {
      const before = sum("payloadsSentCount");
      const dot = publish(node, LARGE_BYTES);
      simulator.runForMs(2_000);
      for (const { history } of settlers) expect(history.seen.has(dot)).toBe(true);
      expect(sum("payloadsSentCount") - before).toBe(24);
    }
    expect(sum("duplicatesCount")).toBe(0);
  });

  it("lose none when many are published at once with small ones between", () => {
    const { publish, settlers, simulator, sum } = overlayOf(25, { seed: 2, trees });
    for (let count = 0; count < 40; count += 1) {
      publish(count % 5, count % 4 === 0 ? LARGE_BYTES : 10);
      simulator.runForMs(7);
    }
    simulator.runForMs(20_000);
    for (const { history } of settlers) expect(history.seen.size).toBe(40);
    expect(sum("lostCount")).toBe(0);
  });
});

describe("25 nodes that fetch large updates", () => {
  it.each([1, 2, 3])("lose none while a tenth of all messages is lost (seed %i)", (seed) => {
    const { publish, settlers, simulator } = overlayOf(25, { seed, loss: 0.1 });
    for (let count = 0; count < 10; count += 1) publish(count, LARGE_BYTES);
    simulator.runForMs(60_000);
    for (const { history } of settlers) expect(history.seen.size).toBe(10);
  });

  it.each([1, 2, 3])("fetch elsewhere when who was asked dies (seed %i)", (seed) => {
    const { publish, settlers, simulator } = overlayOf(25, { seed });
    const dot = publish(0, LARGE_BYTES);
    // Its neighbours have it after 30 ms; those of one of them have asked it 15 ms later.
    simulator.runForMs(45);
    const holders = settlers.filter(
      ({ history, host }) => host.index !== 0 && history.seen.has(dot),
    );
    expect(holders.length).toBe(6);
    const victims = holders.slice(0, 3).map(({ host }) => host);
    for (const victim of victims) simulator.crash(victim, "machine");
    simulator.runForMs(30_000);
    for (const { history, host } of settlers) {
      if (host.isAlive) expect(history.seen.has(dot)).toBe(true);
    }
  });
});
