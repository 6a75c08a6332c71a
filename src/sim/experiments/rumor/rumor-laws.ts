import { exp } from "../../../core/math.ts";
import { peersTimesRounds } from "../../../exchange/rumor/rumor.options.ts";
import type { ExpectedValue, Experiment } from "../experiment.ts";
import { type RumorRow, rowsExperiment } from "./rumor-rows.ts";

const KS = [1, 2, 3, 4, 5] as const;
const LAW_RATIO = 0.06;
const STEPS = 200;

/** Solves s = f(s) by applying f again and again, from a small s upwards. */
function fixedPoint(f: (residue: number) => number): number {
  let residue = 0;
  for (let step = 0; step < STEPS; step += 1) residue = f(residue);
  return residue;
}

const near = (value: number, source: string): ExpectedValue => ({
  value,
  source,
  toleranceRatio: LAW_RATIO,
});

/** However interest is lost, a pushed rumor misses who was chosen by none of nm. */
const pushLaw: ExpectedValue = {
  value: 1,
  source: "Demers 1987 §1.4: s = exp(-m)",
  tolerance: 0.03,
};

const CONTINUOUS =
  "the law is of time without cycles; judged by what was known when the cycle began, contacts " +
  "are useful more often, and less is left";

const feedbackCoin: RumorRow[] = KS.slice(0, 4).map((k) => ({
  name: `feedback, coin, k = ${k}`,
  given: { mode: "push", feedback: "feedback", loss: "coin", interestCount: k },
  expected: {
    residue: {
      value: fixedPoint((s) => exp(-(k + 1) * (1 - s))),
      source: "Demers 1987 §1.4: s = exp(-(k+1)(1-s))",
      deviation: CONTINUOUS,
    },
    lambda: pushLaw,
  },
}));

// With k = 1 each node tells once, and the rumor dies out early: the law is of what does not.
const blindCoin: RumorRow[] = KS.slice(1).map((k) => ({
  name: `blind, coin, k = ${k}`,
  given: { mode: "push", feedback: "blind", loss: "coin", interestCount: k },
  expected: {
    residue: near(
      fixedPoint((s) => exp(-k * (1 - s))),
      "as above, one k later: s = exp(-k(1-s))",
    ),
    lambda: pushLaw,
  },
}));

/** Each node tells N peers in M rounds, so s = exp(-NM(1-s)); M = 1 is infect and die. */
const peersRounds: RumorRow[] = (
  [
    [2, 1],
    [3, 1],
    [4, 1],
    [1, 3],
    [2, 2],
  ] as const
).map(([peers, rounds]) => ({
  name: `${peers} peers × ${rounds} rounds`,
  given: peersTimesRounds(peers, rounds),
  expected: {
    residue: near(
      fixedPoint((s) => exp(-peers * rounds * (1 - s))),
      "reach R = 1 - exp(-fR), f = peers × rounds",
    ),
    traffic: {
      value: peers * rounds * (1 - fixedPoint((s) => exp(-peers * rounds * (1 - s)))),
      source: "who is reached tells f times",
      toleranceRatio: 0.02,
    },
  },
}));

/** With one conversation a cycle and no hunting; from k = 4 on a town leaves too few nodes. */
const LAMBDAS = [1.13, 1.26, 1.32] as const;

const limited: RumorRow[] = LAMBDAS.map((lambda, at) => ({
  name: `connection limit 1, k = ${at + 1}`,
  given: {
    mode: "push",
    feedback: "feedback",
    loss: "counter",
    interestCount: at + 1,
    connectionsMaxCount: 1,
    huntsMaxCount: 0,
  },
  expected: {
    lambda: { value: lambda, source: "a rejected duplicate costs nothing", tolerance: 0.05 },
  },
}));

/** Of callers that come as by Poisson, one in e is turned away, and that is what a call misses. */
const pullLimited: RumorRow = {
  name: "pull, connection limit 1, k = 2",
  given: { ...limited[1]?.given, mode: "pull" },
  expected: {
    lambda: {
      value: 1,
      source: "Demers 1987 §1.4: λ = -ln δ, where δ = 1/e of the calls fail",
      tolerance: 0.05,
    },
  },
};

export const rumorLaws: Experiment = rowsExperiment({
  name: "rumor-laws",
  proves: "Residues of pushed rumors follow from when interest is lost, and from the traffic.",
  source: "Demers 1987 §1.4",
  runsCount: 5,
  rows: [...feedbackCoin, ...blindCoin, ...peersRounds, ...limited, pullLimited],
});
