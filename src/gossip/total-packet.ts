import { createHash } from "node:crypto";
import { dotKey } from "../core/dot.ts";
import type { OrderedEntry } from "../node/ordered-log/ordered-log.api.ts";
import { msgpackValues } from "../node/topics/msgpack.wire.ts";
import type { TotalPacket } from "./total.api.ts";

/** What an entry of the ordered log is to users of the facade. */
export function totalPacketFrom(entry: OrderedEntry<unknown>): TotalPacket {
  const { clock, dot, from, index, value, vectorClock } = entry;
  const bytes = msgpackValues().encode(value);
  return {
    id: dotKey(dot),
    author: from,
    data: value,
    version: dot.seq,
    orderIndex: index,
    hash: createHash("sha256").update(bytes).digest("hex"),
    createdAtMs: clock.ms,
    vectorClock,
  };
}
