import { decodeBase64Url, encodeBase64Url } from "../../core/base64.ts";
import { bytesLanes, joinLanes, textLanes } from "../../core/seq-ranges.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";

/**
 * What clients keep for a replica: base64url of a varint checksum over what it is for and over its
 * bytes, and the bytes. Whoever takes it to the wrong place, or loses a part of it on the way, is
 * told so; it is no secret, and keeps nobody from making one up.
 */
export function sealToken(bytes: Uint8Array, forWhat: string): string {
  const writer = new ByteWriter(bytes.length + 8);
  writer.varint(sumOf(bytes, forWhat));
  writer.bytes(bytes);
  return encodeBase64Url(writer.finish());
}

/** undefined when it is no such token, or not for that. */
export function openToken(token: string, forWhat: string): Uint8Array | undefined {
  const bytes = decodeBase64Url(token);
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  const sum = reader.varint();
  const body = reader.bytes(reader.remainingBytes);
  return body !== undefined && sum === sumOf(body, forWhat) ? body : undefined;
}

function sumOf(bytes: Uint8Array, forWhat: string): number {
  return joinLanes(bytesLanes(textLanes(`${forWhat.length} ${forWhat}`), bytes));
}
