import { readText, writeText } from "../../core/dot-bytes.ts";
import { DotSet } from "../../core/dot-set.ts";
import { encodeDotSet, readDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Cause } from "../api.ts";

/** The id of a value that says what it came after; it travels where that of its codec would. */
export const CAUSAL_CODEC = 3;
/** Topics that one message names causes in. [guess] */
const TAGS_MAX_COUNT = 256;
/** Causes of one topic: more is refused. [because: as many lives as a topic remembers] */
const causesBounds = { originsMaxCount: 4_096, rangesMaxCount: 4_096 } as const;

/** A value, and what the message that carries it came after. */
export interface CausalValue {
  readonly codec: number;
  readonly after: readonly Cause[];
  /** Where in the bytes the value begins. */
  readonly valueAt: number;
}

/**
 * Causes, then a value: codec u8 ‖ count of topics varint ‖ per topic its tag as text (empty: that
 * of the message itself) and a dot set of the last message of each life ‖ value.
 */
export function encodeCausalValue(
  tag: string,
  causes: readonly Cause[],
  { codec, payload }: { readonly codec: number; readonly payload: Uint8Array },
): Uint8Array {
  const byTag = new Map<string, DotSet>();
  for (const { origin, seq, tag: cause } of causes) {
    let dots = byTag.get(cause);
    if (dots === undefined) {
      dots = new DotSet();
      byTag.set(cause, dots);
    }
    dots.add({ origin, seq });
  }
  const writer = new ByteWriter(payload.length + 64);
  writer.byte(codec);
  writer.varint(byTag.size);
  for (const [cause, dots] of byTag) {
    writeText(writer, cause === tag ? "" : cause);
    writer.bytes(encodeDotSet(dots));
  }
  writer.bytes(payload);
  return writer.finish();
}

/** What stands in `bytes` from `start` on; undefined when that is no such thing. */
export function decodeCausalValue(
  tag: string,
  bytes: Uint8Array,
  start: number,
): CausalValue | undefined {
  const reader = new ByteReader(bytes, start);
  const codec = reader.byte();
  const count = reader.varint();
  if (codec === undefined || codec === CAUSAL_CODEC) return undefined;
  if (count === undefined || count > TAGS_MAX_COUNT) return undefined;
  const after: Cause[] = [];
  for (let left = count; left > 0; left -= 1) {
    const text = readText(reader);
    const dots = text === undefined ? undefined : readDotSet(reader, causesBounds);
    if (text === undefined || dots === undefined) return undefined;
    const cause = text === "" ? tag : text;
    for (const origin of dots.origins()) after.push({ tag: cause, origin, seq: dots.last(origin) });
  }
  return { codec, after, valueAt: reader.at };
}
