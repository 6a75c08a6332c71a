/** Numbers of the demonstration. */
export const demoDefaults = {
  /** Node processes. [because: enough for an indirect probe to have a choice] */
  nodesCount: 5,
  /** Fewest: somebody must be left to notice. [because: a pair is the smallest cluster] */
  nodesMinCount: 2,
  /** Most: each is a process of some 60 MB. [guess] */
  nodesMaxCount: 20,
  /** All processes listen within. [because: 20 starts on two busy cores took some 8 s] */
  startTimeoutMs: 12_000,
  /** Every node lists all others as alive within. [because: joining takes well under a second] */
  convergeTimeoutMs: 8_000,
  /** The rumour is everywhere within. [because: gossip interval 100 ms, few rounds] */
  rumourTimeoutMs: 4_000,
  /** All know of the killed node within. [because: probe round + suspicion of some 4 s, twice] */
  detectTimeoutMs: 14_000,
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
