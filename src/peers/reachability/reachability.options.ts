import type { OptionsOf } from "../../core/options.ts";
import { HEADS_MAX_COUNT } from "./reachability.messages.ts";

/** How single paths are judged, and how what is known of them spreads. */
export const reachabilityDefaults = {
  /** Time between rounds, while a path is in doubt or somebody has told of one. [guess] */
  roundIntervalMs: 500,
  /** Knocks without an answer after which a path counts as cut. [because: 10 % loss takes a sound
   * path's probe and five knocks, each there and back, once in 20,000 probes] */
  knocksCount: 5,
  /** Answers in a row after which it counts as sound again. [guess] */
  answersCount: 2,
  /** Shortest time between two knocks on a path that is cut; doubles up to the longest. [guess] */
  knockMinMs: 1_000,
  /** Longest time between them: how late a mended path is noticed. [guess] */
  knockMaxMs: 4_000,
  /** A peer that was heard within this time is heard. [because: two longest knocks, and one] */
  heardWithinMs: 12_000,
  /** A member that nobody reaches, and that is not dead by then, is told of. [because: SWIM's
   * suspicions in a cluster of 100 last as long] */
  noneAfterMs: 15_000,
  /** Paths of this node that are kept in mind; further ones are not. [guess] */
  pathsMaxCount: 64,
  /** Rows of others that are kept; further ones are not. [guess] */
  rowsMaxCount: 1_024,
  /** Peers that a row is sent to in a round. [memberlist LAN: GossipNodes] */
  fanoutCount: 3,
  /** Time between two comparisons with a random peer, while there is a row. [guess] */
  compareIntervalMs: 5_000,
  /** A row with paths in it is said again by its node after this time. [guess] */
  renewIntervalMs: 30_000,
  /** A row that was not said again for so long is forgotten. [because: three renewals] */
  rowMaxAgeMs: 90_000,
  /** Messages of others that are read in a second. [guess] */
  messagesPerSecond: 512,
} as const;

export type ReachabilityOptions = OptionsOf<typeof reachabilityDefaults>;

/** A rule across options that makes no sense; undefined when all is well. */
export function reachabilityProblem(options: ReachabilityOptions): string | undefined {
  if (options.roundIntervalMs < 10) return "roundIntervalMs must be 10 or more.";
  if (options.knockMinMs > options.knockMaxMs) return "knockMinMs must not exceed knockMaxMs.";
  if (options.renewIntervalMs >= options.rowMaxAgeMs) {
    return "renewIntervalMs must be below rowMaxAgeMs.";
  }
  // With its own row a node names one more than it keeps of others.
  if (options.rowsMaxCount >= HEADS_MAX_COUNT) {
    return `rowsMaxCount must be below ${HEADS_MAX_COUNT}.`;
  }
  for (const name of ["knocksCount", "answersCount", "fanoutCount", "rowsMaxCount"] as const) {
    if (options[name] < 1) return `${name} must be 1 or more.`;
  }
  return undefined;
}
