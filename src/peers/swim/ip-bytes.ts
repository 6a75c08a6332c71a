import type { Address } from "../../core/address.ts";

/*
 * IP addresses as bytes (spec section 4.1). The bytes themselves are what is kept and compared;
 * text is made only to send.
 */

const MAPPED_PREFIX_BYTES = 12;

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

/** Where to send for `addr` (4 or 16 bytes) and `port`; undefined when that is nowhere. */
export function addressOf(addr: Uint8Array, port: number): Address | undefined {
  if (!Number.isInteger(port) || port < 1 || port > 0xffff) return undefined;
  if (addr.length === 4) return { host: addr.join("."), port };
  if (addr.length !== 16) return undefined;
  // An IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is reached over IPv4.
  if (isMapped(addr)) return { host: addr.slice(MAPPED_PREFIX_BYTES).join("."), port };
  return { host: ipv6Text(addr), port };
}

function isMapped(addr: Uint8Array): boolean {
  for (let index = 0; index < 10; index += 1) if (addr[index] !== 0) return false;
  return addr[10] === 0xff && addr[11] === 0xff;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of zero groups as `::`. */
function ipv6Text(addr: Uint8Array): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((addr[index] ?? 0) << 8) | (addr[index + 1] ?? 0));
  }
  const run = longestZeroRun(groups);
  const text = (some: readonly number[]): string => some.map((g) => g.toString(16)).join(":");
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.from))}::${text(groups.slice(run.from + run.length))}`;
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
