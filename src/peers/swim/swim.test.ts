import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { swimOptions } from "./swim.options.ts";
import { Swim } from "./swim.ts";
import { alive, Ears, identityAt, plainSizes, Rig, RigEnv, RigPassenger } from "./swim-rig.ts";

function unstarted(ears: Ears, env: RigEnv): Swim {
  const counters = { add: (): void => {} };
  const passenger = new RigPassenger();
  const wiring = { sizes: plainSizes, passenger, listener: ears, reports: ears, counters };
  return new Swim(env, wiring, identityAt("us", 1), swimOptions("lan"));
}

const ALL = ["probeRound", "gossipRound", "pushPullRound"] as const;

describe("start (spec section 14)", () => {
  test("this node joins itself at incarnation 1", () => {
    const ears = new Ears();
    const swim = unstarted(ears, new RigEnv("us", new Random(1), ALL));
    expect(swim.members.livingCount).toBe(0);
    swim.start();
    expect(ears.lines).toEqual(["join us/1"]);
    expect(swim.members.local).toMatchObject({ name: "us", incarnation: 1, status: "alive" });
    expect(swim.view.size).toBe(0);
    expect(swim.view.population).toBe(1);
  });

  test("its first alive goes out as soon as there is somebody to hear it", () => {
    const rig = new Rig({}, ["gossipRound"]);
    rig.advance(5_000);
    expect(rig.takeSent()).toEqual([]);
    rig.receive(alive("a", 2));
    rig.advance(200);
    expect(rig.takeMessages()).toContainEqual(alive("us", 1));
  });

  test("first rounds are spread over their interval by dice (spec section 17)", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const env = new RigEnv("us", new Random(seed), ALL);
      unstarted(new Ears(), env).start();
      const due = new Map(env.timers.map((t) => [t.timer.kind, t.dueMs]));
      expect(due.get("probeRound")).toBeLessThan(1_000);
      expect(due.get("gossipRound")).toBeLessThan(200);
      // One whole interval more, so that a join is not followed by another push/pull at once.
      expect(due.get("pushPullRound")).toBeGreaterThanOrEqual(30_000);
      expect(due.get("pushPullRound")).toBeLessThan(60_000);
      return due.get("probeRound");
    });
    expect(new Set(delays).size).toBeGreaterThan(3);
  });

  test("an interval of 0 switches its loop off (spec section 19)", () => {
    const off = { probeIntervalMs: 0, gossipIntervalMs: 0, pushPullIntervalMs: 0 };
    expect(new Rig(off, ALL).env.timers).toEqual([]);
  });
});

describe("profiles (spec section 19)", () => {
  test.each([
    ["lan", [3, 4, 4, 6, 30_000, 500, 1_000, 8, 3, 200, 30_000, 10_000]],
    ["wan", [3, 4, 6, 6, 60_000, 3_000, 5_000, 8, 4, 500, 60_000, 30_000]],
    ["local", [1, 2, 3, 6, 15_000, 200, 1_000, 8, 3, 100, 15_000, 1_000]],
  ] as const)("%s is memberlist's", (profile, row) => {
    const o = swimOptions(profile);
    expect([
      o.indirectChecksCount,
      o.retransmitMultiplier,
      o.suspicionMultiplier,
      o.suspicionMaxTimeoutMultiplier,
      o.pushPullIntervalMs,
      o.probeTimeoutMs,
      o.probeIntervalMs,
      o.awarenessMaxMultiplier,
      o.gossipNodesCount,
      o.gossipIntervalMs,
      o.gossipToTheDeadMs,
      o.streamTimeoutMs,
    ]).toEqual(row);
    expect(o.streamPing).toBe("on");
    expect(o.deadNodeReclaimMs).toBe(0);
  });
});

describe("listeners", () => {
  test("are told last, in order, with the records as they were then", () => {
    const rig = new Rig();
    const sizes: number[] = [];
    rig.ears.onJoin = (member) => {
      sizes.push(rig.swim.members.size);
      rig.ears.lines.push(`join ${member.name} ${member.status}`);
    };
    rig.receive({
      kind: "compound",
      parts: [
        alive("a", 2),
        { kind: "suspect", incarnation: 1, node: "a", from: "x" },
        alive("a", 2, { incarnation: 2 }),
        { kind: "dead", incarnation: 2, node: "a", from: "a" },
        alive("b", 3),
      ],
    });
    expect(rig.takeLines()).toEqual([
      "join a alive",
      "suspect a/1",
      "refuted a/2",
      "left a/2",
      "join b alive",
    ]);
    expect(sizes).toEqual([3, 3]);
  });

  test("one that calls back keeps the order: its own news come after those that waited", () => {
    const rig = new Rig();
    rig.ears.onJoin = (member) => {
      rig.ears.lines.push(`join ${member.name}`);
      if (member.name === "a") rig.swim.updateMeta(Uint8Array.of(1));
    };
    rig.receive({ kind: "compound", parts: [alive("a", 2), alive("b", 3)] });
    expect(rig.takeLines()).toEqual(["join a", "join b", "update us/2"]);
  });

  test("one that throws loses its own news, not those of others", () => {
    const rig = new Rig();
    rig.ears.onJoin = () => {
      throw new Error("a reader's own trouble");
    };
    expect(() => rig.receive(alive("a", 2))).toThrow("a reader's own trouble");
    rig.receive({ kind: "suspect", incarnation: 1, node: "a", from: "x" });
    expect(rig.takeLines()).toEqual(["suspect a/1"]);
  });
});
