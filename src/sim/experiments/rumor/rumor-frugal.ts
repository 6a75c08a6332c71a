import type { Experiment } from "../experiment.ts";
import { rowsExperiment } from "./rumor-rows.ts";

const BEAT = "ours: pull with k = 2 leaves 5.8e-4 at m = 4.5 (Demers 1987 Table 3)";

/** What both ways at once, and what announcing, save: the same residue for fewer updates. */
export const rumorFrugal: Experiment = rowsExperiment({
  name: "rumor-frugal",
  proves: "Both ways at once leave less than pull at less traffic; announced, n - 1 updates do.",
  source: "ours; Karp et al. 2000 for the median counter",
  runsCount: 5,
  rows: [
    {
      name: "push-pull, k = 2",
      given: { mode: "pushPull", interestCount: 2 },
      expected: {
        residue: { value: 0.000_58, source: BEAT, bound: "atMost", of: "mean" },
        traffic: { value: 4.5, source: BEAT, bound: "atMost", of: "mean" },
      },
    },
    {
      name: "push-pull, minimization, k = 2",
      given: { mode: "pushPull", minimization: "smallerCounts", interestCount: 2 },
      expected: {
        // A sixth of what is to be beaten.
        residue: { value: 0.000_1, source: BEAT, bound: "atMost", of: "mean" },
        traffic: { value: 4.5, source: BEAT, bound: "atMost", of: "mean" },
        lastDelay: { value: 10, source: "ours", bound: "atMost", of: "mean" },
      },
    },
    {
      name: "median counter",
      given: { mode: "pushPull", loss: "medianCounter" },
      expected: {
        residue: { value: 0.001, source: "Karp 2000: all, w.h.p.", bound: "atMost", of: "mean" },
        traffic: {
          value: 6,
          source: "Karp 2000: O(ln ln n) a node; to know all takes 5.5",
          bound: "atMost",
          of: "mean",
        },
      },
    },
    {
      name: "push-pull, announced, k = 3",
      given: { mode: "pushPull", payloads: "announced", interestCount: 3 },
      expected: {
        residue: { value: 0.000_1, source: "ours", bound: "atMost", of: "mean" },
        traffic: {
          value: 1,
          source: "ours: who knows it is not sent it",
          bound: "atMost",
          of: "mean",
        },
        // Rounds of push and pull until all know are 9.2.
        lastDelay: { value: 13.8, source: "at most 1.5 × those", bound: "atMost", of: "mean" },
      },
    },
  ],
});
