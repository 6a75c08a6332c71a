import { describe, expect, it } from "vitest";
import { type SpreadNumbers, spreadDefaults } from "./spread.options.ts";
import type { SpreadProtocolName } from "./spread-protocols.ts";
import { blindResidue, percolatedShare, rumorResidue, spreadTheory } from "./spread-theory.ts";
import { SpreadTown } from "./spread-town.ts";

function townOf(protocol: SpreadProtocolName, given: Partial<SpreadNumbers>, seed: number) {
  const numbers = { ...spreadDefaults, ...given };
  const town = new SpreadTown({ seed, protocol, numbers, tickMs: 10 });
  town.act({ do: "infect", node: 0 });
  return town;
}

/** Mean share that hears, of the runs in which it does not die out at once. */
function meanShare(protocol: SpreadProtocolName, given: Partial<SpreadNumbers>, toMs: number) {
  const shares: number[] = [];
  for (let seed = 1; seed <= 4; seed += 1) {
    const town = townOf(protocol, given, seed);
    town.advanceTo(toMs);
    const { heardCount, nodesCount } = town.count();
    if (heardCount > nodesCount / 20) shares.push(heardCount / nodesCount);
  }
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Mean share that has heard after each round, of 20 seeds. */
function meanCurve(protocol: SpreadProtocolName, given: Partial<SpreadNumbers>, rounds: number) {
  const numbers = { ...spreadDefaults, ...given };
  const counts = new Array<number>(rounds + 1).fill(0);
  for (let seed = 1; seed <= 20; seed += 1) {
    const town = new SpreadTown({ seed, protocol, numbers });
    town.act({ do: "infect", node: 0 });
    town.advanceTo(rounds * numbers.roundIntervalMs);
    const heard = town.course.heardByTick(town.nowMs);
    for (const [round, count] of heard.entries()) counts[round] = (counts[round] ?? 0) + count;
  }
  return counts.map((count) => count / (20 * numbers.nodesCount));
}

const at = (protocol: SpreadProtocolName, given: Partial<SpreadNumbers>, ticksCount = 40) => {
  const numbers = { ...spreadDefaults, ...given };
  return spreadTheory({ protocol, numbers, tickMs: 1_000, ticksCount, sharesByHops: [] });
};

describe("theory", () => {
  it("knows the residues that Demers et al. print, and that loss makes them larger", () => {
    // "k = 1 … 20 % will miss the rumor, … k = 2 only 6 %" [Demers 1987 §1.4]
    expect(rumorResidue({ ...spreadDefaults, interestCount: 1 })).toBeCloseTo(0.2, 2);
    expect(rumorResidue({ ...spreadDefaults, interestCount: 2 })).toBeCloseTo(0.06, 2);
    // A reply that is lost keeps the teller telling: more hear, not fewer.
    const lossy = { ...spreadDefaults, interestCount: 1, lossRatio: 0.5 };
    expect(rumorResidue(lossy)).toBeLessThan(0.2);
    expect(blindResidue({ ...spreadDefaults, fanoutCount: 3, interestCount: 1 })).toBeCloseTo(
      0.0595,
      3,
    );
    expect(blindResidue({ ...spreadDefaults, fanoutCount: 1, interestCount: 1 })).toBeCloseTo(1, 1);
  });

  it("says when half have heard by pull, which begins by chance", () => {
    const protocol = "pull";
    const given = { nodesCount: 1_000, interestCount: 50, lossRatio: 0.1 };
    const half = at(protocol, given).curve.findIndex((share) => share >= 0.5);
    const rounds: number[] = [];
    for (let seed = 1; seed <= 3; seed += 1) {
      const town = townOf(protocol, given, seed);
      let round = 0;
      while (town.count().heardCount < 500) town.advanceTo(++round * 1_000);
      rounds.push(round);
    }
    const mean = rounds.reduce((sum, round) => sum + round, 0) / rounds.length;
    expect(Math.abs(mean - half)).toBeLessThan(3);
  });

  it.each([
    ["push", 12, 1_000],
    ["pushPull", 8, 1_000],
    ["antiEntropy", 5, 300],
  ] as const)("is what towns do round by round, by %s", (protocol, rounds, nodesCount) => {
    const given = { interestCount: 50, nodesCount };
    const { curve } = at(protocol, given, rounds);
    const means = meanCurve(protocol, given, rounds);
    for (const [round, share] of curve.entries()) {
      expect(Math.abs((means[round] ?? 0) - share), `round ${round}`).toBeLessThan(0.05);
    }
  });

  it("lets a pushed rumor end at its residue, and so do towns", () => {
    for (const interestCount of [1, 2, 3]) {
      const { curve, final = 0 } = at("push", { interestCount }, 200);
      // Rounds are not the moments of the equations: interest is lost a little later.
      expect(Math.abs((curve.at(-1) ?? 0) - final)).toBeLessThan(0.08);
      expect(curve).toEqual([...curve].sort((one, other) => one - other));
      expect(Math.abs(meanShare("push", { interestCount }, 80_000) - final)).toBeLessThan(0.05);
    }
    expect(at("push", { fanoutCount: 3 }).final).toBeUndefined();
  });

  it("says what infect and die, a flood and mail leave out under loss, as towns do", () => {
    const blind = { fanoutCount: 2, interestCount: 1, lossRatio: 0.1, nodesCount: 2_000 };
    expect(meanShare("blind", blind, 60_000)).toBeCloseTo(at("blind", blind).final ?? 0, 1);
    expect(at("blind", blind).curve.at(-1)).toBeCloseTo(at("blind", blind).final ?? 0, 1);
    const flood = { neighboursCount: 4, lossRatio: 0.4, nodesCount: 2_000 };
    const share = percolatedShare({ ...spreadDefaults, ...flood });
    expect(share).toBeLessThan(0.97);
    expect(Math.abs(meanShare("flooding", flood, 5_000) - share)).toBeLessThan(0.03);
    const mail = { lossRatio: 0.3 };
    expect(Math.abs(meanShare("directMail", mail, 5_000) - 0.7)).toBeLessThan(0.03);
    expect(at("directMail", mail).curve.at(-1)).toBeCloseTo(at("directMail", mail).final ?? 0, 6);
  });

  it("says what blind coins leave, as Table 2 of Demers prints it", () => {
    const residues = [2, 3, 4].map(
      (interestCount) => 1 - (at("coin", { interestCount }).final ?? 0),
    );
    for (const [place, printed] of [0.2, 0.06, 0.021].entries()) {
      expect(Math.abs((residues[place] ?? 0) - printed)).toBeLessThan(0.005);
    }
    const { curve, final = 0 } = at("coin", { interestCount: 3 }, 200);
    expect(curve.at(-1)).toBeCloseTo(final, 2);
    expect(Math.abs(meanShare("coin", { interestCount: 3 }, 80_000) - final)).toBeLessThan(0.02);
  });

  it("follows a flood that loses messages hop by hop", () => {
    const given = { latencyMinMs: 10, latencyMaxMs: 10, neighboursCount: 4, lossRatio: 0.3 };
    const hops = (share: (hop: number) => number): number => {
      let hop = 0;
      while (share(hop) < 0.5) hop += 1;
      return hop;
    };
    const town = townOf("flooding", { ...given, nodesCount: 4_000 }, 2);
    const { curve, final = 0 } = town.theory(60);
    expect(curve.at(-1)).toBeCloseTo(final, 4);
    const counted = hops((hop) => {
      town.advanceTo(hop * 10);
      return town.count().heardCount / 4_000;
    });
    expect(Math.abs(hops((hop) => curve[hop] ?? 1) - counted)).toBeLessThan(3);
  });

  it("follows a flood hop by hop through its own overlay, where all hops take as long", () => {
    const given = { latencyMinMs: 10, latencyMaxMs: 10, nodesCount: 500 };
    for (const protocol of ["flooding", "plumtree"] as const) {
      const town = townOf(protocol, given, 3);
      const { curve, final } = town.theory(8);
      expect(final).toBeUndefined();
      for (const [tick, share] of curve.entries()) {
        town.advanceTo(tick * 10);
        expect(town.count().heardCount / 500).toBeCloseTo(share, 9);
      }
    }
  });
});
