import { sameBytes } from "../../core/bytes.ts";
import {
  decodeEvidence,
  encodeEvidence,
  type FaultySigners,
  type ForkEvidence,
  faultySigners,
} from "./evidence.ts";
import { decodeHeadEvidence, encodeHeadEvidence, faultyHeadSigners } from "./head-evidence.ts";
import { blockSignatureMessage, headerHash } from "./header.ts";
import type { Block, LedgerConfiguration, LedgerCrypto } from "./ledger.contract.ts";
import type { LedgerStore } from "./ledger-store.contract.ts";
import { goodSignatures } from "./signatures.ts";

export interface ForksPorts {
  readonly crypt: LedgerCrypto;
  readonly store: Pick<LedgerStore, "evidence" | "addEvidence">;
  readonly maxCount: number;
  readonly chainId: () => Uint8Array | undefined;
  configurationOf(signerEpoch: number): LedgerConfiguration | undefined;
}

/** Keeps what proves that a chain has forked. */
export class Forks {
  private readonly ports: ForksPorts;

  constructor(ports: ForksPorts) {
    this.ports = ports;
  }

  /** The block that has forked, of the evidence that was kept first; 0 when there is none. */
  get firstNumber(): number {
    const [bytes] = this.ports.store.evidence;
    if (bytes === undefined) return 0;
    const number = decodeEvidence(bytes)?.one.header.number;
    return number ?? (decodeHeadEvidence(bytes)?.one.size ?? 1) - 1;
  }

  /** Two blocks of one number: evidence when both are final. */
  fromBlocks(one: Block, other: Block): Uint8Array | undefined {
    return this.take(encodeEvidence({ one: this.cleaned(one), other: this.cleaned(other) }));
  }

  /** The bytes when they are evidence that was not known; kept then. */
  take(bytes: Uint8Array): Uint8Array | undefined {
    const cleaned = this.ofHeaders(bytes) ?? this.ofTreeHeads(bytes);
    if (cleaned === undefined) return undefined;
    const { maxCount, store } = this.ports;
    const isKnown = store.evidence.some((known) => sameBytes(known, cleaned));
    if (isKnown || store.evidence.length >= maxCount) return undefined;
    store.addEvidence(cleaned);
    return cleaned;
  }

  private ofHeaders(bytes: Uint8Array): Uint8Array | undefined {
    const evidence = decodeEvidence(bytes);
    if (evidence === undefined || this.faulty(evidence) === undefined) return undefined;
    const { one, other } = evidence;
    return encodeEvidence({ one: this.cleaned(one), other: this.cleaned(other) });
  }

  private ofTreeHeads(bytes: Uint8Array): Uint8Array | undefined {
    const evidence = decodeHeadEvidence(bytes);
    const chainId = this.ports.chainId();
    if (evidence === undefined || chainId === undefined) return undefined;
    const { one, other } = evidence;
    if (!sameBytes(one.chainId, chainId)) return undefined;
    const configurationOf = (epoch: number) => this.ports.configurationOf(epoch);
    const faulty = faultyHeadSigners(this.ports.crypt, evidence, configurationOf);
    return faulty === undefined ? undefined : encodeHeadEvidence(one, other);
  }

  private faulty(evidence: ForkEvidence): FaultySigners | undefined {
    const { crypt } = this.ports;
    const chainId = this.ports.chainId();
    if (chainId === undefined || !sameBytes(evidence.one.header.chainId, chainId)) return undefined;
    return faultySigners(crypt, evidence, (epoch) => this.ports.configurationOf(epoch));
  }

  /** With good signatures alone, so that the same fork is the same evidence everywhere. */
  private cleaned({ header, signatures }: ForkEvidence["one"]): ForkEvidence["one"] {
    const configuration = this.ports.configurationOf(header.signerEpoch);
    if (configuration === undefined) return { header, signatures: [] };
    const { crypt } = this.ports;
    const message = blockSignatureMessage(headerHash(crypt, header));
    return { header, signatures: goodSignatures(crypt, { configuration, message, signatures }) };
  }
}
