import { decodeBase64Url, encodeBase64Url } from "../../core/base64.ts";
import { bytesLanes, type HashLanes, joinLanes, textLanes } from "../../core/seq-ranges.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";

/** One for all, for there is a token with every write. */
const scratch = new ByteWriter(256);

/**
 * What clients keep for a replica: base64url of a varint checksum over what it is for and over its
 * bytes, and the bytes. Whoever takes it to the wrong place, or loses a part of it on the way, is
 * told so; it is no secret, and keeps nobody from making one up.
 */
export function sealToken(bytes: Uint8Array, forWhat: readonly string[]): string {
  scratch.clear();
  scratch.varint(sumOf(bytes, forWhat));
  scratch.bytes(bytes);
  return encodeBase64Url(scratch.view());
}

/** undefined when it is no such token, or not for that. */
export function openToken(token: string, forWhat: readonly string[]): Uint8Array | undefined {
  const bytes = decodeBase64Url(token);
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const sum = reader.varint();
  const body = reader.bytes(reader.remainingBytes);
  return body !== undefined && sum === sumOf(body, forWhat) ? body : undefined;
}

/** The parts of `forWhat` count as one text. */
function sumOf(bytes: Uint8Array, forWhat: readonly string[]): number {
  let length = 0;
  for (const part of forWhat) length += part.length;
  let lanes: HashLanes = textLanes(`${length} `);
  for (const part of forWhat) lanes = textLanes(part, lanes);
  return joinLanes(bytesLanes(lanes, bytes));
}
