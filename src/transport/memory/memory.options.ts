/** What a network in memory is like when nothing else is said. */
export const memoryDefaults = {
  /** One-way delay of packets and of the bytes of streams. [because: tests should not wait] */
  latencyMs: 0,
  /** Share of packets lost; streams lose nothing. [because: tests add loss by name] */
  lossRatio: 0,
  /** Packets under way at once; further ones are dropped and counted. [because: bounds memory] */
  packetsMaxCount: 65_536,
  /** Largest packet; larger ones are dropped and counted. [because: UDP over IPv4 ends there] */
  packetMaxBytes: 65_507,
  /**
   * Bytes under way on a stream before `write` says to hold back. [because: as the TCP transport]
   */
  streamHighWaterBytes: 64 * 1024,
  /** Pause before bytes of a stream that met a partition are tried again. [because: TCP's least] */
  retransmitMs: 200,
  /** Longest wait for open streams when closing. [because: as the TCP transport] */
  closeMaxMs: 1_000,
} as const;

export type MemoryOptions = { readonly [Name in keyof typeof memoryDefaults]: number };
