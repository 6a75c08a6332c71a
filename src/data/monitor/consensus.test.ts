import { describe, expect, it } from "vitest";
import { Consensus, type ConsensusOptions, takeChanges } from "./consensus.ts";
import type { Verdict } from "./monitor.contract.ts";

const options: ConsensusOptions = {
  quorum: "majority",
  lingerRoundsCount: 20,
  cleanupRounds: () => 10,
};
const nobodyLeft = (): boolean => false;

function sightOf(self: string, names: readonly string[], given: Partial<ConsensusOptions> = {}) {
  const sight = new Consensus<string>(self, { ...options, ...given });
  sight.setSubjects(names, nobodyLeft);
  sight.beat(1);
  sight.merge(
    "",
    names.map((subject) => ({ subject, heartbeat: 1 })),
    [],
  );
  return sight;
}
let beat = 1;
/** `rounds` in which all of these speak, each with whom it suspects. */
function listen(
  sight: Consensus<string>,
  rounds: number,
  speakers: Readonly<Record<string, readonly string[]>>,
): void {
  for (let round = 0; round < rounds; round += 1) {
    sight.onRounds(1, "open");
    for (const [from, suspects] of Object.entries(speakers)) {
      const rows = suspects.length === 0 ? [] : [{ observer: from, suspects }];
      beat += 1;
      sight.merge(from, [{ subject: from, heartbeat: beat }], rows);
    }
  }
}
const ages = (sight: Consensus<string>): number[] =>
  sight.standings().map(({ ageRounds }) => ageRounds);
const verdictOf = (sight: Consensus<string>, name: string): Verdict | undefined =>
  sight.standing(name)?.verdict;

describe("the gossip list", () => {
  it("ages by rounds, and begins anew at each heartbeat that was not heard before", () => {
    const sight = sightOf("a", ["a", "b", "c"]);
    sight.onRounds(5, "open");
    expect(ages(sight)).toEqual([0, 5, 5]);
    sight.merge(
      "b",
      [
        { subject: "b", heartbeat: 3 },
        { subject: "c", heartbeat: 7 },
      ],
      [],
    );
    sight.onRounds(2, "open");
    sight.merge("b", [{ subject: "c", heartbeat: 7 }], []);
    expect(ages(sight)).toEqual([0, 2, 2]);
    sight.merge("b", [{ subject: "c", heartbeat: 8 }], []);
    expect(ages(sight)).toEqual([0, 2, 0]);
  });

  it("has a beat of its own, beyond a former life's, and with others' of the same group", () => {
    const sight = sightOf("a", ["a", "b"]);
    const own = (): number | undefined => sight.news()[0]?.heartbeat;
    sight.beat(100);
    expect(own()).toBe(100);
    sight.beat(100);
    expect(own()).toBe(101);
    sight.merge("b", [{ subject: "a", heartbeat: 500 }], []);
    // Somebody else has just raised it.
    sight.beat(102);
    expect(own()).toBe(500);
    sight.beat(103);
    expect(own()).toBe(501);
  });

  it("believes nobody about this node, and nothing about strangers", () => {
    const sight = sightOf("a", ["a", "b"]);
    const rows = [{ observer: "b", suspects: ["a", "zz"] }];
    sight.merge(
      "b",
      [
        { subject: "b", heartbeat: 1 },
        { subject: "zz", heartbeat: 1 },
      ],
      rows,
    );
    expect(verdictOf(sight, "a")).toBe("live");
    expect(sight.has("zz")).toBe(false);
    const verdicts = ["a", "b", "zz"].map((name) => sight.onVerdict(name));
    expect(verdicts).toEqual(["refused", "refused", "known"]);
  });
});

describe("the suspect matrix", () => {
  it("makes a death of the suspicion of more than half of the observers", () => {
    const sight = sightOf("a", ["a", "b", "c", "d", "x"]);
    listen(sight, 11, { b: [], c: [], d: [] });
    expect(verdictOf(sight, "x")).toBe("suspect");
    expect(sight.judge()).toEqual([]);
    listen(sight, 1, { b: ["x"], c: [], d: [] });
    expect(sight.judge()).toEqual([]);
    listen(sight, 1, { b: ["x"], c: ["x"], d: [] });
    expect(sight.judge()).toEqual(["x"]);
    expect(verdictOf(sight, "x")).toBe("dead");
    expect(sight.judge()).toEqual([]);
  });

  it("asks all observers when the quorum is all, and none that is itself suspected", () => {
    const sight = sightOf("a", ["a", "b", "c", "y", "x"], { quorum: "all" });
    listen(sight, 11, { b: ["x"], c: [] });
    // y is silent, too: that it has not said a word against x does not save x.
    expect(sight.suspects()).toEqual(["y", "x"]);
    expect(sight.judge()).toEqual([]);
    listen(sight, 1, { b: ["x"], c: ["x"] });
    expect(sight.judge()).toEqual(["x"]);
  });

  it("takes a row from whoever has fresher news of its observer, and an empty one for none", () => {
    const sight = sightOf("a", ["a", "b", "c", "x"]);
    const c = { observer: "c", suspects: ["x"] };
    sight.merge("b", [{ subject: "c", heartbeat: 5 }], [c]);
    expect(sight.matrix()).toEqual([c]);
    sight.merge("b", [{ subject: "c", heartbeat: 4 }], []);
    expect(sight.matrix()).toEqual([c]);
    sight.merge("b", [{ subject: "c", heartbeat: 6 }], []);
    expect(sight.matrix()).toEqual([]);
  });

  it("takes the dead back at a new heartbeat, not at an echo of an old one", () => {
    const sight = sightOf("a", ["a", "x"]);
    sight.merge("x", [{ subject: "x", heartbeat: 9 }], []);
    const told = new Map<string, Verdict>();
    expect(takeChanges(told, sight)).toEqual([]);
    sight.onRounds(11, "open");
    expect(sight.judge()).toEqual(["x"]);
    expect(takeChanges(told, sight).map(({ subject }) => subject)).toEqual(["x"]);
    expect(sight.merge("b", [{ subject: "x", heartbeat: 9 }], [])).toEqual([]);
    expect(sight.merge("b", [{ subject: "x", heartbeat: 10 }], [])).toEqual(["x"]);
    expect(takeChanges(told, sight)).toEqual([{ subject: "x", ageRounds: 0, verdict: "live" }]);
    expect(takeChanges(told, sight)).toEqual([]);
  });

  it("takes a verdict of another node where it has no fresh news", () => {
    const sight = sightOf("a", ["a", "b", "x"]);
    sight.onRounds(5, "open");
    expect(sight.onVerdict("x")).toBe("refused");
    sight.onRounds(1, "open");
    expect([sight.onVerdict("x"), sight.onVerdict("x")]).toEqual(["news", "known"]);
  });
});

describe("whom membership does not know any more", () => {
  it("is forgotten when it left, and watched until it is agreed upon when it did not", () => {
    const sight = sightOf("a", ["a", "b", "left", "crashed"]);
    sight.setSubjects(["a", "b"], (name) => name === "left");
    expect([sight.has("left"), sight.has("crashed")]).toEqual([false, true]);
    listen(sight, 11, { b: ["crashed"] });
    expect(sight.judge()).toEqual(["crashed"]);
    listen(sight, 9, { b: [] });
    expect(verdictOf(sight, "crashed")).toBe("dead");
    listen(sight, 1, { b: [] });
    expect(sight.has("crashed")).toBe(false);
  });
});

it("a node that slept accuses nobody until others had the time to be heard", () => {
  const sight = sightOf("a", ["a", "b", "c"]);
  sight.onRounds(500, "shut");
  expect([sight.suspects(), sight.judge(), sight.matrix()]).toEqual([[], [], []]);
  expect(ages(sight)).toEqual([0, 500, 500]);
  listen(sight, 10, { b: [] });
  expect(sight.suspects()).toEqual(["c"]);
});

it("who never spoke is neither suspected nor asked: it may know nothing of monitors", () => {
  const sight = new Consensus<string>("a", { ...options, quorum: "all" });
  sight.setSubjects(["a", "b", "old", "x"], nobodyLeft);
  sight.merge("b", [{ subject: "x", heartbeat: 5 }], []);
  expect(verdictOf(sight, "old")).toBe("unheard");
  listen(sight, 11, { b: ["x"] });
  expect(sight.suspects()).toEqual(["x"]);
  expect(sight.judge()).toEqual(["x"]);
  expect(verdictOf(sight, "old")).toBe("unheard");
});
