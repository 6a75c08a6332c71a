import { sameBytes } from "../../core/bytes.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { encodeHex } from "../../core/hex.ts";
import { decodeBlock } from "./block.ts";
import { encodeHeadEvidence } from "./head-evidence.ts";
import type { LedgerConfiguration, LedgerCrypto, Signer } from "./ledger.contract.ts";
import type { LedgerOptions } from "./ledger.options.ts";
import type { LedgerStore } from "./ledger-store.contract.ts";
import { goodSignatures, signerOf } from "./signatures.ts";
import {
  areForkedHeads,
  decodeTreeHead,
  encodeTreeHead,
  type SignedTreeHead,
  treeHeadMessage,
} from "./tree-head.ts";

export interface TreeHeadsPorts {
  readonly crypt: LedgerCrypto;
  readonly signer?: Signer | undefined;
  readonly store: Pick<LedgerStore, "blockAt">;
  readonly options: LedgerOptions;
  now(): number;
  chainId(): Uint8Array | undefined;
  configurationOf(signerEpoch: number): LedgerConfiguration | undefined;
  height(): number;
  /** Over the hashes of the first blocks. */
  rootOf(size: number): Uint8Array;
  /** To all who keep the ledger. */
  tell(head: Uint8Array): void;
  /** Two heads of one size and two roots, each signed by enough. */
  onEvidence(evidence: Uint8Array): void;
  count(name: "ledger.dropped.badTreeHead"): void;
}

/** Sizes, and other roots, that are remembered. [because: heads come to all within a minute] */
const HEADS_MAX_COUNT = 16;

/**
 * Signs how the chain stands every so many blocks and every so often, gathers what others have
 * signed, and sees when they have signed another chain. [spec ledger §3, §8]
 *
 * One signer can say anything; what enough have signed and is not this chain is a fork.
 */
export class TreeHeads {
  private readonly ports: TreeHeadsPorts;
  /** Of this chain, by size. */
  private readonly own = new BoundedMap<number, SignedTreeHead>(HEADS_MAX_COUNT);
  /** Of other chains, by size and root. */
  private readonly others = new BoundedMap<string, SignedTreeHead>(HEADS_MAX_COUNT);
  private best: SignedTreeHead | undefined;
  private signedSize = 0;
  private signedAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: TreeHeadsPorts) {
    this.ports = ports;
  }

  /** The longest that enough have signed. */
  get latest(): SignedTreeHead | undefined {
    return this.best;
  }

  onBlock(): void {
    const height = this.ports.height();
    if (height % this.ports.options.treeHeadBlocksCount === 0) this.sign(height);
  }

  onRound(): void {
    const height = this.ports.height();
    const { treeHeadIntervalMs } = this.ports.options;
    const isDue = this.ports.now() - this.signedAtMs >= treeHeadIntervalMs;
    if (isDue && height > this.signedSize) this.sign(height);
  }

  take(bytes: Uint8Array): void {
    const { ports } = this;
    const head = decodeTreeHead(bytes);
    const chainId = ports.chainId();
    if (head === undefined || head.size < 1) return ports.count("ledger.dropped.badTreeHead");
    // Of blocks that are not here yet it comes again.
    if (chainId === undefined || head.size > ports.height() || this.isKnown(head)) return;
    const good = sameBytes(head.chainId, chainId) ? this.cleaned(head) : undefined;
    if (good === undefined) return ports.count("ledger.dropped.badTreeHead");
    const ours = this.at(head.size);
    if (ours === undefined) return;
    if (areForkedHeads(ours, good)) return this.takeOther(good);
    if (!sameBytes(treeHeadMessage(ours), treeHeadMessage(good))) return;
    this.merge(ours, good);
    if (good.size > this.signedSize) this.sign(good.size);
  }

  /** This node's view of its chain of that size, signed where it is a signer. */
  private sign(size: number): void {
    const { crypt, signer } = this.ports;
    const head = this.at(size);
    const configuration = head && this.ports.configurationOf(head.signerEpoch);
    if (head === undefined || configuration === undefined || signer === undefined) return;
    this.signedSize = Math.max(this.signedSize, size);
    this.signedAtMs = this.ports.now();
    if (signerOf(configuration, signer.keyId) === undefined) return;
    const signature = signer.sign(treeHeadMessage(head));
    const mine = { ...head, signatures: [{ keyId: signer.keyId, signature }] };
    if (goodSignatures(crypt, claimOf(mine, configuration)).length === 0) return;
    this.merge(head, mine);
    this.ports.tell(encodeTreeHead(mine));
  }

  /** What enough have signed is told on, so that all sign theirs; then both show the fork. */
  private takeOther(other: SignedTreeHead): void {
    const key = keyOf(other);
    const before = this.others.peek(key);
    const merged = before === undefined ? other : this.joined(before, other);
    this.others.set(key, merged);
    if (!this.isEnough(merged)) return;
    if (before === undefined || !this.isEnough(before)) {
      this.ports.tell(encodeTreeHead(merged));
      this.sign(merged.size);
    }
    this.compare(merged.size);
  }

  private compare(size: number): void {
    const ours = this.own.peek(size);
    if (ours === undefined || !this.isEnough(ours)) return;
    for (const other of [...this.others].map(([, one]) => one)) {
      if (other.size === size && this.isEnough(other)) {
        this.ports.onEvidence(encodeHeadEvidence(ours, other));
      }
    }
  }

  private merge(ours: SignedTreeHead, more: SignedTreeHead): void {
    const merged = this.joined(ours, more);
    this.own.set(merged.size, merged);
    if (!this.isEnough(merged)) return;
    if (merged.size >= (this.best?.size ?? 0)) this.best = merged;
    this.compare(merged.size);
  }

  private joined(one: SignedTreeHead, other: SignedTreeHead): SignedTreeHead {
    const signatures = [...one.signatures];
    for (const signature of other.signatures) {
      const isKnown = signatures.some(({ keyId }) => sameBytes(keyId, signature.keyId));
      if (!isKnown) signatures.push(signature);
    }
    return { ...one, signatures };
  }

  private isKnown(head: SignedTreeHead): boolean {
    const known = this.own.peek(head.size);
    if (known === undefined || !sameBytes(known.root, head.root)) return false;
    return head.signatures.every(({ keyId }) =>
      known.signatures.some((one) => sameBytes(one.keyId, keyId)),
    );
  }

  /** With good signatures alone; undefined when there is none. */
  private cleaned(head: SignedTreeHead): SignedTreeHead | undefined {
    const configuration = this.ports.configurationOf(head.signerEpoch);
    if (configuration === undefined) return undefined;
    const signatures = goodSignatures(this.ports.crypt, claimOf(head, configuration));
    return signatures.length === 0 ? undefined : { ...head, signatures };
  }

  private isEnough({ signatures, signerEpoch }: SignedTreeHead): boolean {
    const configuration = this.ports.configurationOf(signerEpoch);
    return configuration !== undefined && signatures.length >= configuration.threshold;
  }

  private at(size: number): SignedTreeHead | undefined {
    const known = this.own.peek(size);
    if (known !== undefined) return known;
    const chainId = this.ports.chainId();
    const bytes = this.ports.store.blockAt(size - 1);
    const header = bytes === undefined ? undefined : decodeBlock(bytes)?.header;
    if (chainId === undefined || header === undefined) return undefined;
    const { signerEpoch, time } = header;
    return { chainId, size, root: this.ports.rootOf(size), time, signerEpoch, signatures: [] };
  }
}

function claimOf(head: SignedTreeHead, configuration: LedgerConfiguration) {
  return { configuration, message: treeHeadMessage(head), signatures: head.signatures };
}

function keyOf({ root, size }: SignedTreeHead): string {
  return `${size}:${encodeHex(root)}`;
}
