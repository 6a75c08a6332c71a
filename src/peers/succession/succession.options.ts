import type { OptionsOf } from "../../core/options.ts";

/** How a restarted node gets its name back from its former life at another address. */
export const successionDefaults = {
  /** Deadline of the question whether the holder of the name lives. [guess] */
  askTimeoutMs: 2_000,
  /** Time between two tries to be taken in, while the others still know the former life. [guess] */
  retryMs: 3_000,
  /**
   * How long the tries go on after the last sign of the former life. [because: memberlist forgets
   * a dead name 30 s after its death, and at the end of a probe round]
   */
  quietMs: 60_000,
  /** Longest wait for a holder that neither answers nor is found dead. [guess] */
  waitMaxMs: 600_000,
} as const;

export type SuccessionOptions = OptionsOf<typeof successionDefaults>;
