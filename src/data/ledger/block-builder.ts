import { changeProblem, decodeChange } from "./configuration.ts";
import { compareTimes, headerHash } from "./header.ts";
import type {
  BlockHeader,
  LedgerConfiguration,
  LedgerCrypto,
  LedgerEvent,
  LedgerTime,
} from "./ledger.contract.ts";
import { encodeEvent } from "./ledger-event.ts";
import { MerkleHasher } from "./merkle.ts";
import type { Cut } from "./notes.ts";
import type { ChainHead } from "./verification.ts";

/** A block that its signers have yet to sign. */
export interface Candidate {
  readonly header: BlockHeader;
  readonly hash: Uint8Array;
  readonly events: readonly Uint8Array[];
  /** Who signs it. */
  readonly configuration: LedgerConfiguration;
  /** Who signs the one behind it. */
  readonly next: LedgerConfiguration;
}

interface Pending {
  readonly bytes: Uint8Array;
  readonly configuration: LedgerConfiguration | undefined;
}

/**
 * Makes blocks of the ordered log, the same on every node: what it makes depends on the events and
 * the cuts among them alone. [spec ledger §2, Cutting]
 */
export class BlockBuilder {
  private readonly crypt: LedgerCrypto;
  private readonly hasher: MerkleHasher;
  private before: ChainHead;
  /** Who would sign the block behind all that is pending. */
  private configuration: LedgerConfiguration;
  private pending: Pending[] = [];
  private bytesCount = 0;

  constructor(crypt: LedgerCrypto, base: ChainHead) {
    this.crypt = crypt;
    this.hasher = new MerkleHasher(crypt);
    this.before = base;
    this.configuration = base.configuration;
  }

  /** The block behind which it builds. */
  get base(): ChainHead {
    return this.before;
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  get pendingBytes(): number {
    return this.bytesCount;
  }

  /** Of the last event that was added or stands in a block. */
  get lastOrderIndex(): number {
    return this.before.header.lastOrderIndex + this.pending.length;
  }

  /** The event with the next order index. */
  add(event: LedgerEvent): void {
    const changed = event.kind === "configuration" ? this.configurationIn(event) : undefined;
    // What cannot be a change stands there as what it is, some bytes: indices have no gaps.
    const kind = changed === undefined ? "data" : "configuration";
    const bytes = this.fitted({ ...event, kind });
    this.configuration = changed ?? this.configuration;
    this.pending.push({ bytes, configuration: changed });
    this.bytesCount += bytes.length;
  }

  /**
   * Blocks of all events up to the cut. Usually one; a configuration stands alone, and what is too
   * much for one block makes several. A cut behind, or ahead of, what is there makes none.
   */
  cut({ time, upTo }: Cut): Candidate[] {
    if (upTo > this.lastOrderIndex) return [];
    const candidates: Candidate[] = [];
    while (this.before.header.lastOrderIndex < upTo) {
      candidates.push(this.build(upTo - this.before.header.lastOrderIndex, time));
    }
    return candidates;
  }

  /** The first of what is pending, as far as one block takes it. */
  private build(countMax: number, wanted: LedgerTime): Candidate {
    const { configuration, hash, header } = this.before;
    const taken = this.pending.slice(0, this.fittingCount(countMax, configuration));
    this.pending = this.pending.slice(taken.length);
    const events = taken.map(({ bytes }) => bytes);
    for (const { length } of events) this.bytesCount -= length;
    const made: BlockHeader = {
      chainId: header.chainId,
      number: header.number + 1,
      previousHash: hash,
      eventsRoot: this.hasher.root(events.map((event) => this.hasher.leaf(event))),
      eventCount: events.length,
      firstOrderIndex: header.lastOrderIndex + 1,
      lastOrderIndex: header.lastOrderIndex + events.length,
      time: laterThan(header.time, wanted),
      signerEpoch: configuration.signerEpoch,
    };
    const next = taken[0]?.configuration ?? configuration;
    const ownHash = headerHash(this.crypt, made);
    this.before = { header: made, hash: ownHash, configuration: next };
    return { header: made, hash: ownHash, events, configuration, next };
  }

  private fittingCount(countMax: number, limits: LedgerConfiguration): number {
    let bytesCount = 0;
    let count = 0;
    for (const { bytes, configuration } of this.pending) {
      const isAlone = configuration !== undefined;
      bytesCount += bytes.length;
      if (count > 0 && (isAlone || bytesCount > limits.blockMaxBytes)) break;
      count += 1;
      if (isAlone || count >= countMax || count >= limits.eventsMaxCount) break;
    }
    return count;
  }

  private configurationIn(event: LedgerEvent): LedgerConfiguration | undefined {
    const change = decodeChange(event.data);
    if (change === undefined) return undefined;
    const { chainId } = this.before.header;
    const problem = changeProblem(this.crypt, chainId, this.configuration, change);
    return problem === undefined ? change.configuration : undefined;
  }

  /**
   * An event that no block can hold stands there with the hash of its data: whoever appends checks
   * the size before, so that only a node of another opinion brings one.
   */
  private fitted(event: LedgerEvent): Uint8Array {
    const bytes = encodeEvent(this.crypt, event);
    if (bytes.length <= this.configuration.eventMaxBytes) return bytes;
    return encodeEvent(this.crypt, { ...event, clock: [], data: this.crypt.sha256(event.data) });
  }
}

function laterThan(before: LedgerTime, wanted: LedgerTime): LedgerTime {
  if (compareTimes(wanted, before) > 0) return wanted;
  return { wall: before.wall, logical: before.logical + 1 };
}
