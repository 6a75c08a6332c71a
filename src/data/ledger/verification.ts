import { sameBytes } from "../../core/bytes.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { encodeHex } from "../../core/hex.ts";
import { makeOrigin } from "../../core/peer.ts";
import { eventBytes } from "./block.ts";
import {
  type ConfigurationChange,
  chainIdOf,
  changeProblem,
  configurationProblem,
  decodeChange,
} from "./configuration.ts";
import { genesisBlock } from "./genesis.ts";
import { blockSignatureMessage, compareTimes, headerHash, noHash } from "./header.ts";
import type {
  Block,
  BlockHeader,
  BlockSignature,
  LedgerConfiguration,
  LedgerCrypto,
  LedgerEvent,
  LedgerFault,
  LedgerFaultCode,
} from "./ledger.contract.ts";
import { decodeEvent } from "./ledger-event.ts";
import { MerkleFrontier, MerkleHasher } from "./merkle.ts";
import { countSignatures, type SignatureRule } from "./signatures.ts";

/** What a chain came to, up to and with its last block. */
export interface ChainHead {
  readonly header: BlockHeader;
  readonly hash: Uint8Array;
  /** Who signs the next block. */
  readonly configuration: LedgerConfiguration;
}

/** A block that may follow the head; `accept` makes it the head. */
export interface SoundBlock {
  readonly kind: "sound";
  readonly header: BlockHeader;
  readonly hash: Uint8Array;
  readonly events: readonly LedgerEvent[];
  readonly dots: ReadonlyDotSet;
  /** The set that it puts in place of the one before. */
  readonly configuration: LedgerConfiguration | undefined;
}

export type Faulty = { readonly kind: "fault" } & LedgerFault;
export type Checked = SoundBlock | Faulty;

interface SignedHeader {
  readonly header: BlockHeader;
  readonly signatures: readonly BlockSignature[];
  readonly configuration: LedgerConfiguration;
}

/** Where a verifier goes on whose beginning somebody has verified before. */
export interface VerifiedState {
  readonly head: ChainHead;
  readonly seen: ReadonlyDotSet;
  readonly tree: MerkleFrontier;
  /** Blocks that changed who signs, the genesis first. */
  readonly configurationNumbers: readonly number[];
}

/**
 * Verifies a chain block by block, each against the one before it and the signer set, in the order
 * of the spec: what is cheap before signatures, signatures before what is large. [spec ledger §5]
 */
export class ChainVerifier {
  readonly chainId: Uint8Array;
  private readonly crypt: LedgerCrypto;
  private readonly rule: SignatureRule;
  private readonly hasher: MerkleHasher;
  private last: ChainHead | undefined;
  private dots = new DotSet();
  private hashes: MerkleFrontier;
  private changes: number[] = [];

  constructor(crypt: LedgerCrypto, chainId: Uint8Array, rule: SignatureRule) {
    this.crypt = crypt;
    this.chainId = chainId;
    this.rule = rule;
    this.hasher = new MerkleHasher(crypt);
    this.hashes = new MerkleFrontier(this.hasher);
  }

  get head(): ChainHead | undefined {
    return this.last;
  }

  /** How many blocks; the number of the next one. */
  get height(): number {
    return this.last === undefined ? 0 : this.last.header.number + 1;
  }

  /** Ids of all events so far. */
  get seen(): ReadonlyDotSet {
    return this.dots;
  }

  /** Over the hashes of all headers so far. */
  get tree(): MerkleFrontier {
    return this.hashes;
  }

  /** What all blocks came to; undefined before the genesis. It changes with the next block. */
  get state(): VerifiedState | undefined {
    const { dots, hashes, last: head } = this;
    if (head === undefined) return undefined;
    const configurationNumbers = [...this.changes];
    return { head, seen: dots, tree: hashes, configurationNumbers };
  }

  resume({ configurationNumbers, head, seen, tree }: VerifiedState): void {
    this.changes = [...configurationNumbers];
    this.last = head;
    this.dots = seen.clone();
    this.hashes = tree.clone();
  }

  check(block: Block): Checked {
    return this.checkHead(block.header, block.signatures) ?? this.checkBody(block);
  }

  /** What a light client checks: E_CHAIN_ID to E_SIGNATURES. undefined when all is well. */
  checkHead(header: BlockHeader, signatures: readonly BlockSignature[]): Faulty | undefined {
    const { head } = this;
    if (!sameBytes(header.chainId, this.chainId)) {
      return different("E_CHAIN_ID", encodeHex(this.chainId), encodeHex(header.chainId));
    }
    if (header.number !== this.height) return different("E_NUMBER", this.height, header.number);
    const previous = head?.hash ?? noHash;
    if (!sameBytes(header.previousHash, previous)) {
      return different("E_PREV_HASH", encodeHex(previous), encodeHex(header.previousHash));
    }
    // That of the genesis stands in its own body.
    if (head === undefined) return undefined;
    const { configuration } = head;
    if (header.signerEpoch !== configuration.signerEpoch) {
      return different("E_EPOCH", configuration.signerEpoch, header.signerEpoch);
    }
    return this.checkSignatures({ header, signatures, configuration });
  }

  accept({ configuration, dots, hash, header }: SoundBlock): void {
    const valid = configuration ?? this.last?.configuration;
    if (valid !== undefined) this.last = { header, hash, configuration: valid };
    if (configuration !== undefined) this.changes.push(header.number);
    this.dots.addAll(dots);
    this.hashes.add(this.hasher.leaf(hash));
  }

  private checkSignatures({ configuration, header, signatures }: SignedHeader): Faulty | undefined {
    const message = blockSignatureMessage(headerHash(this.crypt, header));
    const claim = { configuration, message, signatures };
    const { goodCount, isTampered } = countSignatures(this.crypt, claim, this.rule);
    if (goodCount < configuration.threshold) {
      const expected = `${configuration.threshold} distinct signers`;
      return different("E_SIGNATURES", expected, goodCount);
    }
    if (isTampered) return fault("E_SIGNATURES", "one that is kept is not good");
    return undefined;
  }

  private checkBody(block: Block): Checked {
    const { events: bytes, header } = block;
    const limits = this.head?.configuration;
    const countMax = limits?.eventsMaxCount ?? 1;
    const { eventCount } = header;
    if (bytes.length !== eventCount) return different("E_EVENT_COUNT", eventCount, bytes.length);
    if (eventCount < 1 || eventCount > countMax) {
      return different("E_EVENT_COUNT", `1 to ${countMax}`, eventCount);
    }
    const root = this.hasher.root(bytes.map((event) => this.hasher.leaf(event)));
    if (!sameBytes(root, header.eventsRoot)) {
      return different("E_EVENTS_ROOT", encodeHex(root), encodeHex(header.eventsRoot));
    }
    const size = eventBytes(bytes);
    if (limits !== undefined && bytes.length > 1 && size > limits.blockMaxBytes) {
      return different("E_EVENT_FORMAT", `at most ${limits.blockMaxBytes} bytes`, size);
    }
    const events: LedgerEvent[] = [];
    for (const [place, one] of bytes.entries()) {
      const isTooLarge = limits !== undefined && one.length > limits.eventMaxBytes;
      const event = isTooLarge ? undefined : decodeEvent(this.crypt, one);
      if (event === undefined) return fault("E_EVENT_FORMAT", `event ${place} is none`);
      events.push(event);
    }
    return this.checkOrder(block, events);
  }

  private checkOrder(block: Block, events: readonly LedgerEvent[]): Checked {
    const { header } = block;
    const { eventCount, firstOrderIndex, lastOrderIndex, time } = header;
    const before = this.head?.header;
    const first = before === undefined ? 0 : before.lastOrderIndex + 1;
    const last = first + eventCount - 1;
    if (firstOrderIndex !== first || lastOrderIndex !== last) {
      const found = `${firstOrderIndex} to ${lastOrderIndex}`;
      return different("E_ORDER_INDEX", `${first} to ${last}`, found);
    }
    const dots = new DotSet();
    for (const event of before === undefined ? [] : events) {
      const dot = { origin: makeOrigin(event.origin, event.boot), seq: event.seq };
      if (event.seq < 1) return fault("E_EVENT_FORMAT", "an event without a number");
      if (this.dots.has(dot) || !dots.add(dot)) {
        return fault("E_DUPLICATE_EVENT", `${dot.origin}:${dot.seq} stands there before`);
      }
    }
    if (before !== undefined && compareTimes(time, before.time) <= 0) {
      return different("E_HLC", `after ${timeText(before)}`, timeText(header));
    }
    const hash = headerHash(this.crypt, header);
    return this.checkConfiguration(block, { kind: "sound", header, hash, events, dots });
  }

  private checkConfiguration(
    { signatures }: Block,
    sound: Omit<SoundBlock, "configuration">,
  ): Checked {
    const { events, hash, header } = sound;
    const isGenesis = this.head === undefined;
    const isConfiguring = events.some(({ kind }) => kind === "configuration");
    if (!isGenesis && !isConfiguring) return { ...sound, configuration: undefined };
    const change = this.changeIn(events);
    if (!("configuration" in change)) return change;
    const { configuration } = change;
    if (!isGenesis) return { ...sound, configuration };
    const { signerEpoch } = configuration;
    if (header.signerEpoch !== signerEpoch) {
      return different("E_EPOCH", signerEpoch, header.signerEpoch);
    }
    if (compareTimes(header.time, configuration.time) !== 0) {
      return different("E_HLC", timeText(configuration), timeText(header));
    }
    const made = headerHash(this.crypt, genesisBlock(this.crypt, configuration).header);
    if (!sameBytes(made, hash)) {
      return fault("E_CONFIG", "the genesis block is not made of its configuration alone");
    }
    // A genesis needs no signature; one that is there must be good all the same.
    const claim = { header, signatures, configuration };
    const isSigned = signatures.length > 0;
    return (isSigned ? this.checkSignatures(claim) : undefined) ?? { ...sound, configuration };
  }

  /** The one configuration of a block that has one. */
  private changeIn(events: readonly LedgerEvent[]): Faulty | ConfigurationChange {
    const [event] = events;
    if (event === undefined || events.length !== 1 || event.kind !== "configuration") {
      return fault("E_CONFIG", "a configuration stands alone in its block");
    }
    const change = decodeChange(event.data);
    if (change === undefined) return fault("E_CONFIG", "it is no configuration");
    const current = this.head?.configuration;
    const problem =
      current === undefined
        ? this.genesisProblem(change)
        : changeProblem(this.crypt, this.chainId, current, change);
    return problem === undefined ? change : fault("E_CONFIG", problem);
  }

  private genesisProblem({ bytes, configuration, proofs }: ConfigurationChange) {
    if (!sameBytes(chainIdOf(this.crypt, bytes), this.chainId)) {
      return "the genesis configuration is not the one that the chain is named by";
    }
    if (proofs.length > 0) return "a genesis proves nothing";
    return configurationProblem(this.crypt, configuration);
  }
}

/** Live blocks of a signer whose clock is ahead wait, for they may be right soon. [spec §5] */
export function isAheadOfClock(
  { time }: BlockHeader,
  { maxSkewMs }: LedgerConfiguration,
  wallMs: number,
): boolean {
  return time.wall > BigInt(wallMs + maxSkewMs) * 1_000_000n;
}

function timeText({ time }: Pick<BlockHeader, "time">): string {
  return `${time.wall}.${time.logical}`;
}

type Found = string | number;

function different(code: LedgerFaultCode, expected: Found, found: Found) {
  return fault(code, `expected ${expected}, found ${found}`);
}

function fault(code: LedgerFaultCode, detail: string) {
  return { kind: "fault", code, detail } as const;
}
