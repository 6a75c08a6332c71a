import { describe, expect, it } from "vitest";
import { called, nextCall, type Rig, ROUND_MS, rig, talk, told } from "../../testing/rumor-rig.ts";
import { type AnswerMessage, standings } from "./rumor.messages.ts";
import { rumorDefaults } from "./rumor.options.ts";

const { cold, unknown } = standings;
const { idleIntervalMs, namedForMs } = rumorDefaults;
const asking = { mode: "pushPull", wantsNames: true } as const;

/** A node that wrote `count` updates and tells none of them any more. */
function cooled(count = 1, given = {}, bytes = 1): Rig {
  const town = rig({ interestCount: 1, ...given });
  Object.assign(town.world.enrolled, { sizeOf: () => bytes });
  for (let at = 1; at <= count; at += 1) town.write(at);
  while (town.rumor.hotCount > 0) talk(town, cold);
  return town;
}

/** What a peer hears that asks for names; undefined when it hears nothing. */
function answered(town: Rig, more: object = {}): AnswerMessage | undefined {
  town.sent();
  town.hear("p1", called([], { ...asking, ...more }));
  const [sent] = town.sent();
  if (sent === undefined) return undefined;
  if (sent.message.kind !== "answer") throw new Error(`a ${sent.message.kind}`);
  return sent.message;
}

describe("a rumor that is told no more", () => {
  it("is named to who asks for names, and sent to who lacks it", () => {
    const town = cooled();
    expect(answered(town)?.rumors).toMatchObject([{ update: undefined, standing: cold }]);
    town.hear("p1", { kind: "feedback", round: 7, standings: [unknown] });
    expect(town.sent()).toMatchObject([
      { to: "p1", message: { kind: "payloads", rumors: [{ standing: cold, dot: { seq: 1 } }] } },
    ]);
    expect([town.count("rumor.named"), town.count("rumor.namedWanted")]).toEqual([1, 1]);
  });

  it("is not sent to who knows it, nor named to who does not ask", () => {
    const town = cooled();
    expect(answered(town)).toBeDefined();
    town.hear("p1", { kind: "feedback", round: 7, standings: [cold] });
    expect(town.sent()).toEqual([]);
    expect(answered(town, { wantsNames: false })).toBeUndefined();
    expect(answered(town, { feedback: "blind" })).toBeUndefined();
  });

  it("is named for a while only, and not at all with 0", () => {
    const town = cooled();
    town.pass(namedForMs - ROUND_MS);
    expect(answered(town)).toBeDefined();
    town.pass(2 * ROUND_MS + idleIntervalMs);
    expect(answered(town)).toBeUndefined();
    expect(answered(cooled(1, { namedForMs: 0 }))).toBeUndefined();
  });

  it("is not named when its replica holds it no more, or is closed", () => {
    const town = cooled(2);
    const { history } = town.world;
    const get = history.get.bind(history);
    history.get = (dot) => (dot.seq === 1 ? undefined : get(dot));
    expect(answered(town)?.rumors).toMatchObject([{ dot: { seq: 2 } }]);
    town.rumor.withdraw("x");
    expect(answered(town)).toBeUndefined();
  });

  it("is named behind what is still told, whose feedback is judged as ever", () => {
    const town = cooled();
    town.write(2);
    const heard = answered(town)?.rumors;
    expect(heard?.map(({ standing }) => standing)).toEqual([1, cold]);
    town.hear("p1", { kind: "feedback", round: 7, standings: [cold, cold] });
    town.pass(ROUND_MS);
    expect(town.rumor.hotCount).toBe(0);
    town.hear("p1", called([], asking));
    town.hear("p1", { kind: "feedback", round: 7, standings: [cold] });
    expect(town.count("rumor.dropped.absurd")).toBe(1);
  });

  it("is not sent when its replica was closed after it had been named", () => {
    const town = cooled();
    expect(answered(town)).toBeDefined();
    town.rumor.withdraw("x");
    town.hear("p1", { kind: "feedback", round: 7, standings: [unknown] });
    expect(town.sent()).toEqual([]);
  });

  it("is sent to who wants it, told before by its name and cold by now", () => {
    const town = rig({ interestCount: 1, announceFromBytes: 0 });
    town.write();
    const heard = answered(town, { round: 8 });
    expect(heard?.rumors).toMatchObject([{ update: undefined, standing: 1 }]);
    talk(town, cold);
    town.pass(ROUND_MS);
    expect(town.rumor.hotCount).toBe(0);
    town.hear("p1", { kind: "feedback", round: 8, standings: [unknown] });
    expect(town.sent()).toMatchObject([{ to: "p1", message: { kind: "payloads" } }]);
  });

  it("shares a message with others only as far as there is room", () => {
    const town = cooled(4, {}, 400);
    expect(answered(town)?.rumors).toHaveLength(4);
    const standings = [unknown, unknown, cold, unknown];
    town.hear("p1", { kind: "feedback", round: 7, standings });
    const given = town.sent().map(({ message }) => "rumors" in message && message.rumors);
    expect(given).toMatchObject([
      [{ dot: { seq: 1 } }, { dot: { seq: 2 } }],
      [{ dot: { seq: 4 } }],
    ]);
  });

  it("is named for a while only where nobody asks, either", () => {
    const town = rig({ mode: "push", interestCount: 1 });
    town.write();
    talk(town, cold);
    town.pass(2 * ROUND_MS);
    expect(answered(town)).toBeDefined();
    town.pass(namedForMs);
    expect(answered(town)).toBeUndefined();
  });

  it("waits for its turn where a message has no room for all names", () => {
    const town = cooled(5, { messageMaxBytes: 40 });
    const seqs = [1, 2, 3].map(() => answered(town)?.rumors.map(({ dot }) => dot.seq));
    expect(seqs).toEqual([
      [1, 2],
      [3, 4],
      [5, 1],
    ]);
  });
});

describe("a node that hears names", () => {
  it("wants what it lacks, from one peer, and tells it on", () => {
    const town = rig({});
    const named = told(town, "far", { update: undefined, standing: cold });
    const round = nextCall(town)?.call.round ?? 0;
    const [to] = ["p1", "p2", "p3", "p4", "p5"].filter((peer) => {
      const answer = { kind: "answer", round, feedback: "feedback", standings: [] } as const;
      town.hear(peer, { ...answer, rumors: [named] });
      return town.sent().length > 0;
    });
    expect(to).toBeDefined();
    town.hear("p1", called([named], { mode: "pushPull" }));
    expect(town.sent()).toMatchObject([{ message: { standings: [standings.expected] } }]);
    town.hear(to ?? "", { kind: "payloads", round, rumors: [told(town, "far")] });
    expect(town.world.heldOf("far")).toBe(1);
    expect(nextCall(town)?.call.rumors).toMatchObject([{ replica: "x" }]);
  });

  it("asks another peer soon, when what it asked for got lost", () => {
    const town = rig({});
    const heard = (standing: number): number => {
      town.sent();
      const named = told(town, "far", { update: undefined, standing });
      town.hear("p1", called([named], { mode: "pushPull" }));
      const [sent] = town.sent();
      return sent?.message.kind === "answer" ? (sent.message.standings[0] ?? -1) : -1;
    };
    expect(heard(cold)).toBe(unknown);
    town.pass(idleIntervalMs / 2);
    expect(heard(cold)).toBe(standings.expected);
    town.pass(idleIntervalMs / 2);
    expect(heard(1)).toBe(unknown);
    // A large one that was announced takes its time.
    town.pass(2 * idleIntervalMs);
    expect(heard(cold)).toBe(standings.expected);
  });

  it("charges to a peer's budget only what it wants of them", () => {
    const town = rig({ peerRumorsPerSecond: 2 });
    town.hear("p1", called([told(town, "far")]));
    const named = told(town, "far", { update: undefined, standing: cold });
    town.hear("p2", called([named, named, named, told(town, "near")]));
    expect([town.world.heldOf("near"), town.count("rumor.dropped.peerBudget")]).toEqual([1, 0]);
    const others = ["a", "b", "c"].map((name) => told(town, name, { update: undefined }));
    town.hear("p3", called(others));
    expect(town.count("rumor.dropped.peerBudget")).toBe(1);
  });

  it("is silent about names of what it knows", () => {
    const town = rig({});
    town.hear("p1", called([told(town, "far")]));
    talk(town, cold);
    talk(town, cold);
    const found = nextCall(town);
    const round = found?.call.round ?? 0;
    const rumors = [told(town, "far", { update: undefined, standing: cold })];
    const answer = { kind: "answer", round, feedback: "feedback", standings: [] } as const;
    town.sent();
    town.hear(found?.to ?? "", { ...answer, rumors });
    expect(town.sent()).toEqual([]);
  });
});

describe("names are asked for", () => {
  const asks = (town: Rig, durationMs: number) =>
    town.pass(durationMs).filter(({ message }) => message.kind === "call" && message.wantsNames);

  it("once in a while, by the quiet and by the busy", () => {
    const quiet = asks(rig({}), 10 * idleIntervalMs).length;
    expect(quiet).toBeGreaterThanOrEqual(9);
    expect(quiet).toBeLessThanOrEqual(12);
    const busy = rig({ hotRoundsMaxCount: 1_000 });
    busy.write();
    const sent = asks(busy, 10 * idleIntervalMs).length;
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(sent).toBeLessThanOrEqual(12);
  });

  it("by nobody who only pushes, is blind, is in step or names nothing", () => {
    for (const given of [
      { mode: "push" },
      { feedback: "blind" },
      { rounds: "synchronous" },
      { namedForMs: 0 },
    ] as const) {
      const town = rig(given);
      town.write();
      expect(asks(town, 10 * idleIntervalMs)).toEqual([]);
    }
  });
});
