import { describe, expect, it } from "vitest";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import { Convergence, convergenceDefaults } from "./convergence.ts";
import { Detection, detectionDefaults } from "./detection.ts";
import { FakeWorld } from "./fake-world.ts";
import { FalsePositives, falsePositivesDefaults } from "./false-positives.ts";
import { Ghosts, ghostsDefaults } from "./ghosts.ts";
import { Healing, healingDefaults } from "./healing.ts";
import { Incarnations, incarnationsDefaults } from "./incarnations.ts";
import { Load, loadDefaults } from "./load.ts";
import { Rumors, rumorsDefaults } from "./rumors.ts";

const MINUTE_MS = 60_000;

describe("false positives", () => {
  const make = (world: FakeWorld, options = {}) =>
    new FalsePositives(world, { ...falsePositivesDefaults, graceMs: 10_000, ...options });

  it("are alarms about a member that is well", () => {
    const world = new FakeWorld(4);
    const checker = make(world);
    checker.onMembership(0, "suspect", 1);
    checker.onMembership(0, "fail", 1);
    expect(checker.finish()).toMatchObject({
      metrics: { alarms: 1, false: 1, byHealthy: 1, subjects: 1 },
      violations: ["at 0 ms: n0 declared n1 dead, which is well"],
    });
  });

  it.each(["down", "paused", "blocked", "cutOff"] as const)(
    "are none while it is %s",
    (trouble) => {
      const world = new FakeWorld(4);
      const checker = make(world);
      world.truth.begin(1, trouble);
      checker.onMembership(0, "fail", 1);
      world.truth.end(1, trouble);
      world.nowMs += 9_000;
      checker.onMembership(2, "fail", 1);
      expect(checker.finish().violationsCount).toBe(0);
      world.nowMs += 2_000;
      checker.onMembership(3, "fail", 1);
      expect(checker.finish().violationsCount).toBe(1);
    },
  );

  it("are none across a partition, and some within a side", () => {
    const world = new FakeWorld(4);
    const checker = make(world);
    world.truth.beginPartition(Int32Array.of(0, 0, 1, 1));
    checker.onMembership(0, "fail", 2);
    expect(checker.finish().violationsCount).toBe(0);
    checker.onMembership(0, "fail", 1);
    expect(checker.finish().violationsCount).toBe(1);
  });

  it("may be as many as the threshold says, in all or per node and hour", () => {
    for (const options of [{ maxCount: 2 }, { perNodeHourMaxCount: 0.5 }]) {
      const checker = make(new FakeWorld(4), options);
      checker.onMembership(0, "fail", 1);
      checker.onMembership(2, "fail", 1);
      expect(checker.finish().violationsCount).toBe(0);
      checker.onMembership(3, "fail", 1);
      expect(checker.finish().violationsCount).toBe(1);
    }
  });
});

describe("detection", () => {
  const make = (world: FakeWorld, options = {}) =>
    new Detection(world, { ...detectionDefaults, withinMs: 10_000, ...options });
  const crash = (world: FakeWorld, checker: Detection, node: number) => {
    checker.onCrash(node);
    world.crash(node);
  };

  it("measures when the first and the last observer knew", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    crash(world, checker, 2);
    world.nowMs = 3_000;
    checker.onMembership(0, "fail", 2);
    world.nowMs = 4_000;
    checker.onMembership(1, "fail", 2);
    const { metrics, violationsCount } = checker.finish();
    expect(violationsCount).toBe(0);
    expect(metrics).toMatchObject({ firstMs: { max: 3_000 }, allMs: { max: 4_000 }, missed: 0 });
  });

  it("is missed when somebody well does not know in time, and names it", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    crash(world, checker, 2);
    checker.onMembership(0, "fail", 2);
    world.nowMs = 10_001;
    checker.onSample();
    expect(checker.finish().violations[0]).toContain("1 do not know of the crash of n2: n1");
  });

  it("is missed when the last one knows too late", () => {
    const world = new FakeWorld(2);
    const checker = make(world);
    crash(world, checker, 1);
    world.nowMs = 10_500;
    checker.onMembership(0, "fail", 1);
    expect(checker.finish().violations[0]).toContain("n1 was detected late");
  });

  it("asks nobody who was in trouble, who did not know it, or who is apart", () => {
    const world = new FakeWorld(5);
    const checker = make(world);
    world.beliefs[0]?.delete("n4");
    world.truth.begin(1, "paused");
    crash(world, checker, 4);
    world.truth.beginPartition(Int32Array.of(0, 0, 1, 0, 0));
    world.nowMs = 5_000;
    checker.onMembership(3, "fail", 4);
    world.nowMs = 20_000;
    checker.onSample();
    expect(checker.finish()).toMatchObject({ violationsCount: 0, metrics: { missed: 0 } });
  });

  it("judges nobody who came back in time, nor what the run ended before", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    crash(world, checker, 1);
    world.nowMs = 1_000;
    world.restart(1);
    checker.onRestart(1);
    crash(world, checker, 2);
    world.nowMs = 2_000;
    expect(checker.finish()).toMatchObject({ violationsCount: 0, metrics: { undecided: 2 } });
  });
});

describe("convergence and healing", () => {
  it("forgives a young disagreement at the end, where that is asked for, and no old one", () => {
    const world = new FakeWorld(2);
    const checker = new Convergence(world, { ...convergenceDefaults, refutedWithinMs: 5_000 });
    checker.onStart();
    world.converged = false;
    world.nowMs = 1_000;
    checker.onSample();
    world.nowMs = 5_999;
    expect(checker.finish().violations).toEqual([]);
    world.nowMs = 6_000;
    expect(checker.finish().violations[0]).toContain("no agreement at the end");
  });

  it("is asked for at the end, and for a while before it", () => {
    const world = new FakeWorld(2);
    const checker = new Convergence(world, { ...convergenceDefaults, quietMs: 5_000 });
    checker.onStart();
    world.converged = false;
    world.nowMs = 1_000;
    checker.onSample();
    expect(checker.finish().violations[0]).toContain("no agreement at the end");
    world.converged = true;
    world.nowMs = 3_000;
    checker.onSample();
    world.nowMs = 7_000;
    expect(checker.finish().violations[1]).toContain("only for the last 4000 ms");
    world.nowMs = 8_000;
    expect(checker.finish()).toMatchObject({
      violationsCount: 2,
      metrics: { divergedMs: { count: 1, max: 2_000 }, running: 2 },
    });
  });

  it.each([
    [undefined, 1],
    [5_001, 1],
    [5_000, 0],
  ])("that took %s ms has %i violations", (tookMs, count) => {
    const checker = new Healing(new FakeWorld(2), { ...healingDefaults, withinMs: 5_000 });
    checker.onHealed(tookMs);
    expect(checker.finish().violationsCount).toBe(count);
  });

  it("fails where nothing was healed", () => {
    expect(new Healing(new FakeWorld(2), healingDefaults).finish().violationsCount).toBe(1);
  });
});

describe("ghosts", () => {
  const make = (world: FakeWorld, options = {}) =>
    new Ghosts(world, { ...ghostsDefaults, graceMs: MINUTE_MS, ...options });

  it("are dead members that an observer who removed them sees again", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    world.crash(2);
    checker.onMembership(0, "fail", 2);
    world.nowMs = MINUTE_MS + 1;
    checker.onMembership(1, "join", 2);
    expect(checker.finish().violationsCount).toBe(0);
    checker.onMembership(0, "join", 2);
    expect(checker.finish().violations[0]).toContain("n0 sees n2 alive again");
  });

  it("are none while news of them may still be under way, or when they did come back", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    world.crash(2);
    checker.onMembership(0, "fail", 2);
    world.nowMs = MINUTE_MS;
    checker.onMembership(0, "join", 2);
    world.nowMs = 5 * MINUTE_MS;
    world.restart(2);
    checker.onRestart(2);
    checker.onMembership(0, "join", 2);
    expect(checker.finish().violationsCount).toBe(0);
  });

  it("are also names that a table holds for ever", () => {
    const world = new FakeWorld(3);
    const checker = make(world, { forgottenAfterMs: 10_000 });
    world.crash(2);
    world.nowMs = 10_000;
    expect(checker.finish().violationsCount).toBe(0);
    world.nowMs = 10_001;
    expect(checker.finish().violations[0]).toContain("the table of n0 still holds n2");
    world.beliefs[0]?.delete("n2");
    world.beliefs[1]?.delete("n2");
    expect(checker.finish().violationsCount).toBe(2);
  });
});

describe("rumours", () => {
  const rumor = (seq: number, payload = [1]): Rumor =>
    ({ origin: "n0#1", seq, tag: "t", payload: Uint8Array.from(payload) }) as unknown as Rumor;
  const make = (world: FakeWorld, options = {}) =>
    new Rumors(world, { ...rumorsDefaults, withinMs: 1_000, settleMs: 100, ...options });
  const world = (): FakeWorld => Object.assign(new FakeWorld(4), { nowMs: 10_000 });

  it("reach all in time", () => {
    const here = world();
    const checker = make(here);
    checker.onPublished(0, rumor(1));
    for (const node of [0, 1, 2, 3]) checker.onDelivered(node, rumor(1));
    here.nowMs += 1_000;
    expect(checker.finish()).toMatchObject({
      violationsCount: 0,
      metrics: { published: 1, reach: { mean: 1 }, undecided: 0 },
    });
  });

  it("are missed by who was well all the time, and owed to nobody else", () => {
    const here = world();
    here.truth.begin(3, "paused");
    const checker = make(here);
    checker.onPublished(0, rumor(1));
    checker.onDelivered(1, rumor(1));
    here.nowMs += 999;
    checker.onSample();
    expect(checker.finish()).toMatchObject({ violationsCount: 0, metrics: { undecided: 1 } });
    here.nowMs += 1;
    expect(checker.finish().violations[0]).toContain("t/n0#1/1 missed 1 of 2: n2");
  });

  it("are owed to nobody when their publisher died of it", () => {
    const here = world();
    const checker = make(here);
    checker.onPublished(0, rumor(1));
    here.crash(0);
    here.nowMs += 2_000;
    expect(checker.finish().violationsCount).toBe(0);
  });

  it("come once in a life", () => {
    const here = world();
    const checker = make(here);
    checker.onPublished(0, rumor(1));
    checker.onDelivered(1, rumor(1));
    here.restart(1);
    checker.onDelivered(1, rumor(1));
    expect(checker.finish().violationsCount).toBe(0);
    checker.onDelivered(1, rumor(1));
    expect(checker.finish().violations[0]).toContain("n1 heard t/n0#1/1 twice");
  });

  it("are what was published, or phantoms", () => {
    const checker = make(world());
    checker.onPublished(0, rumor(1));
    checker.onDelivered(1, rumor(2));
    checker.onDelivered(1, rumor(1, [2]));
    expect(checker.finish()).toMatchObject({ violationsCount: 2, metrics: { phantoms: 2 } });
  });
});

describe("load", () => {
  it("is per running node and second, on average and in the busiest", () => {
    const world = new FakeWorld(4);
    const checker = new Load(world, { ...loadDefaults, packetsMaxCount: 2, peakMaxCount: 2 });
    checker.onStart();
    world.crash(3);
    for (const packets of [3, 3, 15]) {
      world.nowMs += 1_000;
      world.traffic.packetsCount += packets;
      world.traffic.bytes += packets * 100;
      checker.onSample();
    }
    const { metrics, violations } = checker.finish();
    expect(metrics).toEqual({
      packetsPerSecond: 2.333,
      bytesPerSecond: 233.333,
      peakPacketsPerSecond: 5,
    });
    expect(violations).toEqual([
      "at 3000 ms: 2.333 packets per node and second, not 2",
      "at 3000 ms: 5 packets in the busiest second per node and second, not 4.667",
    ]);
  });
});

describe("incarnations", () => {
  const make = (world: FakeWorld) => new Incarnations(world, incarnationsDefaults);

  it("are raised by the member itself, and then believed", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    checker.onSample();
    for (const beliefs of world.beliefs) beliefs.set("n1", 2);
    checker.onSample();
    expect(checker.finish()).toMatchObject({ violationsCount: 0, metrics: { highest: 2 } });
  });

  it("are not raised by others, and never fall", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    world.beliefs[0]?.set("n1", 5);
    checker.onSample();
    world.beliefs[0]?.set("n1", 1);
    checker.onSample();
    expect(checker.finish().violations).toEqual([
      "at 0 ms: n0 holds n1 at incarnation 5; itself it is at 1",
      "at 0 ms: n0 fell from 5 to 1 for n1",
    ]);
  });

  it("may start again in a new life of the observer", () => {
    const world = new FakeWorld(3);
    const checker = make(world);
    for (const beliefs of world.beliefs) beliefs.set("n1", 3);
    checker.onSample();
    world.crash(0);
    world.restart(0);
    world.beliefs[0]?.set("n1", 1);
    expect(checker.finish().violationsCount).toBe(0);
  });
});
