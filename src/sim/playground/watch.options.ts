/** The numbers of a town in which nodes watch each other. */
export const watchDefaults = {
  /** All of them; each keeps a record of every other one. [because: all on a screen] */
  nodesCount: 64,
  /** Share of packets lost. [because: first without] */
  lossRatio: 0,
  /** Uniform. [guess] */
  latencyMinMs: 5,
  /** The longest of them. [guess] */
  latencyMaxMs: 50,
  /** Share of slow members: nothing comes in or goes out for half of the time, 4 s of each 8.
   * [Lifeguard 2017 §V-D] */
  slowRatio: 0,
  /** Of SWIM's suspicions, how long they run; 0: as the profile has it. [memberlist LAN: 4] */
  suspicionMultiplier: 0,
  /** Of heartbeats, the silence after which a member is dead; 0: by the analysis. [van Renesse] */
  failAfterMs: 0,
  /** Of phi, the level at which a member is dead; 0: as shipped. [ours: 5 gossiped, 8 direct] */
  deadLevel: 0,
} as const;

export type WatchNumbers = { readonly [Name in keyof typeof watchDefaults]: number };
