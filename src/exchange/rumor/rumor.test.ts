import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../core/options.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { ExchangeRig } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { RumorTimer } from "./rumor.contract.ts";
import type { RumorMessage, Told } from "./rumor.messages.ts";
import { standings } from "./rumor.messages.ts";
import { checkRumorOptions, peersTimesRounds, rumorDefaults } from "./rumor.options.ts";
import { Rumor } from "./rumor.ts";

type Given = Parameters<typeof resolveOptions<typeof rumorDefaults>>[2];

const ROUND_MS = rumorDefaults.roundIntervalMs;
const { cold, expected: awaited, unknown } = standings;

function rig(given: Given, peersCount = 5) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<RumorMessage, RumorTimer>();
  const options = resolveOptions("rumor", rumorDefaults, given, checkRumorOptions);
  const rumor = new Rumor(env, world, options);
  rumor.enrol(world.enrolled);
  rumor.start();
  return {
    world,
    env,
    rumor,
    write: (value = 1) => world.history.append(Uint8Array.of(value)),
    hear: (from: string, message: RumorMessage) => rumor.onMessage(peerId(from), message),
    /** Lets time pass. @returns what was sent. */
    pass: (durationMs: number) => {
      env.taken();
      env.advance(durationMs, rumor);
      const all = [...env.sent];
      env.taken();
      return all;
    },
    /** What was sent since it was asked for last. */
    sent: () => {
      const all = [...env.sent];
      env.taken();
      return all;
    },
    count: (name: string) => world.counts.get(name) ?? 0,
  };
}

type Rig = ReturnType<typeof rig>;

/** The one call that is made in the next round, or undefined. */
function nextCall(town: Rig) {
  let sent = town.pass(0);
  for (let ms = 0; ms < ROUND_MS && sent.length === 0; ms += 1) sent = town.pass(1);
  const [one, ...others] = sent;
  expect(others).toEqual([]);
  if (one === undefined) return undefined;
  const { message, to } = one;
  if (message.kind !== "call") throw new Error(`a ${message.kind}`);
  return { to: String(to), call: message };
}

/** Calls, and how the peer stood to what it was told. */
function talk(town: Rig, standing: number): void {
  const found = nextCall(town);
  if (found === undefined) throw new Error("no call");
  const { call, to } = found;
  const theirs = call.rumors.map(() => standing);
  town.hear(to, {
    kind: "answer",
    round: call.round,
    feedback: "feedback",
    standings: theirs,
    rumors: [],
  });
}

function told(town: Rig, name: string, more: Partial<Told> = {}): Told {
  const { dot, replica, update } = town.world.foreign(name);
  return { dot, replica, update, standing: 1, hops: 1, ...more };
}

function called(rumors: readonly Told[], more: object = {}): RumorMessage {
  return { kind: "call", round: 7, mode: "push", feedback: "feedback", rumors, ...more };
}

describe("rumors that are pushed", () => {
  it("are told at once, then once a round, until so many contacts knew them", () => {
    const town = rig({ mode: "push", interestCount: 2 });
    expect(nextCall(town)).toBeUndefined();
    town.write();
    const first = town.pass(0);
    expect(first).toHaveLength(1);
    expect(first[0]?.message).toMatchObject({ kind: "call", rumors: [{ standing: 1, hops: 1 }] });
    talk(town, cold);
    expect(town.rumor.hotCount).toBe(1);
    talk(town, cold);
    expect(nextCall(town)).toBeUndefined();
    expect([town.rumor.hotCount, town.count("rumor.cooled")]).toEqual([0, 1]);
    expect(town.env.pendingTimersCount).toBe(0);
  });

  it("are told on after a useful contact as if they were new", () => {
    const town = rig({ mode: "push", interestCount: 2 });
    town.write();
    for (const standing of [cold, unknown, cold, unknown, cold]) talk(town, standing);
    expect(nextCall(town)?.call.rumors[0]?.standing).toBe(2);
  });

  it("are told so many times where nobody answers, when contacts are blind", () => {
    const town = rig({ ...peersTimesRounds(3, 2) });
    town.write();
    const peers = [town.pass(ROUND_MS - 1), town.pass(ROUND_MS), town.pass(ROUND_MS)];
    expect(peers.map((sent) => sent.length)).toEqual([3, 3, 0]);
    expect(new Set(peers[0]?.map(({ to }) => to)).size).toBe(3);
    expect(town.count("rumor.updatesSent")).toBe(6);
  });

  it("stay hot while nobody answers, but not for ever", () => {
    const town = rig({ mode: "push", hotRoundsMaxCount: 5 });
    town.write();
    const sent = [1, 2, 3, 4, 5, 6, 7].map(() => town.pass(ROUND_MS).length);
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(town.count("rumor.expired")).toBe(1);
  });

  it("lose interest by the toss of a coin, in one of k", () => {
    let tosses = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const env = new RecordingEnv<RumorMessage, RumorTimer>({ seed });
      const world = new ExchangeRig(3);
      const given = { mode: "push", feedback: "blind", loss: "coin", interestCount: 4 } as const;
      const rumor = new Rumor(env, world, resolveOptions("rumor", rumorDefaults, given));
      rumor.enrol(world.enrolled);
      rumor.start();
      world.history.append(Uint8Array.of(1));
      env.advance(100 * ROUND_MS, rumor);
      tosses += world.counts.get("rumor.updatesSent") ?? 0;
    }
    expect(tosses / 200).toBeGreaterThan(3.2);
    expect(tosses / 200).toBeLessThan(4.8);
  });

  it("share a message as long as there is room, each in its turn", () => {
    const town = rig({ mode: "push", feedback: "blind", interestCount: 9, messageMaxBytes: 2 });
    for (const value of [1, 2, 3]) town.write(value);
    const seqs = [1, 2, 3].map(() => nextCall(town)?.call.rumors.map(({ dot }) => dot.seq));
    expect(seqs).toEqual([
      [1, 2],
      [3, 1],
      [2, 3],
    ]);
  });

  it("are passed on with how far they have come, and told of as news or as known", () => {
    const town = rig({ mode: "push" });
    town.hear("p1", called([told(town, "far", { hops: 3 })]));
    expect(town.sent()).toMatchObject([
      { to: "p1", message: { kind: "answer", round: 7, standings: [unknown], rumors: [] } },
    ]);
    // In the cycle in which it came it was unknown when the cycle began.
    town.hear("p2", called([told(town, "far")]));
    expect(town.sent()[0]?.message).toMatchObject({ standings: [unknown] });
    expect(nextCall(town)?.call.rumors).toMatchObject([{ hops: 4 }]);
    town.pass(ROUND_MS + 1);
    town.hear("p3", called([told(town, "far")]));
    expect(town.sent()[0]?.message).toMatchObject({ standings: [1] });
    expect(town.rumor.statisticsOf("x")).toMatchObject({
      newsCount: 1,
      hopsCount: 3,
      duplicatesCount: 2,
    });
    expect(town.rumor.statisticsOf("y")).toBeUndefined();
  });

  it("are not told when their replica takes them for no news, or drops them", () => {
    const town = rig({ mode: "push" });
    const bad = told(town, "far", { update: "nonsense" });
    town.hear("p1", called([bad]));
    expect(town.sent()[0]?.message).toMatchObject({ standings: [cold] });
    expect(town.rumor.hotCount).toBe(0);
    town.write();
    town.world.history.get = () => undefined;
    expect(nextCall(town)).toBeUndefined();
    town.pass(ROUND_MS);
    expect(town.rumor.hotCount).toBe(0);
  });
});

describe("rumors that are asked for", () => {
  it("are given to who asks, and all that were served in a cycle are judged together", () => {
    const town = rig({ mode: "pull", interestCount: 1 });
    town.write();
    const serve = (peer: string, round: number, standing: number) => {
      town.hear(peer, called([], { mode: "pull", round }));
      const [answer] = town.sent();
      expect(answer).toMatchObject({ to: peer, message: { kind: "answer", round } });
      town.hear(peer, { kind: "feedback", round, standings: [standing] });
    };
    serve("p1", 1, cold);
    serve("p2", 2, unknown);
    serve("p3", 3, cold);
    town.pass(ROUND_MS);
    expect(town.rumor.hotCount).toBe(1);
    serve("p1", 4, cold);
    town.pass(ROUND_MS);
    expect(town.rumor.hotCount).toBe(0);
    town.hear("p1", called([], { mode: "pull" }));
    expect(town.sent()).toEqual([]);
  });

  it("are asked for in every round, and seldom when all is quiet", () => {
    const town = rig({ mode: "pull", idleIntervalMs: 10 * ROUND_MS });
    town.hear("p1", called([told(town, "far")]));
    expect(town.pass(20 * ROUND_MS).length).toBeGreaterThan(18);
    town.pass(20 * ROUND_MS);
    expect(town.pass(20 * ROUND_MS)).toHaveLength(2);
  });

  it("are sent back both ways, but not to who has just told them", () => {
    const town = rig({ mode: "pushPull" });
    town.write();
    town.hear("p1", called([told(town, "far")], { mode: "pushPull" }));
    const [answer] = town.sent();
    const message = answer?.message;
    if (message?.kind !== "answer") throw new Error("no answer");
    expect(message.standings).toEqual([unknown]);
    expect(message.rumors.map(({ dot }) => dot.origin)).toEqual([makeOrigin("self", 1)]);
    expect(town.count("rumor.updatesSpared")).toBe(1);
    const call = nextCall(town)?.call;
    expect(call?.rumors).toHaveLength(2);
    town.hear("p9", { ...message, round: call?.round ?? 0 });
    expect(town.count("rumor.dropped.stale")).toBe(1);
  });
});

describe("who knows a rumor already", () => {
  it("loses interest alone when it is the less tired of two (minimization)", () => {
    const given = { mode: "pushPull", minimization: "smallerCounts", interestCount: 2 } as const;
    const town = rig(given);
    town.write();
    // Its own counter is 0, told as 1; the other's is higher, equal, lower.
    talk(town, 2);
    talk(town, 2);
    expect(nextCall(town)?.call.rumors ?? []).toEqual([]);
    const other = rig({ ...given, interestCount: 3 });
    other.write();
    talk(other, cold);
    for (let at = 0; at < 5; at += 1) talk(other, 1);
    expect(nextCall(other)?.call.rumors[0]?.standing).toBe(2);
  });

  it("counts by the median of those it met", () => {
    const town = rig({ mode: "pushPull", loss: "medianCounter" }, 3_000);
    town.write();
    // ln ln 3000 is 2.08: three steps, then three rounds more.
    talk(town, 1);
    talk(town, unknown);
    talk(town, 1);
    expect(nextCall(town)?.call.rumors[0]?.standing).toBe(2);
    talk(town, standings.cooling);
    expect(nextCall(town)?.call.rumors[0]?.standing).toBe(standings.cooling);
    talk(town, unknown);
    talk(town, unknown);
    expect(nextCall(town)?.call.rumors).toEqual([]);
  });
});

describe("rumors that are announced", () => {
  it("are sent only to who lacks them", () => {
    const town = rig({ mode: "push", payloads: "announced" });
    town.write();
    const found = nextCall(town);
    expect(found?.call.rumors).toMatchObject([{ update: undefined }]);
    town.env.taken();
    const round = found?.call.round ?? 0;
    const answer = { kind: "answer", round, feedback: "feedback", rumors: [] } as const;
    town.hear(found?.to ?? "", { ...answer, standings: [unknown] });
    expect(town.sent()).toMatchObject([{ to: found?.to, message: { kind: "payloads" } }]);
    talk(town, awaited);
    expect(town.sent().filter(({ message }) => message.kind === "payloads")).toEqual([]);
    expect(town.count("rumor.updatesSent")).toBe(1);
  });

  it("are wanted from one peer in a cycle", () => {
    const town = rig({ mode: "push", payloads: "announced" });
    const named = told(town, "far", { update: undefined });
    town.hear("p1", called([named]));
    town.hear("p2", called([named]));
    const answers = town.sent().map(({ message }) => message);
    expect(answers).toMatchObject([{ standings: [unknown] }, { standings: [awaited] }]);
    town.hear("p1", { kind: "payloads", round: 7, rumors: [told(town, "far")] });
    expect(town.world.heldOf("far")).toBe(1);
    expect(nextCall(town)?.call.rumors).toMatchObject([{ update: undefined }]);
  });
});

describe("a node of few connections", () => {
  it("knocks, and tries others where it is not let in", () => {
    const town = rig({ mode: "push", connectionsMaxCount: 1, huntsMaxCount: 1 });
    town.write();
    const [knock] = town.pass(0);
    expect(knock?.message.kind).toBe("knock");
    const to = String(knock?.to);
    const round = knock?.message.round ?? 0;
    town.env.taken();
    town.hear(to, { kind: "busy", round });
    const [second] = town.sent();
    expect(second?.message.kind).toBe("knock");
    expect(second?.to).not.toBe(to);
    const other = String(second?.to);
    town.hear(other, { kind: "welcome", round: second?.message.round ?? 0 });
    expect(town.sent()).toMatchObject([{ to: other, message: { kind: "call" } }]);
    expect(town.count("rumor.busy")).toBe(1);
  });

  it("lets in so many in a cycle, and no call of others", () => {
    const town = rig({ mode: "push", connectionsMaxCount: 1 });
    town.hear("p1", { kind: "knock", round: 7 });
    town.hear("p2", { kind: "knock", round: 8 });
    town.hear("p1", called([told(town, "far")]));
    town.hear("p3", called([told(town, "near")]));
    const kinds = town.sent().map(({ message }) => message.kind);
    expect(kinds).toEqual(["welcome", "busy", "answer", "busy"]);
    expect(town.world.heldOf("near")).toBe(0);
    town.pass(ROUND_MS);
    town.hear("p3", called([told(town, "near")]));
    expect(town.world.heldOf("near")).toBe(1);
  });
});

describe("what others say", () => {
  it("is counted and dropped when it makes no sense", () => {
    const town = rig({ mode: "push" });
    town.hear("p1", called([told(town, "far", { replica: "y" })]));
    expect(town.count("rumor.dropped.unknownReplica")).toBe(1);
    town.hear("p1", { kind: "feedback", round: 1, standings: [1] });
    town.hear("p1", { kind: "welcome", round: 1 });
    town.hear("p1", { kind: "busy", round: 1 });
    expect(town.count("rumor.dropped.stale")).toBe(3);
    town.write();
    const found = nextCall(town);
    const answer = { kind: "answer", round: found?.call.round ?? 0, feedback: "feedback" } as const;
    town.hear(found?.to ?? "", { ...answer, standings: [1, 2], rumors: [] });
    expect(town.count("rumor.dropped.absurd")).toBe(1);
  });

  it("fills no list without bound: the oldest rumor makes room", () => {
    const town = rig({ mode: "push", hotMaxCount: 2 });
    for (const name of ["a", "b", "c"]) town.hear("p1", called([told(town, name)]));
    expect([town.rumor.hotCount, town.count("rumor.dropped.hotListFull")]).toEqual([2, 1]);
    expect(nextCall(town)?.call.rumors.map(({ dot }) => dot.origin)).toEqual([
      makeOrigin("b", 1),
      makeOrigin("c", 1),
    ]);
  });

  it("has a budget for each peer, and for each origin", () => {
    const town = rig({ mode: "push", peerRumorsPerSecond: 2, originRumorsPerSecond: 1 });
    for (const name of ["a", "b", "c"]) town.hear("p1", called([told(town, name)]));
    expect(town.count("rumor.dropped.peerBudget")).toBe(1);
    town.hear("p2", called([told(town, "d"), told(town, "d", second(town))]));
    expect(town.count("rumor.dropped.originBudget")).toBe(1);
    // It is known here, though it is not passed on.
    expect(town.world.history.seen.size).toBe(4);
    expect(town.rumor.hotCount).toBe(3);
  });

  it("is not heard after the end", () => {
    const town = rig({ mode: "pull" });
    town.write();
    town.rumor.stop();
    town.hear("p1", called([told(town, "far")]));
    expect(town.pass(10 * ROUND_MS)).toEqual([]);
    expect([town.rumor.hotCount, town.world.heldOf("far")]).toEqual([0, 0]);
  });
});

function second(town: Rig): Partial<Told> {
  return { dot: { ...told(town, "d").dot, seq: 2 } };
}

describe("a replica", () => {
  it("that is withdrawn is neither told nor heard of any more", () => {
    const town = rig({ mode: "push" });
    town.write();
    town.rumor.withdraw("x");
    town.write();
    expect(town.rumor.hotCount).toBe(0);
    town.hear("p1", called([told(town, "far")]));
    expect(town.count("rumor.dropped.unknownReplica")).toBe(1);
  });
});

describe("options", () => {
  it.each([
    [{ interestCount: 0 }, /interestCount/],
    [{ fanoutCount: 0 }, /fanoutCount/],
    [{ roundIntervalMs: 0 }, /roundIntervalMs/],
    [{ payloads: "announced", feedback: "blind" }, /announced/],
    [{ loss: "medianCounter", mode: "push" }, /medianCounter/],
    [{ minimization: "smallerCounts", mode: "pull" }, /minimization/],
  ] as const)("that contradict each other are refused: %j", (given, problem) => {
    expect(() => resolveOptions("rumor", rumorDefaults, given, checkRumorOptions)).toThrow(problem);
  });
});
