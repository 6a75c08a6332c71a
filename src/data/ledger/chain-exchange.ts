import { sameBytes } from "../../core/bytes.ts";
import type { PeerId } from "../../core/peer.ts";
import { decodeBlock } from "./block.ts";
import { CatchUp } from "./catch-up.ts";
import { Forks } from "./forks.ts";
import { headerHash, noHash } from "./header.ts";
import type { Block, LedgerConfiguration, LedgerFault } from "./ledger.contract.ts";
import type {
  LedgerBlocks,
  LedgerHeads,
  LedgerMessage,
  LedgerRequest,
  LedgerSignature,
  LedgerTimer,
} from "./ledger.messages.ts";
import type { LedgerPorts } from "./ledger-ports.ts";
import { encodeTreeHead, type SignedTreeHead } from "./tree-head.ts";
import { TreeHeads } from "./tree-heads.ts";

export interface ChainExchangePorts
  extends Pick<
    LedgerPorts,
    "crypt" | "env" | "listener" | "options" | "peers" | "signer" | "store"
  > {
  chainId(): Uint8Array | undefined;
  configurationOf(signerEpoch: number): LedgerConfiguration | undefined;
  height(): number;
  headHash(): Uint8Array | undefined;
  /** Over the hashes of the first blocks. */
  rootOf(size: number): Uint8Array;
  isHalted(): boolean;
  /** Takes the next block, or says what is wrong with it. */
  commit(block: Block): LedgerFault | undefined;
  /** Blocks of others were taken. */
  onTaken(): void;
  onFork(number: number): void;
}

/** Tells others how long the chain is, gives and takes blocks, and finds forks. [spec §6, §8] */
export class ChainExchange {
  private readonly ports: ChainExchangePorts;
  private readonly catchUp: CatchUp;
  private readonly forks: Forks;
  private readonly treeHeads: TreeHeads;

  constructor(ports: ChainExchangePorts) {
    this.ports = ports;
    const { env, listener, options } = ports;
    this.catchUp = new CatchUp({
      env,
      options,
      height: () => ports.height(),
      count: (name) => listener.count(name),
    });
    this.forks = new Forks({ ...ports, maxCount: options.evidenceMaxCount });
    this.treeHeads = new TreeHeads({
      ...ports,
      now: () => env.now(),
      tell: (bytes) => this.tellAll({ kind: "treeHead", bytes }),
      onEvidence: (bytes) => this.onEvidence(bytes),
      count: (name) => listener.count(name),
    });
  }

  /** Of the fork that is kept; 0 when there is none. */
  get forkNumber(): number {
    return this.forks.firstNumber;
  }

  /** The longest that enough have signed, in this life. */
  get treeHead(): SignedTreeHead | undefined {
    return this.treeHeads.latest;
  }

  /** There is a new final block. */
  onBlock(): void {
    this.announce();
    this.treeHeads.onBlock();
  }

  onRound(): void {
    this.catchUp.askNext();
    this.treeHeads.onRound();
  }

  onTimer(timer: Exclude<LedgerTimer, "round" | "cut">): void {
    if (timer === "fetch") return this.catchUp.onFetchTimer();
    if (timer === "answer") return this.catchUp.onAnswerTimer();
    const { env, options } = this.ports;
    env.setTimer("heads", options.headsIntervalMs);
    this.announce();
    const { treeHead } = this;
    if (treeHead === undefined) return;
    const bytes = encodeTreeHead(treeHead);
    for (const peer of this.somePeers(1)) env.send(peer, { kind: "treeHead", bytes });
  }

  onMessage(from: PeerId, message: Exclude<LedgerMessage, LedgerSignature>): void {
    if (message.kind === "heads") this.onHeads(from, message);
    else if (message.kind === "request") this.onRequest(from, message);
    else if (message.kind === "blocks") this.onBlocks(from, message);
    else if (message.kind === "evidence") this.onEvidence(message.bytes, from);
    else if (!this.ports.isHalted()) this.treeHeads.take(message.bytes);
  }

  private heads(): LedgerHeads {
    const { ports } = this;
    return { kind: "heads", height: ports.height(), headHash: ports.headHash() ?? noHash };
  }

  private somePeers(count: number): PeerId[] {
    const peers = [...this.ports.peers()];
    const chosen: PeerId[] = [];
    while (chosen.length < count && peers.length > 0) {
      chosen.push(...peers.splice(this.ports.env.random.below(peers.length), 1));
    }
    return chosen;
  }

  private onHeads(from: PeerId, { headHash, height }: LedgerHeads): void {
    if (this.ports.isHalted()) return;
    if (height > this.ports.height()) return this.catchUp.onHeight(from, height);
    if (height < this.ports.height()) this.ports.env.send(from, this.heads());
    const ours = height === 0 ? undefined : this.ports.store.hashAt(height - 1);
    if (ours !== undefined && !sameBytes(ours, headHash)) this.catchUp.probe(from, height - 1);
  }

  private onRequest(from: PeerId, { from: first, nonce, to }: LedgerRequest): void {
    const { env, listener, options, store } = this.ports;
    if (to < first || to - first >= options.fetchBlocksMaxCount) {
      return listener.count("ledger.dropped.badRequest");
    }
    const blocks: Uint8Array[] = [];
    let bytesCount = 0;
    for (let number = first; number <= to; number += 1) {
      const block = store.blockAt(number);
      if (block === undefined) break;
      bytesCount += block.length;
      if (blocks.length > 0 && bytesCount > options.fetchMaxBytes) break;
      blocks.push(block);
    }
    env.send(from, { kind: "blocks", nonce, blocks });
  }

  private onBlocks(from: PeerId, message: LedgerBlocks): void {
    const what = this.catchUp.takeAnswer(from, message);
    if (what === undefined || this.ports.isHalted()) return;
    const isGood = what === "probe" ? this.onProbed(message) : this.takeBlocks(from, message);
    if (!isGood) {
      this.ports.listener.count("ledger.dropped.badBlock");
      this.catchUp.penalise(from);
    }
    this.ports.onTaken();
    this.catchUp.askNext();
  }

  private takeBlocks(from: PeerId, { blocks }: LedgerBlocks): boolean {
    if (blocks.length === 0) return false;
    for (const bytes of blocks) {
      const block = decodeBlock(bytes);
      if (block === undefined) return false;
      // Signatures may have made it final meanwhile.
      if (block.header.number < this.ports.height()) continue;
      const fault = this.ports.commit(block);
      if (fault === undefined) continue;
      if (fault.code === "E_PREV_HASH" && this.ports.height() > 0) {
        this.catchUp.probe(from, this.ports.height() - 1);
        return true;
      }
      return false;
    }
    return true;
  }

  /** A block of which there is one here: theirs, if it is final, too, proves a fork. */
  private onProbed({ blocks }: LedgerBlocks): boolean {
    const [bytes] = blocks;
    const theirs = bytes === undefined ? undefined : decodeBlock(bytes);
    const { number = -1 } = theirs?.header ?? {};
    const ourBytes = this.ports.store.blockAt(number);
    const ours = ourBytes === undefined ? undefined : decodeBlock(ourBytes);
    if (theirs === undefined || ours === undefined) return false;
    const { crypt } = this.ports;
    if (sameBytes(headerHash(crypt, theirs.header), headerHash(crypt, ours.header))) return true;
    const evidence = this.forks.fromBlocks(ours, theirs);
    if (evidence === undefined) return false;
    this.onFork(evidence, number);
    return true;
  }

  /** `from` nobody: it was found here. */
  private onEvidence(bytes: Uint8Array, from?: PeerId): void {
    const before = this.ports.store.evidence.length;
    const evidence = this.forks.take(bytes);
    if (evidence !== undefined) {
      return this.onFork(evidence, this.forkNumber);
    }
    // Known ones come from everybody.
    if (before === 0 && from !== undefined) {
      this.ports.listener.count("ledger.dropped.badEvidence");
      this.catchUp.penalise(from);
    }
  }

  private onFork(evidence: Uint8Array, number: number): void {
    this.tellAll({ kind: "evidence", bytes: evidence });
    this.ports.onFork(number);
  }

  /** To some, how long the chain is here. */
  private announce(): void {
    const { env, options } = this.ports;
    for (const peer of this.somePeers(options.headsFanoutCount)) env.send(peer, this.heads());
  }

  private tellAll(message: LedgerMessage): void {
    for (const peer of this.ports.peers()) this.ports.env.send(peer, message);
  }
}
