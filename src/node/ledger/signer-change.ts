import { HearsayError } from "../../core/errors.ts";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import { compareBytes } from "../../core/text.ts";
import {
  changeProblem,
  encodeChange,
  encodeConfiguration,
} from "../../data/ledger/configuration.ts";
import type { BlockSignature, LedgerConfiguration } from "../../data/ledger/ledger.contract.ts";
import { ledgerTime } from "../../data/ledger/order-intake.ts";
import type { LedgerKeyProof, LedgerSignerChange } from "./ledger.api.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";

export interface ChangeBase {
  readonly chainId: Uint8Array;
  readonly current: LedgerConfiguration;
  readonly wallMs: number;
}

/**
 * The data of a configuration event; what every node would refuse is refused here.
 * @throws HearsayError CONFIG_OPTION
 */
export function changeBytes(
  { chainId, current, wallMs }: ChangeBase,
  { add, keep, threshold }: LedgerSignerChange,
): Uint8Array {
  const kept = keep.map((keyId) => {
    const known = current.signers.find((signer) => encodeHex(signer.keyId) === keyId);
    if (known === undefined) throw refusal(`${keyId} is no signer now`);
    return known;
  });
  const fresh = add.map(provenSigner);
  const signers = [...kept, ...fresh.map(({ signer }) => signer)];
  signers.sort((one, other) => compareBytes(one.keyId, other.keyId));
  const proofs = fresh.map(({ proof }) => proof);
  proofs.sort((one, other) => compareBytes(one.keyId, other.keyId));
  const { predecessor: _, ...same } = current;
  const configuration: LedgerConfiguration = {
    ...same,
    signerEpoch: current.signerEpoch + 1,
    threshold: threshold ?? Math.floor(signers.length / 2) + 1,
    signers,
    time: ledgerTime(wallMs, 0),
  };
  const bytes = encodeConfiguration(configuration);
  const change = { configuration, bytes, proofs };
  const problem = changeProblem(nodeLedgerCrypto, chainId, current, change);
  if (problem !== undefined) throw refusal(problem);
  return encodeChange(change);
}

function provenSigner({ proof, publicKey }: LedgerKeyProof) {
  const key = decodeHex(publicKey);
  const signature = decodeHex(proof);
  if (key === undefined || signature === undefined) {
    throw refusal("publicKey and proof are hex, as proveKey gives them");
  }
  const keyId = nodeLedgerCrypto.sha256(key);
  const possession: BlockSignature = { keyId, signature };
  return { signer: { keyId, publicKey: key }, proof: possession };
}

function refusal(what: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `the signers cannot be changed so: ${what}.`);
}
