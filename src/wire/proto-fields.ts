import { readVarint } from "./varint.ts";

/** The lowest three bits of a tag. Source: protobuf's encoding, "Message Structure". */
const WIRE_TYPES = 8;
const LENGTH_DELIMITED = 2;

/** One field of a protobuf message, as it stands in the bytes. */
export interface ProtoField {
  readonly number: number;
  /** Of a text, bytes or a message: where its content begins and ends; else undefined. */
  readonly content: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Calls `visit` for each field between `start` and `end`, until it answers false. Each field costs
 * the parser as much as a call, however few bytes it has, so they are counted before it runs.
 * @returns whether the bytes are whole fields and all were visited.
 */
function everyProtoField(
  bytes: Uint8Array,
  visit: (field: ProtoField) => boolean,
  { start, end }: { readonly start: number; readonly end: number } = {
    start: 0,
    end: bytes.length,
  },
): boolean {
  let at = start;
  while (at < end) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return false;
    const wireType = tag.value % WIRE_TYPES;
    const place = placeOf(bytes, tag.at, wireType);
    if (place === undefined || place.end > end) return false;
    const content = wireType === LENGTH_DELIMITED ? place : undefined;
    if (!visit({ number: Math.floor(tag.value / WIRE_TYPES), content })) return false;
    at = place.end;
  }
  return at === end;
}

/**
 * Whether the bytes are whole fields, and with those of what may be a message in them no more than
 * `maxCount`. Bytes that only look like a message are counted too, up to where they do not, which
 * is a bound all the same. `maxDepth` messages may stand in each other; 0: none is looked into.
 */
export function hasFewProtoFields(
  bytes: Uint8Array,
  { maxCount, maxDepth = 0 }: { readonly maxCount: number; readonly maxDepth?: number },
): boolean {
  let count = 0;
  const scan = (start: number, end: number, depth: number): boolean =>
    everyProtoField(
      bytes,
      ({ content }) => {
        count += 1;
        if (content !== undefined && depth < maxDepth) scan(content.start, content.end, depth + 1);
        return count <= maxCount;
      },
      { start, end },
    );
  return scan(0, bytes.length, 0) && count <= maxCount;
}

/** Where the value at `at` begins and ends; undefined for groups, which nobody writes. */
function placeOf(bytes: Uint8Array, at: number, wireType: number): ProtoField["content"] {
  switch (wireType) {
    case 0: {
      const end = varintEnd(bytes, at);
      return end === undefined ? undefined : { start: at, end };
    }
    case 1:
      return { start: at, end: at + 8 };
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, at);
      return length && { start: length.at, end: length.at + length.value };
    }
    case 5:
      return { start: at, end: at + 4 };
    default:
      return undefined;
  }
}

/** A number of protobuf has ten bytes at most, two more than `readVarint` takes. */
function varintEnd(bytes: Uint8Array, at: number): number | undefined {
  for (let i = at; i < at + 10; i += 1) if ((bytes[i] ?? 0x80) < 0x80) return i + 1;
  return undefined;
}
