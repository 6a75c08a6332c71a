/** What a simulated network and its machines are like when nothing else is said. */
export const simDefaults = {
  /** Shortest one-way delay of a packet. [guess] */
  latencyMinMs: 1,
  /** Longest one-way delay; delays are uniform between the two. [guess] */
  latencyMaxMs: 5,
  /**
   * Share of packets lost; a stream's bytes are sent again instead. [because: tests add loss by
   * name]
   */
  lossRatio: 0,
  /** Share of packets that arrive twice. [because: tests add doubles by name] */
  duplicateRatio: 0,
  /** Share of packets that are late and so overtaken. [because: tests add disorder by name] */
  reorderRatio: 0,
  /** Most that those packets are late. [because: several times the longest delay] */
  reorderMaxMs: 50,
  /**
   * Speed of the line out of each machine; 0 is without bound. Needs `sizeOf`. [because: tests add
   * slow lines by name]
   */
  bandwidthBytesPerSecond: 0,
  /** Bytes that wait for that line; packets beyond it are lost. [because: a router's 64 KiB] */
  linkQueueMaxBytes: 65_536,
  /**
   * Delay of bytes of a stream that were lost once. [because: Linux's least TCP retransmission
   * timeout]
   */
  retransmitMs: 200,
  /**
   * How long the ends of a link or connection hear nothing of each other before both are told that
   * it broke; a dial without an answer is given up after it. [guess: what `node/links` waits]
   */
  linkDeadAfterMs: 10_000,
  /** Room for messages in a packet, as `StreamEnv.packetMaxBytes`. [memberlist LAN] */
  packetMaxBytes: 1_400,
  /** Shortest time of one operation of a disk: a write, or a sync. [guess: an NVMe disk] */
  diskLatencyMinMs: 0.1,
  /** Longest such time; uniform between the two. [guess] */
  diskLatencyMaxMs: 2,
  /** Wall-clock time at which a simulation begins. [because: any fixed date will do] */
  epochMs: 1_700_000_000_000,
  /**
   * Packets a paused machine keeps; later ones are lost. [because: 2 MiB of socket buffer at 2 KiB
   * each]
   */
  pausedPacketsCount: 1_024,
  /** Packets and dials a blocked node waits to send; later ones are lost. [because: as above] */
  blockedSendsCount: 1_024,
  /** Events in one instant after which a simulation is taken to be stuck. [guess] */
  instantEventsCount: 5_000_000,
} as const;

/** Latency, loss and bounds of the simulated network; docs/reference/options.md. */
export type SimOptions = { readonly [Name in keyof typeof simDefaults]: number };
