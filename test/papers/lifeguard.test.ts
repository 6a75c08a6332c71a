import { beforeAll, describe, expect, test } from "vitest";
import type { SwimOptions } from "../../src/peers/swim/swim.options.ts";
import { measurePoint, type Point, settings } from "./frontier.ts";
import { type Anomaly, measureHarm } from "./slow-members.ts";

/*
 * Lifeguard 2017 §V at reduced size: 48 members instead of 128, a part of the grid, three seeds. A
 * false positive (FP) is a member told that one is dead who is not slow; FP− are those told to
 * members that are not slow themselves.
 */

const PAPER = { suspicionMultiplier: 5, suspicionMaxTimeoutMultiplier: 6 } as const;
const OFF = {
  ...PAPER,
  lifeguardProbe: "off",
  lifeguardSuspicion: "off",
  lifeguardBuddy: "off",
} as const;

const variants = {
  SWIM: OFF,
  "LHA-Probe": { ...OFF, lifeguardProbe: "intervalAndTimeout", nackRatio: 0.8 },
  "LHA-Suspicion": { ...OFF, lifeguardSuspicion: "on" },
  "Buddy System": { ...OFF, lifeguardBuddy: "on" },
  Lifeguard: { ...PAPER, lifeguardProbe: "intervalAndTimeout", nackRatio: 0.8 },
} as const satisfies Record<string, Partial<SwimOptions>>;

type Variant = keyof typeof variants;
const singles = ["LHA-Probe", "LHA-Suspicion", "Buddy System"] as const;
type Block = Pick<Anomaly, "slow" | "blockedMs" | "openMs">;

const threshold: readonly Block[] = [
  { slow: 6, blockedMs: 16_384 },
  { slow: 12, blockedMs: 16_384 },
];
const interval: readonly Block[] = [
  { slow: 12, blockedMs: 8_192, openMs: 1_024 },
  { slow: 12, blockedMs: 8_192, openMs: 4_096 },
  { slow: 24, blockedMs: 4_096, openMs: 64 },
];

interface Sum {
  falseDeaths: number;
  falseDeathsByHealthy: number;
  packets: number;
}

function measureVariants(what: string, blocks: readonly Block[]): Record<Variant, Sum> {
  const sums = {} as Record<Variant, Sum>;
  for (const [name, swim] of Object.entries(variants)) {
    const sum: Sum = { falseDeaths: 0, falseDeathsByHealthy: 0, packets: 0 };
    for (const block of blocks) {
      for (const seed of [1, 2, 3]) {
        const harm = measureHarm({ ...block, seed, count: 48, swim });
        sum.falseDeaths += harm.falseDeaths;
        sum.falseDeathsByHealthy += harm.falseDeathsByHealthy;
        sum.packets += harm.packetsPerMemberSecond / blocks.length / 3;
      }
    }
    sums[name as Variant] = sum;
    console.log(
      `${what}, ${name.padEnd(14)} FP ${sum.falseDeaths}, FP− ${sum.falseDeathsByHealthy}, ` +
        `${sum.packets.toFixed(1)} packets a member and second`,
    );
  }
  return sums;
}

/** Of all processor time in this file; a busy machine takes several times as long. */
const HOOK_MS = 280_000;

describe("the variants of Lifeguard (§V-D)", () => {
  let long: Record<Variant, Sum>;
  let short: Record<Variant, Sum>;
  beforeAll(() => {
    long = measureVariants("Threshold", threshold);
    short = measureVariants("Interval", interval);
  }, HOOK_MS);

  test("one long block: LHA-Probe and LHA-Suspicion each spare the living", () => {
    expect(long.SWIM.falseDeaths).toBeGreaterThan(1_000);
    expect(long["LHA-Probe"].falseDeaths).toBeLessThan(long.SWIM.falseDeaths * 0.8);
    expect(long["LHA-Suspicion"].falseDeaths).toBeLessThan(long.SWIM.falseDeaths * 0.5);
  });

  // The accused learn of it from the flood that follows the block, with a buddy or without. Ours
  // tells also who asks while it is held for dead (answers.ts), which spares one in nine.
  test("one long block: the Buddy System spares at most a fifth", () => {
    const ratio = long["Buddy System"].falseDeaths / long.SWIM.falseDeaths;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1);
  });

  test("short blocks: each single component spares the living, by FP and FP−", () => {
    for (const what of ["falseDeaths", "falseDeathsByHealthy"] as const) {
      expect(short.SWIM[what]).toBeGreaterThan(100);
      for (const single of singles) {
        expect(short[single][what], `${single} ${what}`).toBeLessThan(short.SWIM[what] * 0.7);
      }
    }
  });

  test("SWIM > each single component > Lifeguard, over both experiments", () => {
    for (const what of ["falseDeaths", "falseDeathsByHealthy"] as const) {
      const total = (variant: Variant): number => long[variant][what] + short[variant][what];
      for (const single of singles) {
        expect(total(single), `${single} ${what}`).toBeLessThan(total("SWIM"));
        expect(total("Lifeguard"), `Lifeguard and ${single}`).toBeLessThan(total(single) / 4);
      }
    }
  });
});

describe("profile swift against lan (docs/decisions/0007)", () => {
  const rounds = 3;
  let lan: Point;
  let swift: Point;
  beforeAll(() => {
    lan = measurePoint(settings.lan, rounds);
    swift = measurePoint(settings.swift, rounds);
    console.log("lan", lan, "swift", swift);
  }, HOOK_MS);

  test("detects in at most 60 % of the median time, calm or with slow members", () => {
    expect(swift.calmFirstMs / lan.calmFirstMs).toBeLessThan(0.6);
    expect(swift.calmAllMs / lan.calmAllMs).toBeLessThan(0.6);
    expect(swift.slowFirstMs / lan.slowFirstMs).toBeLessThan(0.65);
  });

  test("takes fewer of the living for dead, with slow members and under loss", () => {
    expect(lan.falseDeaths).toBeGreaterThan(100);
    expect(swift.falseDeaths).toBeLessThan(lan.falseDeaths * 0.25);
    expect(swift.falseDeathsByHealthy).toBeLessThan(lan.falseDeathsByHealthy * 0.25);
    expect(swift.lossDeaths).toBeLessThan(lan.lossDeaths);
  });

  test("for at most half more packets", () => {
    expect(swift.packets / lan.packets).toBeLessThan(1.5);
  });
});
