/**
 * Tags in the meta of a member. Source: specs/memberlist-wire.md section 21.4.
 */
import { MsgpackReader } from "../../wire/msgpack-reader.ts";
import { MsgpackWriter } from "../../wire/msgpack-writer.ts";
import { decodeText } from "../../wire/text.ts";

/** Begins meta that holds tags; anything else is a bare role, as before Serf 0.4. */
const TAGS_MAGIC = 0xff;

export function encodeTags(tags: ReadonlyMap<string, string>): Uint8Array {
  const writer = new MsgpackWriter();
  writer.byte(TAGS_MAGIC);
  writeTags(writer, tags);
  return Uint8Array.from(writer.take());
}

/** Never throws: bytes that make no sense are no tags. */
export function decodeTags(meta: Uint8Array): ReadonlyMap<string, string> {
  if (meta[0] !== TAGS_MAGIC) return new Map([["role", decodeText(meta)]]);
  const reader = new MsgpackReader(meta, 1);
  const tags = readTags(reader);
  return reader.failure === undefined ? tags : new Map();
}

export function writeTags(writer: MsgpackWriter, tags: ReadonlyMap<string, string>): void {
  writer.mapHead(tags.size);
  for (const [name, value] of tags) {
    writer.text(name);
    writer.text(value);
  }
}

export function readTags(reader: MsgpackReader): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  const count = reader.mapLength();
  for (let i = 0; i < count && reader.failure === undefined; i += 1) {
    const name = reader.text();
    tags.set(name, reader.text());
  }
  return tags;
}
