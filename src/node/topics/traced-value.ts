import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { SpanPlace } from "../tracing/tracing.api.ts";

/** The id of a value that tells the trace of its publish; it stands where its codec's would. */
export const TRACED_CODEC = 4;
const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/** A value, and the span that published it. */
export interface TracedValue {
  readonly codec: number;
  readonly place: SpanPlace;
  /** Where in the bytes the value begins. */
  readonly valueAt: number;
}

/** codec u8 ‖ trace id, 16 bytes ‖ span id, 8 bytes ‖ flags u8 ‖ value. [W3C Trace Context §3.2] */
export function encodeTracedValue(
  { flags, spanId, traceId }: SpanPlace,
  { codec, payload }: { readonly codec: number; readonly payload: Uint8Array },
): Uint8Array {
  const writer = new ByteWriter(payload.length + TRACE_ID_BYTES + SPAN_ID_BYTES + 2);
  writer.byte(codec);
  writer.bytes(fixed(traceId, TRACE_ID_BYTES));
  writer.bytes(fixed(spanId, SPAN_ID_BYTES));
  writer.byte(flags & 0xff);
  writer.bytes(payload);
  return writer.finish();
}

/** What stands in `bytes` from `start` on; undefined when that is no such thing. */
export function decodeTracedValue(bytes: Uint8Array, start: number): TracedValue | undefined {
  const reader = new ByteReader(bytes, start);
  const codec = reader.byte();
  const traceId = reader.bytes(TRACE_ID_BYTES);
  const spanId = reader.bytes(SPAN_ID_BYTES);
  const flags = reader.byte();
  if (codec === undefined || codec === TRACED_CODEC) return undefined;
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { codec, place: { traceId, spanId, flags }, valueAt: reader.at };
}

function fixed(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length === length ? bytes : new Uint8Array(length);
}
