import type { Cause } from "../api.ts";
import type { SpanPlace } from "../tracing/tracing.api.ts";
import { CAUSAL_CODEC, decodeCausalValue } from "./causal-value.ts";
import type { TopicRumor } from "./topic.contract.ts";
import { decodeTracedValue, TRACED_CODEC } from "./traced-value.ts";

/** A value as it is written, and where in its bytes it begins. */
export interface WrittenValue {
  readonly codec: number;
  readonly clock: TopicRumor["clock"];
  readonly payload: Uint8Array;
  readonly valueAt: number;
}

/** A value, and what it carried. */
export interface CarriedValue extends WrittenValue {
  readonly after?: readonly Cause[];
  readonly place?: SpanPlace;
}

/**
 * What is around a value: its causes, and in them its trace. Undefined when that cannot be read.
 */
export function carriedValue(tag: string, written: WrittenValue): CarriedValue | undefined {
  let value: CarriedValue = written;
  if (value.codec === CAUSAL_CODEC) {
    const causal = decodeCausalValue(tag, value.payload, value.valueAt);
    if (causal === undefined) return undefined;
    value = { ...value, ...causal };
  }
  if (value.codec === TRACED_CODEC) {
    const traced = decodeTracedValue(value.payload, value.valueAt);
    if (traced === undefined) return undefined;
    value = { ...value, ...traced };
  }
  return value;
}
