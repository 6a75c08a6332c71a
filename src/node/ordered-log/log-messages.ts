import { peerId } from "../../core/peer.ts";
import { decodeOrderedLog, encodeOrderedLog } from "../../data/ordered-log/ordered-log.wire.ts";

/** Peers are their names. */
export const orderedLogMessages = {
  encode: encodeOrderedLog,
  decode: (bytes: Uint8Array) => decodeOrderedLog(bytes, peerId),
};
