import { describe, expect, it, test } from "vitest";
import { log10 } from "../../core/math.ts";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { DetectorRig } from "../../testing/detector-rig.ts";
import type { VerdictStatus } from "../failure-detector.ts";
import { ArrivalWindow } from "./arrival-window.ts";
import { phiExponential, phiLogistic, phiNormal } from "./phi.ts";
import { phiAccrualOptions } from "./phi-accrual.options.ts";
import { PhiAccrual } from "./phi-accrual.ts";

const A = peerId("a");

describe("φ", () => {
  // mean 1000, σ 200, no pause [spec scuttlebutt §6]
  test.each([
    [1_000, 0.301],
    [1_500, 2.216],
    [2_000, 7.3],
  ])("by Akka's curve is what Akka says after %i ms", (silentMs, phi) => {
    expect(phiLogistic((silentMs - 1_000) / 200)).toBeCloseTo(phi, 3);
  });

  // Upper tails of the standard normal distribution, from tables.
  test.each([
    [-1, 0.841344746],
    [0, 0.5],
    [1.2815515655446004, 0.1],
    [2.3263478740408408, 0.01],
    [3.090232306167813, 0.001],
    [5, 2.866515718791939e-7],
    [10, 7.61985302416053e-24],
  ])("of the normal model at z = %f is the logarithm of the tail", (z, tail) => {
    expect(phiNormal(z)).toBeCloseTo(-log10(tail), 8);
  });

  it("rises with the silence, without end and without a gap", () => {
    for (const phi of [phiNormal, phiLogistic]) {
      let before = phi(-12);
      expect(before).toBeGreaterThanOrEqual(0);
      for (let z = -12; z < 60; z += 0.01) {
        const now = phi(z);
        // But for the last place of a number that is nearly 0.
        expect(now).toBeGreaterThan(before - 1e-14);
        expect(now - before).toBeLessThan(5);
        before = now;
      }
    }
  });

  it("of the exponential model is Cassandra's: 8 after 18.4 times the mean", () => {
    expect(phiExponential(18.42 * 1_000, 1_000)).toBeCloseTo(8, 2);
  });
});

describe("the window", () => {
  it("knows mean and deviation of the latest, whatever went before", () => {
    const window = new ArrivalWindow(100);
    const dice = new Random(1);
    for (let count = 0; count < 10_050; count += 1) window.push(dice.real() * 1e6);
    const latest = Array.from({ length: 100 }, () => 900 + dice.real() * 200);
    for (const interval of latest) window.push(interval);
    const mean = latest.reduce((sum, one) => sum + one, 0) / 100;
    const variance = latest.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 100;
    expect(window.count).toBe(100);
    expect(window.meanMs).toBeCloseTo(mean, 4);
    expect(window.deviationMs).toBeCloseTo(Math.sqrt(variance), 2);
  });

  it("says 0 of nothing", () => {
    const window = new ArrivalWindow(1);
    expect([window.meanMs, window.deviationMs, window.count]).toEqual([0, 0, 0]);
  });
});

/** A detector that hears `a` beat, and looks ten times a second. */
class Beats extends DetectorRig<PhiAccrual> {
  constructor(
    given: Parameters<typeof phiAccrualOptions>[0],
    preset?: "akka" | "cassandra",
    newsIntervalMs?: () => number,
  ) {
    super((wiring) => new PhiAccrual(wiring, phiAccrualOptions(given, preset), newsIntervalMs));
  }

  beat(times: number, intervalMs = 1_000): void {
    for (let count = 0; count < times; count += 1) {
      this.wait(intervalMs);
      this.detector.onHeartbeat(A);
    }
  }

  wait(durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed += 100) {
      this.nowMs += 100;
      this.detector.onRound();
    }
  }

  /** How long it takes, from the last heartbeat, until the status is this. */
  msUntil(status: VerdictStatus): number {
    const sinceMs = this.nowMs;
    while (this.detector.verdict(A).status !== status) {
      this.wait(100);
      if (this.nowMs - sinceMs > 1e6) throw new Error(`never ${status}`);
    }
    return this.nowMs - sinceMs;
  }
}

describe("phi accrual", () => {
  it("suspects at one level and condemns at another, and says by what", () => {
    const beats = new Beats({ suspectLevel: 1, deadLevel: 8 });
    beats.beat(50);
    expect(beats.msUntil("suspect")).toBe(1_200);
    expect(beats.msUntil("dead")).toBe(400);
    const { level, status } = beats.detector.verdict(A);
    expect([status, level > 8]).toEqual(["dead", true]);
    expect(beats.detector.evidence(A)).toMatchObject([
      { what: "heard", atMs: 1_000 },
      { what: "suspected", atMs: 51_200 },
      { what: "died", atMs: 51_600, detail: expect.stringContaining("every 1000 ms ± 100") },
    ]);
    expect(beats.changes).toEqual(["a unknown alive", "a alive suspect", "a suspect dead"]);
  });

  it("waits as long as a peer is used to", () => {
    const [quick, slow] = [new Beats({ firstIntervalMs: 200 }), new Beats({})];
    quick.beat(1_100, 200);
    slow.beat(1_100, 3_000);
    expect(quick.msUntil("dead")).toBeLessThan(1_000);
    expect(slow.msUntil("dead")).toBeGreaterThan(3_000);
    // It took it for dead once, and learned.
    expect(slow.counts.get("detector.died")).toBe(2);
  });

  it("judges one that was heard once by what the first times are taken to be", () => {
    const beats = new Beats({ firstIntervalMs: 1_000 });
    beats.beat(1);
    // 1000 ± 250 ms: φ = 8 at z = 5.61
    expect(beats.msUntil("dead")).toBe(2_500);
  });

  it("takes the first times, and the longest, for as much longer as news is seldom", () => {
    const model = "exponential";
    const seldom = new Beats({ model }, undefined, () => 8_000);
    seldom.beat(1);
    // φ = 8 at 18.42 times the mean, which is 8 s at first.
    expect(seldom.msUntil("dead")).toBe(147_400);
    const learned = new Beats({ model }, undefined, () => 8_000);
    learned.beat(1_200, 16_000);
    expect(learned.msUntil("dead")).toBe(294_800);
    expect(learned.counts.get("detector.died")).toBe(1);
    const quick = new Beats({}, undefined, () => 10);
    quick.beat(1);
    expect(quick.msUntil("dead")).toBe(2_500);
  });

  it("accepts a pause where it is told to", () => {
    const beats = new Beats({}, "akka");
    beats.beat(100);
    expect(beats.msUntil("dead")).toBe(4_600);
  });

  it("takes 18.4 intervals by Cassandra's constants, and remembers no long ones", () => {
    const beats = new Beats({}, "cassandra");
    beats.beat(1_000);
    beats.beat(5, 9_000);
    beats.beat(1_000);
    expect(beats.msUntil("dead")).toBe(18_500);
  });

  it("begins anew with a peer that returns from the dead", () => {
    const beats = new Beats({});
    beats.beat(1_000, 100);
    expect(beats.msUntil("dead")).toBeLessThan(800);
    beats.wait(20_000);
    beats.beat(1);
    expect(beats.detector.verdict(A).status).toBe("alive");
    expect(beats.msUntil("dead")).toBe(2_500);
    expect(beats.counts.get("detector.returned")).toBe(1);
  });

  it("raises its levels with each mistake where it is told to [Hayashibara 2004 §3.3]", () => {
    const spans = (thresholds: "fixed" | "rising"): number[] => {
      const beats = new Beats({ suspectLevel: 1, deadLevel: 30, thresholds, raisedMaxLevel: 3 });
      beats.beat(1_000);
      return [1, 2, 3, 4, 5].map(() => {
        const ms = beats.msUntil("suspect");
        beats.detector.onHeartbeat(A);
        beats.beat(1_000);
        return ms;
      });
    };
    expect(new Set(spans("fixed"))).toEqual(new Set([1_200]));
    expect(spans("rising")).toEqual([1_200, 1_300, 1_400, 1_400, 1_400]);
  });

  it("condemns nobody when it stood still itself", () => {
    const beats = new Beats({});
    beats.beat(50);
    beats.nowMs += 30_000;
    beats.detector.onRound();
    expect(beats.detector.verdict(A).status).toBe("alive");
    expect(beats.detector.verdict(A).level).toBeGreaterThan(8);
    beats.wait(2_400);
    expect(beats.detector.verdict(A).status).toBe("alive");
    beats.wait(200);
    expect(beats.detector.verdict(A).status).toBe("dead");
    expect(beats.counts.get("detector.pauses")).toBe(1);
  });

  it("measures nothing of others by its own standstill, nor by what waited for its end", () => {
    const beats = new Beats({}, "akka");
    beats.beat(50);
    beats.nowMs += 60_000;
    for (let count = 0; count < 60; count += 1) beats.detector.onHeartbeat(A);
    beats.beat(5);
    expect(beats.counts.get("detector.pauses")).toBe(1);
    expect(beats.detector.verdict(A).status).toBe("alive");
    expect(beats.msUntil("dead")).toBe(4_600);
    expect(beats.detector.evidence(A).at(-1)?.detail).toContain("every 1000 ms ± 100");
  });

  it("hears one lost beat in ten for 10,000 beats without a false death [spec §10]", () => {
    const beats = new Beats({ acceptablePauseMs: 3_000 });
    const dice = new Random(7);
    for (let count = 0; count < 10_000; count += 1) {
      beats.wait(1_000);
      if (!dice.chance(0.1)) beats.detector.onHeartbeat(A);
    }
    expect(beats.counts.get("detector.died")).toBeUndefined();
  });

  it("refuses options that make no sense", () => {
    for (const given of [{ deadLevel: 1 }, { windowMaxCount: 0 }, { deviationMinMs: 0 }]) {
      expect(() => phiAccrualOptions(given)).toThrow(/phiAccrual/);
    }
  });
});
