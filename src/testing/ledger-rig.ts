import { compareBytes, encodeUtf8 } from "../core/text.ts";
import { BlockBuilder, type Candidate } from "../data/ledger/block-builder.ts";
import {
  chainIdOf,
  encodeChange,
  encodeConfiguration,
  possessionMessage,
} from "../data/ledger/configuration.ts";
import { genesisBlock } from "../data/ledger/genesis.ts";
import { blockSignatureMessage, headerHash } from "../data/ledger/header.ts";
import type {
  Block,
  BlockSignature,
  LedgerConfiguration,
  LedgerEvent,
  Signer,
} from "../data/ledger/ledger.contract.ts";
import { nodeLedgerCrypto, signerOf } from "../node/ledger/node-crypto.ts";

export const crypt = nodeLedgerCrypto;

/** The same key for the same number. */
export function signerNumber(number: number): Signer {
  return signerOf(new Uint8Array(32).fill(number));
}

export function sortedSigners(signers: readonly Signer[]): Signer[] {
  return [...signers].sort((one, other) => compareBytes(one.keyId, other.keyId));
}

export function configurationOf(
  signers: readonly Signer[],
  changes: Partial<LedgerConfiguration> = {},
): LedgerConfiguration {
  return {
    chainName: "audit",
    signerEpoch: 0,
    threshold: Math.floor(signers.length / 2) + 1,
    signers: sortedSigners(signers).map(({ keyId, publicKey }) => ({ keyId, publicKey })),
    maxSkewMs: 500,
    eventsMaxCount: 1_000,
    blockMaxBytes: 2_097_152,
    eventMaxBytes: 1_048_576,
    time: { wall: 1_700_000_000_000_000_000n, logical: 0 },
    ...changes,
  };
}

export function signatureOf(signer: Signer, hash: Uint8Array): BlockSignature {
  return { keyId: signer.keyId, signature: signer.sign(blockSignatureMessage(hash)) };
}

export function signedBlock(candidate: Candidate, signers: readonly Signer[]): Block {
  const { events, hash, header } = candidate;
  const signatures = sortedSigners(signers).map((signer) => signatureOf(signer, hash));
  return { header, events, signatures };
}

export function eventNumber(seq: number, changes: Partial<LedgerEvent> = {}): LedgerEvent {
  return {
    kind: "data",
    origin: "p1",
    boot: 1,
    seq,
    time: { wall: 1_700_000_000_000_000_000n + BigInt(seq) * 1_000_000n, logical: 0 },
    clock: [["p1#1", seq]],
    data: encodeUtf8(`event ${seq}`),
    ...changes,
  };
}

/** The data of a configuration event, with proofs of those of `fresh`. */
export function changeData(
  chainId: Uint8Array,
  configuration: LedgerConfiguration,
  fresh: readonly Signer[],
): Uint8Array {
  const proofs = sortedSigners(fresh).map((signer) => {
    const message = possessionMessage(chainId, configuration.signerEpoch, signer.publicKey);
    return { keyId: signer.keyId, signature: signer.sign(message) };
  });
  return encodeChange({ bytes: encodeConfiguration(configuration), proofs });
}

/** A chain that grows as a test wants it. */
export class LedgerRig {
  readonly configuration: LedgerConfiguration;
  readonly chainId: Uint8Array;
  readonly blocks: Block[] = [];
  readonly builder: BlockBuilder;
  signers: readonly Signer[];
  private seq = 0;

  constructor(signers: readonly Signer[], changes: Partial<LedgerConfiguration> = {}) {
    this.signers = signers;
    this.configuration = configurationOf(signers, changes);
    this.chainId = chainIdOf(crypt, encodeConfiguration(this.configuration));
    const genesis = genesisBlock(crypt, this.configuration);
    this.blocks.push(genesis);
    const hash = headerHash(crypt, genesis.header);
    this.builder = new BlockBuilder(crypt, {
      header: genesis.header,
      hash,
      configuration: this.configuration,
    });
  }

  get nextSeq(): number {
    this.seq += 1;
    return this.seq;
  }

  /** One more block of so many events. */
  grow(eventsCount: number, data?: Uint8Array): Block {
    for (let index = 0; index < eventsCount; index += 1) {
      this.builder.add(eventNumber(this.nextSeq, data === undefined ? {} : { data }));
    }
    return this.cut();
  }

  /** A change of signers, in a block of its own. */
  change(signers: readonly Signer[], fresh: readonly Signer[], threshold?: number): Block {
    const { signerEpoch } = this.builder.base.configuration;
    const configuration = configurationOf(signers, {
      signerEpoch: signerEpoch + 1,
      ...(threshold === undefined ? {} : { threshold }),
    });
    const data = changeData(this.chainId, configuration, fresh);
    this.builder.add(eventNumber(this.nextSeq, { kind: "configuration", data }));
    const block = this.cut();
    this.signers = signers;
    return block;
  }

  private cut(): Block {
    const { lastOrderIndex } = this.builder;
    const wall = 1_700_000_000_000_000_000n + BigInt(this.blocks.length) * 1_000_000_000n;
    const cut = { upTo: lastOrderIndex, time: { wall, logical: 0 } };
    const made = this.builder.cut(cut).map((one) => signedBlock(one, this.signers));
    this.blocks.push(...made);
    const last = this.blocks.at(-1);
    if (last === undefined) throw new Error("a chain has a genesis");
    return last;
  }
}
