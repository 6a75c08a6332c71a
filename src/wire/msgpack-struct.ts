import type { MsgpackReader } from "./msgpack-reader.ts";
import { encodeText } from "./text.ts";

/**
 * The fields of a Go struct by name. They travel as a map with the keys in ascending byte order
 * (spec section 3.1), and may come as a map in any order or as an array in declaration order.
 */
export class StructFields<Key extends string> {
  /** In declaration order. */
  readonly declared: readonly Key[];
  readonly sorted: readonly { readonly key: Key; readonly bytes: Uint8Array }[];

  constructor(declared: readonly Key[]) {
    this.declared = declared;
    this.sorted = [...declared].sort().map((key) => ({ key, bytes: encodeText(key) }));
  }

  /** Starts to read a struct; call `next` until it returns undefined. */
  open(reader: MsgpackReader): StructCursor<Key> {
    const head = reader.peek();
    const isArray = (head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd;
    const count = isArray ? reader.arrayLength() : reader.mapLength();
    return new StructCursor(reader, this, isArray ? "array" : "map", count);
  }
}

/** Walks the fields of one struct in a reader. */
export class StructCursor<Key extends string> {
  private readonly reader: MsgpackReader;
  private readonly fields: StructFields<Key>;
  private readonly form: "map" | "array";
  private left: number;
  /** In the map form the place in `sorted` to look first, in the array form in `declared`. */
  private expected = 0;

  constructor(
    reader: MsgpackReader,
    fields: StructFields<Key>,
    form: "map" | "array",
    count: number,
  ) {
    this.reader = reader;
    this.fields = fields;
    this.form = form;
    this.left = count;
  }

  /** The field whose value comes next; undefined at the end or after a failure. */
  next(): Key | undefined {
    while (this.left > 0 && this.reader.failure === undefined) {
      this.left -= 1;
      const key = this.form === "map" ? this.mapKey() : this.arrayKey();
      if (key !== undefined) return this.reader.failure === undefined ? key : undefined;
      this.reader.skip();
    }
    return undefined;
  }

  private arrayKey(): Key | undefined {
    const key = this.fields.declared[this.expected];
    this.expected += 1;
    return key;
  }

  private mapKey(): Key | undefined {
    const reader = this.reader;
    const length = reader.rawLength();
    if (length < 0) return undefined;
    const start = reader.at;
    reader.at += length;
    const sorted = this.fields.sorted;
    for (let tried = 0; tried < sorted.length; tried += 1) {
      const place = this.expected + tried;
      const index = place < sorted.length ? place : place - sorted.length;
      const entry = sorted[index];
      if (entry !== undefined && isKey(entry.bytes, reader.bytes, start, length)) {
        this.expected = index + 1;
        return entry.key;
      }
    }
    return undefined;
  }
}

function isKey(key: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i += 1) if (key[i] !== bytes[start + i]) return false;
  return true;
}
