import { describe, expect, it } from "vitest";
import { resolveOptions } from "../../core/options.ts";
import { makeOrigin } from "../../core/peer.ts";
import { ExchangeRig } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import { called, nextCall, ROUND_MS, rig, talk, told } from "../../testing/rumor-rig.ts";
import type { RumorTimer } from "./rumor.contract.ts";
import { type RumorMessage, standings } from "./rumor.messages.ts";
import { peersTimesRounds, rumorDefaults } from "./rumor.options.ts";
import { Rumor } from "./rumor.ts";

const { cold, expected: awaited, unknown } = standings;

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
      receivedBytes: 3,
      sentCount: 2,
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

describe("large rumors", () => {
  it("are announced among eager ones, and each is sent by itself to who lacks it", () => {
    const town = rig({ mode: "push", announceFromBytes: 0 });
    town.write();
    const found = nextCall(town);
    expect(found?.call.rumors).toMatchObject([{ update: undefined }]);
    town.env.taken();
    const round = found?.call.round ?? 0;
    const answer = { kind: "answer", round, feedback: "feedback", rumors: [] } as const;
    town.hear(found?.to ?? "", { ...answer, standings: [unknown] });
    expect(town.sent()).toMatchObject([
      { message: { kind: "payloads", rumors: [{ standing: 1 }] } },
    ]);
  });

  it("are wanted from one peer for as long as one may take, and then from another", () => {
    const town = rig({ mode: "push", announceFromBytes: 0, largeWaitMs: 5_000 });
    const named = told(town, "far", { update: undefined });
    const stood = (peer: string) => {
      town.hear(peer, called([named]));
      return town.sent().map(({ message }) => message);
    };
    expect(stood("p1")).toMatchObject([{ standings: [unknown] }]);
    town.pass(4_999);
    expect(stood("p2")).toMatchObject([{ standings: [awaited] }]);
    town.pass(2);
    expect(stood("p2")).toMatchObject([{ standings: [unknown] }]);
  });
});
