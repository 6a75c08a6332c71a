import type { Address } from "../core/address.ts";

const PORT = 7946;

/** Where a node stands and what it is called; in a large simulation its name is its number. */
export interface SimPlace {
  readonly name?: string;
  readonly address?: Address;
}

/** Where a node stands that was given no address: 10.x.y.z:7946, counted from 1. */
export function addressAt(index: number): Address {
  const number = index + 1;
  const host = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  return { host, port: PORT };
}
