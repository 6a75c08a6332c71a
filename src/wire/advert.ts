/**
 * How a node says that it is Hearsay: bytes in the reserved tag `_h`, or, where there are no tags,
 * at the front of memberlist's meta.
 *
 *   version u8 | capabilities varint | boot varint     (later versions may append)
 *   tag `_h` = base64url of these, at most 16 characters
 *   meta     = 48 01 | varint length | these | varint length | the user's meta
 *
 * Source: DESIGN section 5.
 */
import { Buffer } from "node:buffer";
import { readVarint, writeVarint } from "./varint.ts";

export const ADVERT_TAG = "_h";
export const ADVERT_VERSION = 1;
const ADVERT_TEXT_MAX_LENGTH = 16;
const META_MAGIC = [0x48, 0x01] as const;
/** Three groups: with them the largest boot number still fits into the tag. */
export const CAPABILITIES_MAX = 2 ** 21 - 1;

export interface Advert {
  readonly version: number;
  /** Sum of powers of two, one for each thing the node can do beyond version 1. */
  readonly capabilities: number;
  /** Which life of its name the node lives. */
  readonly boot: number;
}

/** @throws RangeError when a number is out of range. */
export function encodeAdvert(advert: Advert): Uint8Array {
  const { version, capabilities, boot } = advert;
  const isFitting = version >= 0 && version <= 255 && capabilities <= CAPABILITIES_MAX;
  if (!isFitting || !Number.isSafeInteger(boot) || boot < 0 || capabilities < 0) {
    throw new RangeError(`no advert can hold version ${version}, ${capabilities}, boot ${boot}`);
  }
  const out = [version];
  writeVarint(out, capabilities);
  writeVarint(out, boot);
  return Uint8Array.from(out);
}

/** Never throws; what later versions append is skipped. @returns undefined for no advert. */
export function decodeAdvert(bytes: Uint8Array): Advert | undefined {
  const version = bytes[0];
  const capabilities = readVarint(bytes, 1);
  const boot = capabilities === undefined ? undefined : readVarint(bytes, capabilities.at);
  if (version === undefined || version === 0) return undefined;
  if (capabilities === undefined || boot === undefined) return undefined;
  return { version, capabilities: capabilities.value, boot: boot.value };
}

/** The value of the tag `_h`. */
export function advertText(advert: Advert): string {
  return Buffer.from(encodeAdvert(advert)).toString("base64url");
}

export function parseAdvertText(text: string): Advert | undefined {
  if (text.length > ADVERT_TEXT_MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  return decodeAdvert(Buffer.from(text, "base64url"));
}

export interface AdvertMeta {
  readonly advert: Advert;
  readonly userMeta: Uint8Array;
}

export function encodeAdvertMeta(meta: AdvertMeta): Uint8Array {
  const advert = encodeAdvert(meta.advert);
  const out: number[] = [...META_MAGIC];
  writeVarint(out, advert.length);
  out.push(...advert);
  writeVarint(out, meta.userMeta.length);
  out.push(...meta.userMeta);
  return Uint8Array.from(out);
}

/** Never throws. @returns undefined when the meta is not one of ours. */
export function decodeAdvertMeta(meta: Uint8Array): AdvertMeta | undefined {
  if (meta[0] !== META_MAGIC[0] || meta[1] !== META_MAGIC[1]) return undefined;
  const advertBytes = counted(meta, META_MAGIC.length);
  if (advertBytes === undefined) return undefined;
  const advert = decodeAdvert(advertBytes.bytes);
  const userMeta = counted(meta, advertBytes.at);
  if (advert === undefined || userMeta === undefined) return undefined;
  return { advert, userMeta: userMeta.bytes };
}

function counted(bytes: Uint8Array, start: number): { bytes: Uint8Array; at: number } | undefined {
  const length = readVarint(bytes, start);
  if (length === undefined || length.at + length.value > bytes.length) return undefined;
  const at = length.at + length.value;
  return { bytes: bytes.subarray(length.at, at), at };
}
