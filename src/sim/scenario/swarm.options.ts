/** How bad it may get when a seed draws its own faults. Source: specs/papers.md section 14. */
export const swarmDefaults = {
  /** Chance of each kind of fault to be on at all. [because: swarm testing, Groce et al. 2012] */
  kindRatio: 0.5,
  /** Fewest nodes; at most the scenario's own number. [because: pairs have corners of their own] */
  nodesMinCount: 2,
  /** Most faults of one kind. [guess] */
  faultsPerKindCount: 4,
  /** Shortest of one-way delays, at most. [TigerBeetle: 0 to 30 ms] */
  latencyMinMs: 30,
  /** What comes on top of it on average, at most. [TigerBeetle: 30 to 100 ms] */
  latencyMeanMs: 100,
  /** Share of packets lost, at most. [TigerBeetle: 0 to 30 %] */
  lossRatio: 0.3,
  /** Share of packets doubled, at most. [TigerBeetle: 0 to 50 %] */
  duplicateRatio: 0.5,
  /** Share of packets that are late, at most. [guess] */
  reorderRatio: 0.5,
  /** How late they are, at most. [guess] */
  reorderMaxMs: 2_000,
  /** Mean length of a clog, at most. [TigerBeetle: 0 to 5 s] */
  clogMeanMs: 5_000,
  /** Longest pause or block of a node, and most of a fault's length otherwise. [guess] */
  faultMaxMs: 30_000,
  /** Shortest life of a process before it crashes again, and shortest time down. [guess] */
  stabilityMs: 500,
  /** Most that a wall clock is off. [because: a day is a wrong time zone and more] */
  skewMaxMs: 86_400_000,
  /** Largest share of the nodes that one fault strikes. [guess] */
  struckRatio: 0.5,
  /** For the scenarios that heal nothing: by when all must agree again. [guess] */
  healWithinMs: 300_000,
} as const;
