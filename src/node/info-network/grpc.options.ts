/** How a node speaks gRPC in the info network. */
export const grpcDefaults = {
  /** Largest message, in and out. [because: gRPC's own default] */
  messageMaxBytes: 4 * 1024 * 1024,
  /** Written ahead of what a reader takes; above it a stream is not writable. [guess] */
  writeAheadBytes: 1024 * 1024,
  /** Queued on a stream; beyond it the stream ends. [because: two largest messages] */
  queueMaxBytes: 8 * 1024 * 1024,
  /** Streams that others opened. [because: info network's peers and guests, several times] */
  streamsMaxCount: 256,
  /**
   * Connections that others opened; a further one takes the place of the oldest without a stream.
   * [because: each of ours carries one stream]
   */
  connectionsMaxCount: 256,
  /** An end that the other side does not take is forced after this. [guess] */
  endGraceMs: 1_000,
  /** Silence after which a ping asks whether the other side is there. [guess] */
  keepaliveIntervalMs: 20_000,
  /** Silence after such a ping that ends a connection. [because: half the interval] */
  keepaliveTimeoutMs: 10_000,
  /** A connection without a stream is closed after this. [spec infostore §5: idleTimeout] */
  connectionIdleMaxMs: 60_000,
} as const;

export type GrpcOptions = { readonly [Name in keyof typeof grpcDefaults]: number };
