import { utf8ByteLength } from "../../core/text.ts";
import type { AggregatePart, ExtremeRecord } from "./aggregate.messages.ts";

/** Kind, epoch, time, and the number of parts. */
export const MESSAGE_HEAD_BYTES = 24;
const NUMBER_BYTES = 8;
/** Kind, step, life, number and lengths. */
const PART_HEAD_BYTES = 32;
/** Numbers beside a name. */
const STAMP_BYTES = 24;
const RANGE_BYTES = 24;

/** What a part takes in a message, or a little more. */
export function partBytes(part: AggregatePart): number {
  return PART_HEAD_BYTES + utf8ByteLength(part.task) + bodyBytes(part);
}

function bodyBytes(part: AggregatePart): number {
  switch (part.kind) {
    case "flow":
      return (part.flow.length + part.estimate.length) * NUMBER_BYTES + rangesBytes(part);
    case "half":
      return (part.sent.length + part.received.length) * NUMBER_BYTES + rangesBytes(part);
    case "average":
      return "values" in part ? part.values.length * NUMBER_BYTES + rangesBytes(part) : 0;
    case "minima":
      return (part.minima?.length ?? 0) * 4;
    case "extremes":
      return (
        recordBytes(part.low) +
        recordBytes(part.high) +
        part.retracted.reduce((sum, { origin }) => sum + STAMP_BYTES + nameBytes(origin), 0)
      );
    case "records":
      return part.records.reduce(
        (sum, { bytes, origin }) => sum + STAMP_BYTES + nameBytes(origin) + bytes.length,
        0,
      );
    case "registers":
      return part.bytes.length;
  }
}

function rangesBytes({ ranges }: { readonly ranges: readonly unknown[] }): number {
  return ranges.length * RANGE_BYTES;
}

function recordBytes(record: ExtremeRecord | undefined): number {
  return record === undefined ? 0 : STAMP_BYTES + NUMBER_BYTES + nameBytes(record.origin);
}

function nameBytes(origin: string | number): number {
  return utf8ByteLength(String(origin));
}
