/** Numbers of the agent and its admin API. */
export const agentDefaults = {
  /** Port of the admin API. [because: the node has 7946, Serf's RPC 7373; free at IANA] */
  adminPort: 7980,
  /** Largest request body. [because: a 1 MiB value in base64 with its envelope] */
  bodyMaxBytes: 2_097_152,
  /** Largest `/v1/watch` streams at once; one more is refused. [guess] */
  watchClientsMaxCount: 64,
  /** Notices waiting for one slow watcher; the oldest is dropped and counted. [guess] */
  watchQueueMaxCount: 1_000,
  /** JSON in them, a character a byte; beyond, likewise. [because: a few of the largest values] */
  watchQueueMaxBytes: 4_194_304,
  /**
   * The same for all watchers together, who have equal shares; until they are trimmed, and on their
   * way to a stalled client, each holds up to three times its own. [because: a pod of 512 MiB]
   */
  watchQueuesMaxBytes: 33_554_432,
  /**
   * Silence after which a watcher is sent a comment. [because: proxies cut idle streams at 60 s]
   */
  watchHeartbeatMs: 15_000,
  /** Notices that were sent are kept, in case their watcher comes back for them. [guess] */
  watchReplayMaxCount: 1_000,
  /** JSON in them, a character a byte. [guess] */
  watchReplayMaxBytes: 1_048_576,
  /** A watcher whose connection broke may go on within. [because: a proxy restarts in seconds] */
  watchResumeMs: 30_000,
  /** A watcher that took nothing for so long is disconnected. [guess] */
  watchStallMs: 30_000,
  /** What members did is kept for those who come later. [because: a bad day of 50 members] */
  timelineMaxCount: 1_024,
  /** Evidence that is kept with each. [because: a suspicion and its end take fewer] */
  timelineEvidenceMaxCount: 8,
  /** Topics an agent opens for its clients in one life. [guess] */
  topicsMaxCount: 1_000,
  /** … and besides for those who may only read, of topics that nobody else has named. [guess] */
  readerTopicsMaxCount: 250,
  /** Topics of one watch stream. [guess] */
  watchTopicsMaxCount: 32,
  /** Requests of one client in a second. [because: a tenth of what a core can answer] */
  requestsPerSecond: 500,
  /** What a wrong token costs its client, in requests. [because: 25 guesses a second] */
  wrongTokenRequestsCount: 20,
  /** Pause between two looks whether the membership agrees with that of peers. [guess] */
  settleEveryMs: 15_000,
  /** A look that takes longer has failed. [guess] */
  settleTimeoutMs: 10_000,
  /** Who looked for others in vain for so long is ready alone. [because: ten tries to join] */
  aloneReadyMs: 30_000,
  /** Open connections to the admin API. [guess] */
  connectionsMaxCount: 256,
  /** A request must have arrived whole within. [because: all of it comes over loopback] */
  requestTimeoutMs: 30_000,
  /**
   * A graceful leave that takes longer becomes a stop. [because: Serf leaves within 5 s +
   * propagation]
   */
  leaveTimeoutMs: 8_000,
  /** Longest wait a query may ask for. [guess] */
  queryTimeoutMaxMs: 60_000,
  /** Longest wait of one join. [guess] */
  joinTimeoutMs: 10_000,
  /** Nesting of a JSON value in a topic. [because: conversion is recursive] */
  valueDepthMaxCount: 100,
} as const;

export type AgentOptions = { readonly [K in keyof typeof agentDefaults]: number };
