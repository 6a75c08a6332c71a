import { afterEach, describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import type { TestCluster } from "../../testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../testing/test-cluster/create-test-cluster.ts";
import type { ReachabilityEvent } from "./reachability.api.ts";

let cluster: TestCluster;

afterEach(() => cluster.stop());

/** What a node knows to be wrong: "from kind to". */
function wrongAt(name: string): string[] {
  const { exceptions } = cluster.node(name).members.reachability();
  return exceptions.map(({ from, kind, to }) => `${from} ${kind} ${to}`);
}

function allSay(wrong: readonly string[]): boolean {
  return cluster.names.every((name) => wrongAt(name).join() === wrong.join());
}

/** Looked at now and then, for at every event it would take long. */
async function soon(predicate: () => boolean, limitMs: number): Promise<void> {
  for (let ms = 0; ms < limitMs && !predicate(); ms += 500) await cluster.runForMs(500);
  expect(predicate()).toBe(true);
}

const isNothingKnown = () => allSay([]);

function countOf(name: string, metric: string): number {
  return cluster.node(name).metrics()[metric] ?? 0;
}

function deathsSeen(): number {
  return cluster.names.reduce((sum, name) => sum + countOf(name, "members.fail"), 0);
}

describe("who reaches whom", () => {
  test("a path that is cut one way is known to all soon, and so is its mending", async () => {
    cluster = await createTestCluster({ nodes: 5, seed: 3 });
    await cluster.runForMs(10_000);
    expect(isNothingKnown()).toBe(true);
    const events: ReachabilityEvent[] = [];
    cluster.node("n3").members.onReachability((event) => events.push(event));

    cluster.cut("n1", "n2");
    // What n2 sends arrives, and is not answered; n1 hears n2, which does not hear it.
    const wrong = ["n1 oneWayIn n2", "n2 oneWayOut n1"];
    await soon(() => allSay(wrong), 15_000);
    const picture = cluster.node("n4").members.reachability();
    expect(picture.sides).toEqual([
      { members: ["n3", "n4", "n5"], cutFrom: [] },
      { members: ["n1"], cutFrom: ["n2"] },
      { members: ["n2"], cutFrom: ["n1"] },
    ]);
    expect(picture.isCutFrom("n2", "n1")).toBe(true);
    expect(picture.isCutFrom("n2", "n3")).toBe(false);
    expect(picture.path("n2", "n1")).toMatchObject({ kind: "oneWayOut", packets: "unanswered" });
    expect(picture.path("n3", "n5").kind).toBe("direct");
    expect(picture.path("n3", "n9").kind).toBe("unknown");

    await cluster.runForMs(30_000);
    expect(allSay(wrong)).toBe(true);
    cluster.heal();
    await soon(isNothingKnown, 10_000);
    expect(deathsSeen()).toBe(0);
    const last = events.map(({ after, from, to }) => [`${from} ${to}`, after]);
    expect(Object.fromEntries(last)).toEqual({ "n1 n2": "direct", "n2 n1": "direct" });
    // Who is not concerned knocks nowhere.
    expect(["n3", "n4", "n5"].map((name) => countOf(name, "reachability.knocks"))).toEqual([
      0, 0, 0,
    ]);
  });

  test("two pairs that a third bridges are two sides, and nobody is taken for dead", async () => {
    cluster = await createTestCluster({ nodes: ["a1", "a2", "b1", "b2", "mid"], seed: 5 });
    for (const a of ["a1", "a2"]) {
      for (const b of ["b1", "b2"]) {
        cluster.cut(a, b);
        cluster.cut(b, a);
      }
    }
    const pairs = ["a1", "a2"].flatMap((a) => ["b1", "b2"].map((b) => [a, b] as const));
    const both = pairs.flatMap(([a, b]) => [`${a} indirect ${b}`, `${b} indirect ${a}`]).sort();
    await soon(() => allSay(both), 40_000);
    expect(cluster.node("mid").members.reachability().sides).toEqual([
      { members: ["mid"], cutFrom: [] },
      { members: ["a1", "a2"], cutFrom: ["b1", "b2"] },
      { members: ["b1", "b2"], cutFrom: ["a1", "a2"] },
    ]);
    await cluster.runForMs(20_000);
    expect(deathsSeen()).toBe(0);
    cluster.heal();
    await soon(isNothingKnown, 10_000);
  });

  test("who comes later learns of it, and the dead are not spoken of", async () => {
    cluster = await createTestCluster({ nodes: 4, seed: 7 });
    cluster.cut("n1", "n2");
    cluster.cut("n2", "n1");
    const wrong = ["n1 indirect n2", "n2 indirect n1"];
    await soon(() => allSay(wrong), 20_000);
    await cluster.runForMs(20_000);
    await cluster.add("late");
    await soon(() => wrongAt("late").join() === wrong.join(), 20_000);
    const ends: string[] = [];
    cluster.node("n1").members.onReachability(({ after, from, to }) => {
      ends.push(`${from} ${after} ${to}`);
    });
    cluster.crash("n2");
    const isSilent = () => ["n1", "n3", "late"].every((name) => wrongAt(name).length === 0);
    await soon(isSilent, 40_000);
    expect(ends).toContain("n1 unknown n2");
    expect(ends.filter((line) => line.includes("direct"))).toEqual([]);
  });
});

/** What is to be found out, from the cuts: "from>to". */
function truthOf(cuts: ReadonlySet<string>, names: readonly string[]): string[] {
  const wrong: string[] = [];
  for (const from of names) {
    for (const to of names) {
      const [isOut, isBack] = [cuts.has(`${from}>${to}`), cuts.has(`${to}>${from}`)];
      if (isOut && isBack) wrong.push(`${from} apart ${to}`);
      else if (isOut) wrong.push(`${from} oneWayIn ${to}`);
      else if (isBack) wrong.push(`${from} oneWayOut ${to}`);
    }
  }
  return wrong.sort();
}

test.each([1, 2, 3, 4])("any cuts are found, each as what it is (seed %i)", async (seed) => {
  cluster = await createTestCluster({ nodes: 7, seed });
  const dice = new Random(seed);
  const cuts = new Set<string>();
  const { names } = cluster;
  for (let count = 0; count < 6; count += 1) {
    const [from = "", to = ""] = dice.shuffle([...names]);
    cluster.cut(from, to);
    cuts.add(`${from}>${to}`);
  }
  const isTruth = (): boolean => {
    const truth = truthOf(cuts, names).join();
    return names.every(
      (name) =>
        wrongAt(name)
          .map((line) => line.replace(/ (indirect|none) /, " apart "))
          .sort()
          .join() === truth,
    );
  };
  await soon(isTruth, 60_000);
  for (const cut of [...cuts].slice(0, 3)) {
    const [from = "", to = ""] = cut.split(">");
    cluster.mend(from, to);
    cuts.delete(cut);
  }
  await soon(isTruth, 30_000);
  expect(deathsSeen()).toBe(0);
});

test("where packets are lost no path is taken for cut", async () => {
  cluster = await createTestCluster({ nodes: 5, seed: 11, network: { lossRatio: 0.1 } });
  await cluster.runForMs(120_000);
  const cuts = cluster.names.map((name) => countOf(name, "reachability.cut"));
  expect(cuts).toEqual([0, 0, 0, 0, 0]);
  const doubts = cluster.names.map((name) => countOf(name, "reachability.doubts"));
  expect(Math.max(...doubts)).toBeGreaterThan(0);
});
