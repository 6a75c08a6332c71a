/** Bounds of the UDP and TCP transport. */
export const udpTcpDefaults = {
  /** Receive buffer asked of the kernel; halved until it is granted. [memberlist] */
  receiveBufferBytes: 2 * 1024 * 1024,
  /** Bytes waiting in the UDP socket; packets beyond it are dropped. [because: 1 ms of loopback] */
  sendQueueMaxBytes: 1024 * 1024,
  /**
   * Connections that others opened at a time; further ones are closed at once. [because: twice the
   * links of a host, and room for push/pulls]
   */
  inboundMaxCount: 1_024,
  /** Connections that this node opened at a time; further dials fail. [because: as inbound] */
  outboundMaxCount: 1_024,
  /** A connection on which nothing moves for so long is cut. [guess] */
  streamIdleMs: 60_000,
  /**
   * Bytes queued on a stream before `write` says to hold back. [because: Linux's usual socket
   * buffer]
   */
  streamHighWaterBytes: 64 * 1024,
  /** Ports tried when any free one will do and UDP finds it taken. [guess] */
  bindTriesCount: 16,
  /** Longest wait for open streams and queued packets when closing. [guess] */
  closeMaxMs: 1_000,
} as const;

export type UdpTcpOptions = { readonly [Name in keyof typeof udpTcpDefaults]: number };
