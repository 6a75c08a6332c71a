import { randomBytes } from "node:crypto";
import type { Random } from "../../core/random.ts";
import { NONCE_BYTES } from "../../wire/link-hello.ts";

/** Where nothing is sealed a nonce guards nothing, and dice keep a simulation what it was. */
export function linkNonce(dice: Random | undefined): Uint8Array {
  if (dice === undefined) return Uint8Array.from(randomBytes(NONCE_BYTES));
  return Uint8Array.from({ length: NONCE_BYTES }, () => dice.below(256));
}
