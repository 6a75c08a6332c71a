import { decodeHex } from "../../../../../src/core/hex.ts";
import { checkProof, proofFromJson } from "../../../../../src/data/ledger/proof.ts";
import { browserCrypto } from "./browser-crypto.ts";

/** What a proof of an entry comes to, by the code that every node runs. Never throws. */
export function proofText(json: unknown, chainId: string | undefined): string {
  const chain = chainId === undefined ? undefined : decodeHex(chainId);
  const proof = proofFromJson(json);
  if (chain === undefined || proof === undefined) return "✕ That is no proof.";
  const verdict = checkProof(browserCrypto, chain, proof);
  if (verdict.kind === "invalid") return `✕ Not proven: ${verdict.reason}.`;
  const { header, path, signatures } = proof;
  const signed = `${signatures.length} signatures`;
  return `● Proven: ${path.length} hashes lead to block ${header.number}, under ${signed}.`;
}
