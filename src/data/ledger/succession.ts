import { sameBytes } from "../../core/bytes.ts";
import { chainIdOf, changeProblem, configurationProblem, decodeChange } from "./configuration.ts";
import { genesisBlock } from "./genesis.ts";
import { blockSignatureMessage, headerHash } from "./header.ts";
import type { Block, LedgerConfiguration, LedgerCrypto } from "./ledger.contract.ts";
import { decodeEvent } from "./ledger-event.ts";
import { MerkleHasher } from "./merkle.ts";
import { countSignatures } from "./signatures.ts";

/**
 * The signer set that `block` puts in the place of `current`, or why it does not: a chain of such
 * blocks from the genesis on shows who signs an epoch, without the blocks between. [spec §9, Proof]
 */
export function configurationOfBlock(
  crypt: LedgerCrypto,
  chainId: Uint8Array,
  block: Block,
  current: LedgerConfiguration | undefined,
): LedgerConfiguration | string {
  const [bytes] = block.events;
  const isAlone = bytes !== undefined && block.events.length === 1;
  const event = isAlone ? decodeEvent(crypt, bytes) : undefined;
  const change = event?.kind === "configuration" ? decodeChange(event.data) : undefined;
  if (bytes === undefined || change === undefined)
    return "a block of the succession has no configuration";
  const { configuration } = change;
  if (current === undefined) {
    const problem = configurationProblem(crypt, configuration);
    if (problem !== undefined) return problem;
    if (!sameBytes(chainIdOf(crypt, change.bytes), chainId)) return "the genesis is another one";
    const made = headerHash(crypt, genesisBlock(crypt, configuration).header);
    if (sameBytes(made, headerHash(crypt, block.header))) return configuration;
    return "the genesis block is not made of its configuration";
  }
  const { header, signatures } = block;
  const hasher = new MerkleHasher(crypt);
  const isItsOwn =
    sameBytes(header.chainId, chainId) &&
    header.signerEpoch === current.signerEpoch &&
    sameBytes(header.eventsRoot, hasher.root([hasher.leaf(bytes)]));
  if (!isItsOwn) return "a block of the succession is not what its header says";
  const message = blockSignatureMessage(headerHash(crypt, header));
  const claim = { configuration: current, message, signatures };
  const { goodCount } = countSignatures(crypt, claim, "live");
  if (goodCount < current.threshold) return "a block of the succession is not signed";
  return changeProblem(crypt, chainId, current, change) ?? configuration;
}
