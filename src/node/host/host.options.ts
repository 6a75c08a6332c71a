/** Bounds of a real node's host. */
export const hostDefaults = {
  /** Largest packet, with label and seal. [memberlist LAN] */
  packetMaxBytes: 1_400,
  /** Packets that one step may send; further ones are dropped and counted. [guess] */
  stepPacketsMaxCount: 4_096,
  /** Timers fired before the event loop gets its turn. [because: 10,000 take 50 ms or more] */
  timersPerTurnCount: 1_000,
  /** Exchanges that this node began and that have not ended; further ones fail. [guess] */
  exchangesMaxCount: 128,
  /**
   * Streams that others opened; a further one has the oldest cut off. [memberlist: 128 push/pulls]
   */
  inboundMaxCount: 128,
  /** Bytes held of requests that are not whole; beyond it the largest is cut off. [guess] */
  inboundHeldMaxBytes: 64 * 1024 * 1024,
  /** Time for reading a request, and again for writing the reply. [memberlist LAN: TCPTimeout] */
  inboundDeadlineMs: 10_000,
  /** Links to and from others at a time; further ones are refused. [because: 1,024 descriptors] */
  connectionsMaxCount: 512,
  /** Longest wait for a peer to close its end of a link. [because: as inboundDeadlineMs] */
  connectionCloseMaxMs: 10_000,
  /**
   * Shortest time between two log lines with the same reason. [because: floods must not fill disks]
   */
  reportIntervalMs: 1_000,
} as const;

export type HostOptions = { readonly [Name in keyof typeof hostDefaults]: number };
