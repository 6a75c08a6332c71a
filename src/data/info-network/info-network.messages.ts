/**
 * What travels on a stream of the info network, as the gRPC service of the spec has it. Stamps are
 * nanoseconds since the epoch. [spec infostore §1]
 */

/** Node id of whoever has none yet. */
export const NO_NODE_ID = 0;

/** `ttlStamp` of an info that never expires. */
export const NO_EXPIRY = 9_223_372_036_854_775_807n;

export interface UnresolvedAddress {
  /** Such as "tcp". */
  readonly network: string;
  /** Such as "host:port"; empty when it is not known. */
  readonly address: string;
}

export interface StampedInfo {
  /** Checksum, tag and payload. [spec infostore §1] */
  readonly rawBytes: Uint8Array;
  /** What decides which of two infos of a key is the newer. */
  readonly wallTime: bigint;
  readonly origStamp: bigint;
  readonly ttlStamp: bigint;
  readonly hops: number;
  /** Who wrote it. */
  readonly nodeId: number;
  /** Who told this node. */
  readonly peerId: number;
}

export type InfoMap = ReadonlyMap<string, StampedInfo>;

/** Greatest `origStamp` of each origin that somebody has. */
export type HighWaterStamps = ReadonlyMap<number, bigint>;

/** From whoever opened the stream. */
export interface InfoRequest {
  readonly nodeId: number;
  readonly address: UnresolvedAddress;
  readonly highWaterStamps: HighWaterStamps;
  readonly delta: InfoMap;
  /** 16 bytes; empty when it is not known. */
  readonly clusterId: Uint8Array;
}

/** From whoever accepted it. */
export interface InfoResponse {
  readonly nodeId: number;
  readonly address: UnresolvedAddress;
  /** Present: go there instead. */
  readonly alternate?: { readonly address: UnresolvedAddress; readonly nodeId: number };
  readonly delta: InfoMap;
  readonly highWaterStamps: HighWaterStamps;
}
