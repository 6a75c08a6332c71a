import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import type { DotSet } from "../../core/dot-set.ts";
import { encodeDotSet, readDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { openToken, sealToken } from "./sealed-token.ts";
import { closeGaps, type SeenOfKey, type SessionState, sessionGuarantees } from "./session.ts";

/*
 * A session on its way to another replica, sealed for its store:
 *   version u8 (1) ‖ guarantees u8, a bit each ‖ dot set of the frontier
 *   ‖ list of keys, each key ‖ dot set read ‖ dot set written
 */

const VERSION = 1;

/**
 * A token of at most `maxBytes`. What it has no room for, of the keys used longest ago, becomes a
 * part of the frontier: safe, but stricter. undefined when not even the frontier fits.
 */
export function encodeSession(
  state: SessionState,
  store: string,
  maxBytes: number,
): string | undefined {
  for (let keysCount = state.keys.length; ; keysCount = Math.floor(keysCount / 2)) {
    const token = sealToken(bodyOf(cutState(state, keysCount)), nameOf(store));
    if (token.length <= maxBytes) return token;
    if (keysCount === 0) break;
  }
  const { frontier, guarantees } = cutState(state, 0);
  closeGaps(frontier);
  const token = sealToken(bodyOf({ guarantees, frontier, keys: [] }), nameOf(store));
  return token.length <= maxBytes ? token : undefined;
}

/** undefined when `token` is no session of that store, or not as it was given out. */
export function decodeSession(token: string, store: string): SessionState | undefined {
  const bytes = openToken(token, nameOf(store));
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  const bits = reader.byte();
  if (version !== VERSION || bits === undefined) return undefined;
  if (bits >= 1 << sessionGuarantees.length) return undefined;
  const guarantees = sessionGuarantees.filter((_, at) => (bits & (1 << at)) !== 0);
  const frontier = readDotSet(reader);
  const keys = frontier && readList(reader, readKey);
  if (frontier === undefined || keys === undefined || reader.remainingBytes > 0) return undefined;
  return { guarantees, frontier, keys };
}

function bodyOf({ frontier, guarantees, keys }: SessionState): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(VERSION);
  let bits = 0;
  for (const [at, guarantee] of sessionGuarantees.entries()) {
    if (guarantees.includes(guarantee)) bits |= 1 << at;
  }
  writer.byte(bits);
  writer.bytes(encodeDotSet(frontier));
  writer.varint(keys.length);
  for (const [key, { read, written }] of keys) {
    writeText(writer, key);
    writer.bytes(encodeDotSet(read));
    writer.bytes(encodeDotSet(written));
  }
  return writer.finish();
}

function readKey(reader: ByteReader): readonly [string, SeenOfKey] | undefined {
  const key = readText(reader);
  const read = key === undefined ? undefined : readDotSet(reader);
  const written = read && readDotSet(reader);
  if (key === undefined || read === undefined || written === undefined) return undefined;
  return [key, { read, written }];
}

/** With what is known of the keys used last, as many as that. */
function cutState(
  { frontier: former, guarantees, keys }: SessionState,
  keysCount: number,
): SessionState & { readonly frontier: DotSet } {
  const frontier = former.clone();
  const cutCount = keys.length - keysCount;
  for (const [, { read, written }] of keys.slice(0, cutCount)) {
    frontier.addAll(read);
    frontier.addAll(written);
  }
  return { guarantees, frontier, keys: keys.slice(cutCount) };
}

/** No key of a store is called so: contexts are sealed for those. */
function nameOf(store: string): readonly string[] {
  return [`session ${store}`];
}
