import type { Address } from "../core/address.ts";
import { addressFromBytes, parseIp } from "../core/ip.ts";

const PORT_BYTES = 2;

/** Where a node is, as its descriptors carry it: 4 or 16 bytes of IP, and the port. */
export function placeBytes({ host, port }: Address): Uint8Array {
  const ip = parseIp(host) ?? new Uint8Array(0);
  return Uint8Array.of(...ip, port >> 8, port & 0xff);
}

/** undefined for bytes that lead nowhere. */
export function addressOfPlace(bytes: Uint8Array): Address | undefined {
  const end = bytes.length - PORT_BYTES;
  const [high, low] = [bytes[end], bytes[end + 1]];
  if (high === undefined || low === undefined) return undefined;
  return addressFromBytes(bytes.subarray(0, end), high * 256 + low);
}
