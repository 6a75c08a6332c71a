import { utf8ByteLength } from "../../core/text.ts";
import type { InfoNetworkCount } from "./info-network.contract.ts";
import type { StampedInfo } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";

export const HOPS_MAX = 0xff_ff_ff_ff;
export const NODE_ID_MAX = 0x7f_ff_ff_ff;
const NANOS_A_MS = 1_000_000n;
/** Stamps, ids and lengths of an info in a message, at most. */
const INFO_OVERHEAD_BYTES = 64;

/** A node id that somebody can have: 1 … 2³¹ − 1. */
export function isNodeId(nodeId: number): boolean {
  return Number.isInteger(nodeId) && nodeId > 0 && nodeId <= NODE_ID_MAX;
}

export function nanosOf(ms: number): bigint {
  return BigInt(Math.round(ms)) * NANOS_A_MS;
}

/** What an info takes of a message, and of a store. */
export function infoBytes(key: string, info: StampedInfo): number {
  return utf8ByteLength(key) + info.rawBytes.length + INFO_OVERHEAD_BYTES;
}

/** The most that one info takes. */
export function infoMaxBytes({ keyMaxBytes, valueMaxBytes }: InfoNetworkOptions): number {
  return keyMaxBytes + valueMaxBytes + INFO_OVERHEAD_BYTES;
}

/**
 * Whether `info` takes the place of `held` under its key: by wall time; then, of two origins, the
 * larger id, for stores must agree whichever came first; of one origin what it has stamped anew,
 * else the shorter way. [infostore §4]
 */
export function isFresher(info: StampedInfo, held: StampedInfo): boolean {
  if (info.wallTime !== held.wallTime) return info.wallTime > held.wallTime;
  if (info.nodeId !== held.nodeId) return info.nodeId > held.nodeId;
  if (info.origStamp !== held.origStamp) return info.origStamp > held.origStamp;
  return info.hops < held.hops;
}

/** Why an entry of a delta is dropped, as it is counted; undefined when nothing is wrong. */
export function faultOf(
  key: string,
  info: StampedInfo,
  { nowNanos, options }: { readonly nowNanos: bigint; readonly options: InfoNetworkOptions },
): InfoNetworkCount | undefined {
  const { hops, nodeId, origStamp, ttlStamp, wallTime } = info;
  if (!isNodeId(nodeId) || origStamp <= 0n || ttlStamp <= 0n || wallTime <= 0n) {
    return "infoMalformed";
  }
  if (key === "" || !Number.isInteger(hops) || hops < 0) return "infoMalformed";
  if (utf8ByteLength(key) > options.keyMaxBytes) return "infoTooLarge";
  if (info.rawBytes.length > options.valueMaxBytes) return "infoTooLarge";
  const limit = nowNanos + nanosOf(options.stampAheadMaxMs);
  return origStamp > limit || wallTime > limit ? "infoTooFarAhead" : undefined;
}
