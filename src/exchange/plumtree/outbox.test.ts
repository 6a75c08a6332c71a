import { describe, expect, it } from "vitest";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import { ExchangeRig } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { PlumtreeTimer } from "./plumtree.contract.ts";
import { type Part, type PlumtreeMessage, ROUND_MAX } from "./plumtree.messages.ts";
import { type PlumtreeOptions, plumtreeDefaults } from "./plumtree.options.ts";
import { Plumtree } from "./plumtree.ts";

const far = makeOrigin("far", 1);
const [p1, p2] = [peerId("p1"), peerId("p2")];
const silence = { replica: "x", gossips: [], announced: [], offered: [], lacked: [] } as const;

function rig(given: Partial<PlumtreeOptions> = {}) {
  const world = new ExchangeRig(2);
  const env = new RecordingEnv<PlumtreeMessage, PlumtreeTimer>();
  const congested = new Set<PeerId>();
  const { counters, peers } = world;
  const isCongested = (peer: PeerId) => congested.has(peer);
  const options: PlumtreeOptions = { ...plumtreeDefaults, trees: "shared", ...given };
  const plumtree = new Plumtree(env, { peers, counters, isCongested }, options);
  plumtree.enrol(world.enrolled);
  plumtree.start();
  const say = (from: PeerId, ...parts: Partial<Part>[]) => {
    const whole = parts.map((part) => ({
      ...silence,
      wanted: [],
      grafts: [],
      prunes: [],
      ...part,
    }));
    plumtree.onMessage(from, { kind: "batch", parts: whole });
  };
  /** All that `to` was sent since the last time. */
  const told = (to: PeerId) => {
    const sent = env.sent.filter((one) => one.to === to);
    env.taken();
    return sent.flatMap(({ message }) => message.parts);
  };
  const write = (...numbers: number[]) => {
    for (const number of numbers) world.history.append(Uint8Array.of(number));
  };
  return { world, env, plumtree, congested, say, told, write };
}

function gossip(first: number, round: number) {
  return { origin: far, first, round, updates: [{ atMs: 1, payload: Uint8Array.of(first) }] };
}

describe("what waits for a peer", () => {
  it("is only announced when the peer has cut its branch off meanwhile", () => {
    const { congested, env, plumtree, say, told, world, write } = rig();
    congested.add(p1);
    write(1, 2, 3);
    say(p1, { prunes: [""] });
    congested.clear();
    env.taken();
    env.advance(50, plumtree);
    const parts = told(p1);
    expect(parts.flatMap((part) => part.gossips)).toEqual([]);
    expect(parts.flatMap((part) => part.announced)).toMatchObject([{ first: 1, last: 3 }]);
    expect(world.counts.get("plumtree.demoted")).toBe(3);
  });

  it("is given nevertheless where it was asked for", () => {
    const { env, plumtree, say, told } = rig();
    say(p2, { gossips: [gossip(1, 0)] });
    env.taken();
    const wanted = [{ origin: far, first: 1, last: 1, round: 1 }];
    say(p1, { wanted, prunes: [""] });
    env.advance(50, plumtree);
    expect(told(p1).flatMap((part) => part.gossips)).toMatchObject([{ first: 1 }]);
  });

  it("is bounded whatever the peer asks while it takes no answer", () => {
    const { congested, plumtree, env, say, told, world } = rig({ queueMaxCount: 10 });
    congested.add(p1);
    for (let at = 0; at < 50; at += 1) {
      const replica = `unknown ${at}`;
      const seq = 1 + 2 * at;
      const wanted = [{ origin: far, first: seq, last: seq, round: 1 }];
      say(p1, { replica, gossips: [gossip(1, 0)] }, { wanted });
      env.advance(20, plumtree);
    }
    congested.clear();
    env.taken();
    env.advance(50, plumtree);
    const parts = told(p1);
    expect(parts.length).toBeLessThanOrEqual(11);
    expect(parts.flatMap((part) => part.lacked).length).toBeLessThanOrEqual(10);
    expect(world.counts.get("plumtree.dropped.questions")).toBeGreaterThan(50);
  });

  it("is forgotten with its replica, whose updates nobody could write any more", () => {
    const { congested, env, plumtree, told, write } = rig();
    congested.add(p1);
    write(1, 2);
    plumtree.withdraw("x");
    congested.clear();
    env.taken();
    env.advance(50, plumtree);
    expect(told(p1)).toEqual([]);
  });

  it("leaves when it stops, and nothing is said afterwards", () => {
    const { env, plumtree, say, told, write } = rig();
    write(1);
    say(p2, { announced: [{ origin: far, first: 1, last: 1, round: 1 }] });
    env.taken();
    write(2);
    plumtree.stop();
    expect(told(p1).flatMap((part) => part.gossips)).toMatchObject([{ first: 2 }]);
    env.advance(100_000, plumtree);
    expect(env.taken()).toEqual([]);
  });
});

it("passes on what came the longest way so that peers still believe it", () => {
  const { say, told } = rig();
  say(p2, { gossips: [gossip(1, ROUND_MAX)] });
  expect(told(p1).flatMap((part) => part.gossips)).toMatchObject([{ round: ROUND_MAX }]);
});
