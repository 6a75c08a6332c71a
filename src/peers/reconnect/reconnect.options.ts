import type { OptionsOf } from "../../core/options.ts";

/**
 * How a node looks for members it has lost: how often it dials where they were, how many places it
 * keeps in mind, and for how long. A round dials one place at most, so the cost has a bound that
 * does not depend on the size of the past.
 */
export const reconnectDefaults = {
  /** Mean time between two rounds, each of which dials one place or none. [Serf LAN] */
  intervalMs: 30_000,
  /** First wait of a node that sees nobody; it doubles up to `intervalMs`. [guess] */
  aloneIntervalMs: 1_000,
  /** Places that a node which sees nobody dials in a round. [guess] */
  aloneDialsCount: 3,
  /**
   * Dials of one missing place in an interval, of all members together: each dials with this
   * number / the members as chance. [because: one, as in Serf, lets a lost segment cost a round]
   */
  dialersCount: 3,
  /** Shortest wait before a place is dialled again: a member just lost may refute. [guess] */
  retryMinMs: 15_000,
  /**
   * Longest wait before a place is dialled again; between the two it is an eighth of the time for
   * which nobody was seen there. [because: healing then takes an eighth of the partition longer]
   */
  retryMaxMs: 600_000,
  /** Wait before a place that refused us is dialled again. [guess] */
  foreignRetryMs: 900_000,
  /** Places of past members kept in mind; who was last seen longest ago falls out. [guess] */
  pastMaxCount: 512,
  /** How long a past member is kept in mind. [because: a week bridges a long week-end] */
  pastMaxMs: 604_800_000,
  /** Addresses given by the user that are kept in mind; further ones are refused. [guess] */
  seedsMaxCount: 64,
  /** Shortest time between two saves of the members to disk. [guess] */
  saveIntervalMs: 5_000,
} as const;

export type ReconnectOptions = OptionsOf<typeof reconnectDefaults>;

/** A rule across options that makes no sense; undefined when all is well. */
export function reconnectProblem(options: ReconnectOptions): string | undefined {
  const { aloneIntervalMs, intervalMs, retryMaxMs, retryMinMs, saveIntervalMs } = options;
  if (intervalMs < 100 || aloneIntervalMs < 100 || saveIntervalMs < 100) {
    return "intervalMs, aloneIntervalMs and saveIntervalMs must be 100 or more.";
  }
  if (retryMinMs > retryMaxMs) return "retryMinMs must not exceed retryMaxMs.";
  if (options.pastMaxCount < 1) return "pastMaxCount must be 1 or more.";
  return undefined;
}
