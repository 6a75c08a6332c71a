import { HearsayError } from "../../core/errors.ts";
import { decodeHex } from "../../core/hex.ts";

const CHAIN_ID_BYTES = 32;

/** The chain that a user trusts. @throws HearsayError CONFIG_OPTION */
export function chainIdIn({ chainId: text }: { readonly chainId?: string }) {
  if (text === undefined) return undefined;
  const chainId = decodeHex(text);
  if (chainId?.length === CHAIN_ID_BYTES) return chainId;
  const rule = "64 hex digits, as ledger.status().chainId has them";
  throw new HearsayError("CONFIG_OPTION", `chainId is ${text}, but must be ${rule}.`);
}
