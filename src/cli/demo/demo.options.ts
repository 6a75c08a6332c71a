/** Numbers of the demonstration. */
export const demoDefaults = {
  /** Node processes. [because: enough for an indirect probe to have a choice] */
  nodesCount: 5,
  /** Fewest: somebody must be left to notice. [because: a pair is the smallest cluster] */
  nodesMinCount: 2,
  /** Most: each is a process of some 60 MB. [guess] */
  nodesMaxCount: 20,
  /**
   * The whole story. [because: its users wait 40 s at most; one bound for all, so that a machine
   * that stands still in one step has what the others left, and they take some 6 s together]
   */
  storyTimeoutMs: 36_000,
  /** A process that was told to stop is killed after. [because: stopping needs no goodbye] */
  stopTimeoutMs: 1_000,
  /** Time between two drawings of the live table. [because: ten a second look smooth] */
  drawIntervalMs: 100,
  /** Last characters kept of what a process writes to stderr. [guess] */
  stderrMaxCount: 2_000,
} as const;

/**
 * Membership of the demonstration's nodes, over profile `local`. That profile tells each news to
 * two others only and compares notes every 15 s, which leaves now and then a node uninformed for
 * longer than an audience will wait.
 */
export const demoSwim = {
  /** Times each news is passed on, times log10 of the nodes. [memberlist LAN] */
  retransmitMultiplier: 4,
  /** How often a node compares its whole list with another's. [because: repairs within seconds] */
  pushPullIntervalMs: 2_000,
} as const;
