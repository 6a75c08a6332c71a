import { byteAt } from "./collections/at.ts";
import type { ByteReader, ByteWriter } from "./varint.ts";

const NO_BYTES = new Uint8Array(0);

/**
 * Names one after the other, each as what it does not share with the one before: varint of the
 * bytes shared at the beginning, varint of those shared at the end, varint of the length between,
 * and that. As much as can be is shared, at the beginning first, so that a name has one form.
 *
 * Names of nodes are much alike: a list of them takes a third of its text.
 */
export class NameWriter {
  private readonly writer: ByteWriter;
  private previous: Uint8Array = NO_BYTES;

  constructor(writer: ByteWriter) {
    this.writer = writer;
  }

  write(name: Uint8Array): void {
    const { previous, writer } = this;
    const head = sharedHead(previous, name);
    const tail = sharedTail(previous, name, head);
    writer.varint(head);
    writer.varint(tail);
    writer.varint(name.length - head - tail);
    writer.bytes(head + tail === 0 ? name : name.subarray(head, name.length - tail));
    this.previous = name;
  }
}

export class NameReader {
  private readonly reader: ByteReader;
  private readonly maxBytes: number;
  private previous: Uint8Array = NO_BYTES;

  constructor(reader: ByteReader, maxBytes: number) {
    this.reader = reader;
    this.maxBytes = maxBytes;
  }

  /** undefined for what is no name in its one form, or longer than `maxBytes`. */
  read(): Uint8Array | undefined {
    const { maxBytes, previous, reader } = this;
    const head = reader.varint();
    const tail = reader.varint();
    const length = reader.varint();
    if (head === undefined || tail === undefined || length === undefined) return undefined;
    if (head + tail > previous.length || head + tail + length > maxBytes) return undefined;
    const middle = reader.bytes(length);
    if (middle === undefined) return undefined;
    const name = head + tail === 0 ? middle : joined(previous, middle, [head, tail]);
    const isOneForm =
      sharedHead(previous, name) === head && sharedTail(previous, name, head) === tail;
    if (!isOneForm) return undefined;
    this.previous = name;
    return name;
  }
}

function joined(
  previous: Uint8Array,
  middle: Uint8Array,
  [head, tail]: readonly [number, number],
): Uint8Array {
  const name = new Uint8Array(head + middle.length + tail);
  // Byte by byte: they are too few for a view of each part.
  for (let index = 0; index < head; index += 1) name[index] = byteAt(previous, index);
  name.set(middle, head);
  const shift = previous.length - name.length;
  for (let index = head + middle.length; index < name.length; index += 1) {
    name[index] = byteAt(previous, index + shift);
  }
  return name;
}

function sharedHead(one: Uint8Array, other: Uint8Array): number {
  const most = Math.min(one.length, other.length);
  let count = 0;
  while (count < most && byteAt(one, count) === byteAt(other, count)) count += 1;
  return count;
}

/** Of what is behind the first `head` bytes of both. */
function sharedTail(one: Uint8Array, other: Uint8Array, head: number): number {
  const most = Math.min(one.length, other.length) - head;
  let count = 0;
  while (
    count < most &&
    byteAt(one, one.length - 1 - count) === byteAt(other, other.length - 1 - count)
  ) {
    count += 1;
  }
  return count;
}
