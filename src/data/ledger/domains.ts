import { encodeUtf8 } from "../../core/text.ts";

/*
 * What is signed or hashed begins with what it is, so that a signature of one thing is none of
 * another. The names are those of the vectors, for ever. [spec ledger §1, DESIGN section 9]
 */

export const HEADER_DOMAIN = encodeUtf8("gossip-ledger/header/v1\0");
export const BLOCK_SIGNATURE_DOMAIN = encodeUtf8("gossip-ledger/block-sig/v1\0");
export const CONFIGURATION_DOMAIN = encodeUtf8("gossip-ledger/config/v1\0");
export const TREE_HEAD_DOMAIN = encodeUtf8("gossip-ledger/sth/v1\0");

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
