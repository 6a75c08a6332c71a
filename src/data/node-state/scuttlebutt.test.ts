import { describe, expect, it } from "vitest";
import { type GivenOptions, resolveOptions } from "../../core/options.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { StateTown } from "../../testing/node-state-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { NodeStateMessage, NodeStateTimer } from "./node-state.messages.ts";
import { nodeStateDefaults, nodeStateProblem } from "./node-state.options.ts";
import { NodeState } from "./node-state.ts";
import { Scuttlebutt } from "./scuttlebutt.ts";

const q = peerId("q");
const bytes = (length: number): Uint8Array => new Uint8Array(length);

function rig(given: GivenOptions<typeof nodeStateDefaults> = {}, name = "p") {
  const env = new RecordingEnv<NodeStateMessage, NodeStateTimer>({ self: name });
  const counts = new Map<string, number>();
  const counters = {
    add: (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by),
  };
  const peers = new StaticView(env.self);
  peers.add(q);
  const options = resolveOptions("state", nodeStateDefaults, given, nodeStateProblem);
  const state = new NodeState(
    {
      origin: () => makeOrigin(name, 1),
      now: () => env.now(),
      wallClock: () => env.wallClock(),
      afterStep: (body) => body(),
      counters,
    },
    options,
  );
  const engine = new Scuttlebutt(env, { peers, state, counters, cluster: "blue" }, options);
  engine.start();
  const sent = (): NodeStateMessage[] =>
    env.taken().flatMap((action) => ("send" in action ? [action.send] : []));
  sent();
  return { env, counts, engine, state, sent };
}

describe("Scuttlebutt", () => {
  it("only asks whether there is a difference, when there is no news", () => {
    const { env, engine, sent } = rig();
    env.advance(1_000, engine);
    expect(sent().map(({ kind }) => kind)).toEqual(["probe"]);
  });

  it("ends a round where both know the same, and else asks in its turn", () => {
    const { counts, engine, sent, state } = rig();
    engine.onMessage(q, { kind: "probe", cluster: "blue", hash: state.hash() });
    expect([sent(), counts.get("nodeState.equal")]).toEqual([[], 1]);
    engine.onMessage(q, { kind: "probe", cluster: "blue", hash: state.hash() + 1 });
    expect(sent()).toMatchObject([{ kind: "syn", digest: { extent: "all" } }]);
  });

  it("tells of news at once, by a digest of that alone", () => {
    const { engine, env, sent, state } = rig({ newsDelayMs: 50 });
    engine.onMessage(q, {
      kind: "syn",
      cluster: "blue",
      digest: {
        states: [{ origin: makeOrigin("r", 1), heartbeat: 0, gcVersion: 0, maxVersion: 0 }],
        extent: "all",
      },
    });
    state.own.set("a", bytes(1));
    sent();
    env.advance(50, engine);
    const [syn] = sent();
    expect(syn).toMatchObject({ kind: "syn", digest: { extent: "part", states: [{}] } });
  });

  it("sends to who names a part nothing of the rest", () => {
    const { engine, sent, state } = rig();
    state.own.set("a", bytes(1));
    const digest = { states: [], extent: "part" } as const;
    engine.onMessage(q, { kind: "syn", cluster: "blue", digest });
    expect(sent()).toMatchObject([{ kind: "synAck", digest: { states: [] }, deltas: [] }]);
    engine.onMessage(q, { kind: "syn", cluster: "blue", digest: { ...digest, extent: "all" } });
    expect(sent()).toMatchObject([
      { digest: { states: [{ maxVersion: 1 }] }, deltas: [{ maxVersion: 1 }] },
    ]);
  });

  it("names a part of the nodes where all do not fit", () => {
    const { env, engine, sent, state } = rig({
      heartbeats: "on",
      messageMaxBytes: 1_000,
      digestMaxRatio: 0.1,
      valueMaxBytes: 10,
    });
    const states = Array.from({ length: 100 }, (_, at) => ({
      origin: makeOrigin(`node-${at}`, 1),
      heartbeat: 0,
      gcVersion: 0,
      maxVersion: 0,
    }));
    state.learn(states);
    env.advance(1_000, engine);
    const [syn] = sent();
    expect(syn).toMatchObject({ kind: "syn", digest: { extent: "part" } });
    const count = syn?.kind === "syn" ? syn.digest.states.length : 0;
    expect(count).toBeGreaterThan(6);
    expect(count).toBeLessThan(13);
  });

  it("tells strangers so, once a second, and takes nothing of them", () => {
    const { counts, engine, env, sent, state } = rig();
    const origin = makeOrigin("r", 1);
    const states = [{ origin, heartbeat: 0, gcVersion: 0, maxVersion: 1 }];
    const syn = { kind: "syn", cluster: "red", digest: { states, extent: "all" } } as const;
    engine.onMessage(q, syn);
    engine.onMessage(q, syn);
    engine.onMessage(q, { kind: "badCluster" });
    expect(sent()).toEqual([{ kind: "badCluster" }]);
    expect([counts.get("nodeState.dropped.cluster"), state.of("r")]).toEqual([3, undefined]);
    env.advance(1_000, engine);
    sent();
    engine.onMessage(q, syn);
    expect(sent()).toEqual([{ kind: "badCluster" }]);
  });

  it("answers a peer so often in an interval, and all together", () => {
    const { counts, engine, env, sent, state } = rig({ answersMaxCount: 40 });
    const probe = { kind: "probe", cluster: "blue", hash: state.hash() + 1 } as const;
    const part = { states: [], extent: "part" } as const;
    for (let at = 0; at < 50; at += 1) engine.onMessage(q, probe);
    expect(sent()).toHaveLength(4);
    const other = peerId("r");
    for (let at = 0; at < 50; at += 1) {
      engine.onMessage(other, { kind: "syn", cluster: "blue", digest: part });
    }
    expect(sent()).toHaveLength(32);
    for (let at = 0; at < 50; at += 1) engine.onMessage(peerId(`s${at}`), probe);
    expect(sent()).toHaveLength(4);
    expect(counts.get("nodeState.dropped.busy")).toBe(46 + 18 + 46);
    env.advance(1_000, engine);
    sent();
    engine.onMessage(q, probe);
    expect(sent()).toHaveLength(1);
  });

  it("lowers the limit of a writer whose entries do not fit", () => {
    const { engine, env, state } = rig({
      flowControl: "reject",
      messageMaxBytes: 900,
      valueMaxBytes: 100,
      keyMaxBytes: 10,
    });
    for (let at = 0; at < 40; at += 1) state.own.set(`k${at}`, bytes(100));
    const before = engine.flow?.report.limitPerSecond ?? 0;
    for (let round = 0; round < 3; round += 1) {
      const digest = { states: [], extent: "all" } as const;
      engine.onMessage(q, { kind: "syn", cluster: "blue", digest });
      env.advance(1_000, engine);
    }
    expect(engine.flow?.report.limitPerSecond).toBeLessThan(before);
  });
});

describe("Cassandra's three steps", () => {
  it("ask for what is further there, and send what is further here", () => {
    const { engine, sent, state } = rig({ profile: "cassandra" });
    state.own.set("a", bytes(1));
    state.own.set("b", bytes(1));
    const mine = makeOrigin("p", 1);
    const state0 = { heartbeat: 0, gcVersion: 0 };
    const states = [
      { ...state0, origin: mine, maxVersion: 1 },
      { ...state0, origin: makeOrigin("near", 1), maxVersion: 1 },
      { ...state0, origin: makeOrigin("far", 1), maxVersion: 9 },
    ];
    const syn = { kind: "gossipSyn", cluster: "blue", digest: { states, extent: "all" } } as const;
    engine.onMessage(q, syn);
    const [ack] = sent();
    expect(ack).toMatchObject({
      kind: "gossipAck",
      // Those that differ most come first.
      wanted: [{ origin: "far#1", maxVersion: 0 }, { origin: "near#1" }],
      deltas: [{ origin: "p#1", from: 1, maxVersion: 2 }],
    });
    const wanted = [{ ...state0, origin: mine, maxVersion: 0 }];
    engine.onMessage(q, { kind: "gossipAck", wanted, deltas: [] });
    expect(sent()).toMatchObject([{ kind: "gossipAck2", deltas: [{ entries: [{}, {}] }] }]);
  });

  it("know of a later life by its generation alone, here and there", () => {
    const { engine, sent, state } = rig({ profile: "cassandra" });
    const of = (boot: number, maxVersion: number) => [
      { origin: makeOrigin("r", boot), heartbeat: 0, gcVersion: 0, maxVersion },
    ];
    state.learn(of(2, 1));
    const entry = { key: "a", value: bytes(1), version: 1, status: "set" } as const;
    const origin = makeOrigin("r", 2);
    state.apply([{ origin, from: 0, gcVersion: 0, entries: [entry], maxVersion: 1 }]);
    const syn = (boot: number, maxVersion: number) =>
      engine.onMessage(q, {
        kind: "gossipSyn",
        cluster: "blue",
        digest: { states: of(boot, maxVersion), extent: "all" },
      });
    sent();
    syn(1, 50);
    expect(sent()).toMatchObject([{ wanted: [], deltas: [{ origin: "r#2", from: 0 }] }]);
    syn(2, 1);
    expect(sent()).toEqual([]);
    syn(3, 4);
    expect(sent()).toMatchObject([{ wanted: [{ origin: "r#3", maxVersion: 0 }], deltas: [] }]);
  });

  it("have one counter for heartbeats and versions", () => {
    const { env, engine, state } = rig({ profile: "cassandra", heartbeats: "on" });
    env.advance(5_000, engine);
    expect(state.own.copy.maxVersion).toBeGreaterThanOrEqual(4);
    expect(state.own.set("a", bytes(1)).version).toBe(state.own.copy.maxVersion);
    expect([...(state.of("p")?.entries() ?? [])].map(({ key }) => key)).toEqual(["a"]);
  });
});

describe("a hundred nodes", () => {
  it("all know of a write within eight rounds, without news between them", () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const town = new StateTown({ seed, nodesCount: 100, options: { newsDelayMs: 1_000 } });
      town.simulator.runForMs(3_000);
      town.nodes[0]?.step(() => town.resident(0).state.own.set("k", bytes(1)));
      const knows = () => town.residents.every(({ state }) => state.of("n0")?.get("k"));
      expect(town.simulator.runUntil(knows, 8_000)).toBe(true);
    }
  });

  it("all know of it within a second where news does not wait", () => {
    const town = new StateTown({ seed: 1, nodesCount: 100 });
    town.simulator.runForMs(3_000);
    town.nodes[0]?.step(() => town.resident(0).state.own.set("k", bytes(1)));
    const knows = () => town.residents.every(({ state }) => state.of("n0")?.get("k"));
    expect(town.simulator.runUntil(knows, 1_000)).toBe(true);
  });
});
