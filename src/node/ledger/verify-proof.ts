import { HearsayError } from "../../core/errors.ts";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import { isConsistent, MerkleHasher } from "../../data/ledger/merkle.ts";
import { checkProof, proofFromJson } from "../../data/ledger/proof.ts";
import { StoredValues } from "../versions/stored-values.ts";
import type { LedgerChoices, LedgerEntry, LedgerTreeHead } from "./ledger.api.ts";
import { entryView } from "./ledger-views.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";

/** What checking a proof came to: the entry it proves, or why it proves none. */
export type LedgerProofVerdict =
  | {
      readonly status: "valid";
      readonly entry: LedgerEntry<unknown>;
      /** The block that has it. */
      readonly block: number;
      readonly hash: string;
    }
  | { readonly status: "invalid"; readonly reason: string };

/**
 * Whether a proof, of anybody, shows that an entry is in the chain `chainId`: the one thing that
 * the caller must have from elsewhere. Needs no node. Never throws because of the proof.
 * @throws HearsayError CONFIG_OPTION where `chainId` is not 64 hex digits
 */
export function verifyLedgerProof(
  proof: unknown,
  chainId: string,
  { codec, schema }: Pick<LedgerChoices<undefined>, "codec" | "schema"> = {},
): LedgerProofVerdict {
  const trusted = hashOf(chainId, "chainId");
  const read = proofFromJson(proof);
  if (read === undefined) return { status: "invalid", reason: "it is no proof of version 1" };
  const verdict = checkProof(nodeLedgerCrypto, trusted, read);
  if (verdict.kind === "invalid") return { status: "invalid", reason: verdict.reason };
  const values = new StoredValues({ codec, schema });
  const entry = entryView(verdict.event, read.header.firstOrderIndex + read.index, values);
  return { status: "valid", entry, block: read.header.number, hash: encodeHex(verdict.hash) };
}

/**
 * Whether the chain that `after` is the head of begins as the one of `before` does: what a client
 * kept, and what it is told now. `path` is that of `ledger.consistency`.
 * @throws HearsayError CONFIG_OPTION where a hash is not 64 hex digits
 */
export function verifyLedgerConsistency(
  before: LedgerTreeHead,
  after: LedgerTreeHead,
  path: readonly string[],
): boolean {
  if (before.chainId !== after.chainId) return false;
  return isConsistent(new MerkleHasher(nodeLedgerCrypto), {
    before: before.size,
    size: after.size,
    rootBefore: hashOf(before.root, "the root"),
    root: hashOf(after.root, "the root"),
    path: path.map((hash) => hashOf(hash, "a hash of the path")),
  });
}

function hashOf(text: string, what: string): Uint8Array {
  const hash = decodeHex(text);
  if (hash?.length === 32) return hash;
  throw new HearsayError("CONFIG_OPTION", `${what} is ${text}, but must be 64 hex digits.`);
}
