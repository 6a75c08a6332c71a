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
   * Silence after which a watcher is sent a comment. [because: proxies cut idle streams at 60 s]
   */
  watchHeartbeatMs: 15_000,
  /** A watcher that took nothing for so long is disconnected. [guess] */
  watchStallMs: 30_000,
  /** Topics an agent opens for its clients in one life. [guess] */
  topicsMaxCount: 1_000,
  /** Topics of one watch stream. [guess] */
  watchTopicsMaxCount: 32,
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
