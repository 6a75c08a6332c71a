import type { Address } from "./address.ts";
import { at } from "./collections/at.ts";

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const MAPPED_PREFIX_BYTES = 12;
/** Largest port number. */
const PORT_MAX = 0xffff;
/** Most texts kept. A full cache is emptied, which needs no bookkeeping per hit. */
const CACHE_MAX_COUNT = 1_024;
const LONGEST_IP_TEXT = 45;

const ipv4Texts = new Map<number, string>();

/** Canonical text of 4 or 16 bytes (RFC 5952); undefined for any other length. */
export function ipText(bytes: Uint8Array): string | undefined {
  if (bytes.length === IPV4_BYTES) return ipv4Text(bytes, 0);
  return bytes.length === IPV6_BYTES ? ipv6Text(bytes) : undefined;
}

/**
 * The same, but an IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is told as IPv4, for so it is
 * reached.
 */
export function hostText(bytes: Uint8Array): string | undefined {
  return isMapped(bytes) ? ipv4Text(bytes, MAPPED_PREFIX_BYTES) : ipText(bytes);
}

/** Where to send for IP bytes and a port as they travel; undefined when that is nowhere. */
export function addressFromBytes(bytes: Uint8Array, port: number): Address | undefined {
  if (!leadsSomewhere(bytes, port)) return undefined;
  const host = hostText(bytes);
  return host === undefined ? undefined : { host, port };
}

/** Whether `addressFromBytes` would know where; makes no text. */
export function leadsSomewhere(bytes: Uint8Array, port: number): boolean {
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) return false;
  return bytes.length === IPV4_BYTES || bytes.length === IPV6_BYTES;
}

/** The 4 or 16 bytes of an IP address; undefined for any other text. */
export function parseIp(text: string): Uint8Array | undefined {
  if (text.length > LONGEST_IP_TEXT) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** True for ::ffff:a.b.c.d in 16 bytes. */
export function isMapped(bytes: Uint8Array): boolean {
  if (bytes.length !== IPV6_BYTES) return false;
  for (let index = 0; index < 10; index += 1) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** Asked for each packet of each peer, so the texts are kept. */
function ipv4Text(bytes: Uint8Array, offset: number): string {
  const key =
    at(bytes, offset) * 0x1000000 +
    ((at(bytes, offset + 1) << 16) | (at(bytes, offset + 2) << 8) | at(bytes, offset + 3));
  const known = ipv4Texts.get(key);
  if (known !== undefined) return known;
  const [a, b] = [at(bytes, offset), at(bytes, offset + 1)];
  const text = `${a}.${b}.${at(bytes, offset + 2)}.${at(bytes, offset + 3)}`;
  if (ipv4Texts.size >= CACHE_MAX_COUNT) ipv4Texts.clear();
  ipv4Texts.set(key, text);
  return text;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zeros as `::`. */
function ipv6Text(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `::ffff:${ipv4Text(bytes, MAPPED_PREFIX_BYTES)}`;
  const groups: number[] = [];
  for (let index = 0; index < IPV6_BYTES; index += 2) {
    groups.push((at(bytes, index) << 8) | at(bytes, index + 1));
  }
  const run = longestZeroRun(groups);
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.from))}::${hex(groups.slice(run.from + run.length))}`;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

function longestZeroRun(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  let from = 0;
  for (let index = 0; index <= groups.length; index += 1) {
    if (groups[index] === 0) continue;
    if (index - from > best.length) best = { from, length: index - from };
    from = index + 1;
  }
  return best;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== IPV4_BYTES) return undefined;
  // A leading zero means octal to some readers, so it means nothing here.
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1 ? "mayEndDotted" : "plain");
  const tail = halves.length === 1 ? [] : parseGroups(halves[1] ?? "", "mayEndDotted");
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_BYTES - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(IPV6_BYTES);
  bytes.set(head);
  bytes.set(tail, IPV6_BYTES - tail.length);
  return bytes;
}

/** Bytes of groups between colons, of which the last may be an IPv4 address. */
function parseGroups(text: string, ending: "plain" | "mayEndDotted"): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const isLast = index === groups.length - 1;
    const ipv4 = isLast && ending === "mayEndDotted" ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    bytes.push(...ipv4);
  }
  return bytes.length > IPV6_BYTES ? undefined : bytes;
}
