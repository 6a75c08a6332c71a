import { sameBytes } from "../../core/bytes.ts";
import type { Dot } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import type { Candidate } from "./block-builder.ts";
import { ChainExchange } from "./chain-exchange.ts";
import { ChainTree } from "./chain-tree.ts";
import { chainIdOf, encodeConfiguration } from "./configuration.ts";
import { Cutting } from "./cutting.ts";
import { Founding } from "./founding.ts";
import { genesisBlock } from "./genesis.ts";
import { blockSignatureMessage } from "./header.ts";
import type { Block, LedgerConfiguration, LedgerFault } from "./ledger.contract.ts";
import type { LedgerMessage, LedgerSignature, LedgerTimer } from "./ledger.messages.ts";
import type { LedgerCount, LedgerHalt, LedgerPorts } from "./ledger-ports.ts";

import type { LedgerStore } from "./ledger-store.contract.ts";
import { MerkleHasher } from "./merkle.ts";
import { OrderIntake, type OrderItem } from "./order-intake.ts";
import { SignatureBook } from "./signature-book.ts";
import { goodSignatures, isGoodSignature, signerOf } from "./signatures.ts";
import { Signing } from "./signing.ts";
import type { SignedTreeHead } from "./tree-head.ts";
import { type ChainHead, ChainVerifier, type SoundBlock } from "./verification.ts";

/**
 * Turns the one order into signed blocks, each final when enough have signed it, and keeps the
 * chain alike on all nodes, signers or not. [spec ledger §2, §6, §8]
 */
export class Ledger implements Protocol<LedgerMessage, LedgerTimer> {
  /** Over the hashes of all blocks. */
  readonly tree: ChainTree;
  private readonly ports: LedgerPorts;
  private readonly intake: OrderIntake;
  private readonly book = new SignatureBook();
  private readonly signing: Signing | undefined;
  private readonly cutting: Cutting;
  private readonly exchange: ChainExchange;
  private readonly founding: Founding;
  private readonly candidates = new Map<number, Candidate>();
  private readonly configurations = new Map<number, LedgerConfiguration>();
  private verifier: ChainVerifier | undefined;
  private halt: LedgerHalt | undefined;
  private isPaused = false;
  private isStopped = false;

  constructor(ports: LedgerPorts) {
    this.ports = ports;
    const { crypt, env, options, order, signer, store } = ports;
    this.tree = new ChainTree(new MerkleHasher(crypt), (number) => {
      return store.hashAt(number) ?? new Uint8Array(0);
    });
    const count = (name: LedgerCount): void => ports.listener.count(name);
    this.intake = new OrderIntake(crypt, ports.chainName, {
      onFounded: (chainId, genesis) => this.onFounded(chainId, genesis),
      onKey: () => this.founding.consider(),
      onCandidates: (made) => this.onCandidates(made),
      onOld: (orderIndex, dot) => this.onOld(orderIndex, dot),
      count,
    });
    this.founding = new Founding({ ...ports, keys: this.intake.founders });
    const note = (bytes: Uint8Array): void => order.note(bytes);
    this.cutting = new Cutting({ env, options, note, isLeader: () => order.isLeader() });
    this.exchange = new ChainExchange({
      ...ports,
      chainId: () => this.verifier?.chainId,
      configurationOf: (epoch) => this.configurations.get(epoch),
      height: () => this.height,
      headHash: () => this.head?.hash,
      rootOf: (size) => this.rootOf(size),
      isHalted: () => this.halt !== undefined,
      commit: (block) => this.commit(block),
      onTaken: () => this.advance(),
      onFork: (number) => this.haltFor({ reason: "fork", number }),
    });
    this.signing =
      signer &&
      new Signing({
        signer,
        store,
        wallClock: () => env.wallClock(),
        onSigned: (signature) => this.onSigned(signature),
        onContradiction: (number) => this.haltFor({ reason: "contradiction", number }),
      });
  }

  get height(): number {
    return this.verifier?.height ?? 0;
  }

  get head(): ChainHead | undefined {
    return this.verifier?.head;
  }

  get chainId(): Uint8Array | undefined {
    return this.verifier?.chainId;
  }

  get halted(): LedgerHalt | undefined {
    return this.halt;
  }

  /** Of events that stand in no final block yet; what is held of blocks to be signed. */
  get waiting(): { readonly pendingCount: number; readonly candidatesCount: number } {
    return { pendingCount: this.intake.pending.count, candidatesCount: this.candidates.size };
  }

  /** Blocks that changed who signs, the genesis first: what a proof needs. */
  get configurationNumbers(): readonly number[] {
    return this.verifier?.state?.configurationNumbers ?? [];
  }

  /** The longest that enough have signed, in this life. */
  get treeHead(): SignedTreeHead | undefined {
    return this.exchange.treeHead;
  }

  /** Whether the event stands in a final block. */
  hasEvent(dot: Dot): boolean {
    return this.verifier?.seen.has(dot) === true;
  }

  isSigning(): boolean {
    const { head } = this;
    return head !== undefined && this.signing?.isSigner(head.configuration) === true;
  }

  start(): void {
    const { chainId, env, options, store } = this.ports;
    const { verified } = store;
    if (verified !== undefined) this.resume(verified);
    else if (chainId !== undefined) this.become(chainId);
    const [first] = store.evidence;
    if (first !== undefined) {
      this.halt = { reason: "fork", number: this.exchange.forkNumber };
    }
    env.setTimer("round", env.random.below(options.roundMs));
    env.setTimer("heads", env.random.below(options.headsIntervalMs));
  }

  stop(): void {
    this.isStopped = true;
  }

  onTimer(timer: LedgerTimer): void {
    if (this.isStopped) return;
    if (timer === "round") this.onRound();
    else if (timer === "cut") this.cutting.onTimer(this.pending);
    else this.exchange.onTimer(timer);
  }

  onMessage(from: PeerId, message: LedgerMessage): void {
    if (this.isStopped) return;
    if (message.kind === "signature") this.onSignature(message);
    else this.exchange.onMessage(from, message);
  }

  /** As an application of an ordered log. */
  onItems(items: readonly OrderItem[]): "more" | "pause" {
    this.intake.onItems(items);
    this.considerCut();
    this.isPaused = this.candidates.size >= this.ports.options.candidatesMaxCount;
    return this.isPaused ? "pause" : "more";
  }

  snapshot(): Uint8Array {
    return this.intake.snapshot();
  }

  restore(state: Uint8Array): boolean {
    this.candidates.clear();
    return this.intake.restore(state);
  }

  onGap(orderIndex: number): void {
    this.candidates.clear();
    this.intake.onGap(orderIndex);
  }

  private rootOf(size: number): Uint8Array {
    const whole = this.verifier?.tree;
    return whole?.size === size ? whole.root() : this.tree.root(size);
  }

  private resume(verified: NonNullable<LedgerStore["verified"]>): void {
    const { head } = verified;
    this.become(head.header.chainId);
    this.verifier?.resume(verified);
    for (const number of verified.configurationNumbers) this.learn(number);
    this.intake.onFinal(head);
  }

  /** The configuration that block `number` brought. */
  private learn(number: number): void {
    const bytes = this.ports.store.blockAt(number);
    const block = bytes === undefined ? undefined : decodeBlock(bytes);
    const configuration = block && this.founding.configurationIn(block);
    if (configuration !== undefined) {
      this.configurations.set(configuration.signerEpoch, configuration);
    }
  }

  private become(chainId: Uint8Array): void {
    this.verifier = new ChainVerifier(this.ports.crypt, chainId, "live");
    this.ports.listener.onFounded(chainId);
  }

  private onFounded(chainId: Uint8Array, genesis: LedgerConfiguration | undefined): void {
    const known = this.verifier?.chainId;
    if (known !== undefined && !sameBytes(known, chainId)) return;
    if (this.verifier === undefined) this.become(chainId);
    if (genesis !== undefined && this.height === 0) this.begin(genesis);
  }

  /** The genesis is what its configuration says: no signatures, no waiting. */
  private begin(configuration: LedgerConfiguration): void {
    const { crypt } = this.ports;
    const chainId = chainIdOf(crypt, encodeConfiguration(configuration));
    if (this.verifier === undefined || !sameBytes(this.verifier.chainId, chainId)) return;
    this.commit(genesisBlock(crypt, configuration));
  }

  private onCandidates(made: readonly Candidate[]): void {
    this.cutting.onCut();
    for (const candidate of made) {
      const { number } = candidate.header;
      const known = number < this.height ? this.ports.store.hashAt(number) : undefined;
      if (known === undefined) this.candidates.set(number, candidate);
      else if (!sameBytes(known, candidate.hash)) this.haltFor({ reason: "diverged", number });
    }
    this.advance();
  }

  /** The order was begun anew, or is another one: its events would seem to be final. */
  private onOld(orderIndex: number, dot: Dot): void {
    const { head } = this;
    if (head === undefined || orderIndex > head.header.lastOrderIndex) return;
    if (this.hasEvent(dot)) return;
    this.haltFor({ reason: "diverged", number: head.header.number });
  }

  /** Signs what there is to sign, and takes what enough have signed. */
  private advance(): void {
    if (this.halt !== undefined || this.isStopped) return;
    const next = this.linked();
    const { head } = this;
    if (next.length > 0 && head !== undefined) this.signing?.sign(next, head.header.time);
    this.takeFinal();
  }

  /** Candidates that follow the last final block. */
  private linked(): Candidate[] {
    const linked: Candidate[] = [];
    let previous = this.head?.hash;
    for (let number = this.height; previous !== undefined; number += 1) {
      const candidate = this.candidates.get(number);
      if (candidate === undefined) break;
      if (!sameBytes(candidate.header.previousHash, previous)) break;
      linked.push(candidate);
      previous = candidate.hash;
    }
    return linked;
  }

  private takeFinal(): void {
    // What follows from a block that became final may make the next one final at once.
    for (;;) {
      const { head } = this;
      const candidate = this.candidates.get(this.height);
      if (head === undefined || candidate === undefined) return;
      const { configuration, events, hash, header } = candidate;
      if (!sameBytes(header.previousHash, head.hash)) return;
      const signatures = this.book.of(header.number, hash);
      if (signatures.length < configuration.threshold) return;
      const fault = this.commit({ header, events, signatures });
      if (fault !== undefined) return this.haltFor({ reason: "diverged", number: header.number });
    }
  }

  private onSigned(message: LedgerSignature): void {
    if (this.isStopped || this.halt !== undefined) return;
    this.book.add(message.number, message.hash, message);
    for (const peer of this.ports.peers()) this.ports.env.send(peer, message);
    this.takeFinal();
  }

  private onSignature(message: LedgerSignature): void {
    const { crypt, listener, options } = this.ports;
    const { hash, keyId, number } = message;
    // Those of final blocks come late all the time.
    if (number < this.height) return;
    if (number >= this.height + options.signatureWindowCount) {
      return listener.count("ledger.dropped.outsideWindow");
    }
    if (this.book.has(number, hash, keyId)) return;
    const configuration = this.candidates.get(number)?.configuration ?? this.head?.configuration;
    const signer = configuration === undefined ? undefined : signerOf(configuration, keyId);
    if (signer === undefined) return listener.count("ledger.dropped.unknownSigner");
    if (!isGoodSignature(crypt, signer, blockSignatureMessage(hash), message.signature)) {
      return listener.count("ledger.dropped.badSignature");
    }
    const outcome = this.book.add(number, hash, { keyId, signature: message.signature });
    if (outcome === "conflict") return listener.count("ledger.dropped.conflictingSignature");
    if (this.halt === undefined) this.takeFinal();
  }

  /** The next block, which is final: undefined when it was taken. */
  private commit(block: Block): LedgerFault | undefined {
    const { verifier } = this;
    if (verifier === undefined) return { code: "E_CHAIN_ID", detail: "no chain is known" };
    const checked = verifier.check(block);
    if (checked.kind === "fault") return checked;
    const kept = { ...block, signatures: this.keptSignatures(block, checked) };
    verifier.accept(checked);
    const { head, state } = verifier;
    if (head === undefined || state === undefined) return undefined;
    this.configurations.set(head.configuration.signerEpoch, head.configuration);
    const { listener, store } = this.ports;
    store.append(encodeBlock(kept), state, () => listener.onFinal(kept, checked.hash));
    const { number } = head.header;
    const candidate = this.candidates.get(number);
    if (candidate !== undefined && !sameBytes(candidate.hash, head.hash)) {
      this.haltFor({ reason: "diverged", number });
    }
    this.candidates.delete(number);
    this.book.forgetBelow(number + 1);
    this.signing?.forgetBelow(number + 1);
    this.intake.onFinal(head);
    this.exchange.onBlock();
    this.makeRoom();
    this.considerCut();
    return undefined;
  }

  private keptSignatures({ header, signatures }: Block, { hash }: SoundBlock) {
    const configuration = this.head?.configuration;
    if (configuration === undefined || header.number === 0) return [];
    const message = blockSignatureMessage(hash);
    return goodSignatures(this.ports.crypt, { configuration, message, signatures });
  }

  private get pending() {
    return { ...this.intake.pending, underWayCount: this.candidates.size };
  }

  private considerCut(): void {
    if (this.halt === undefined) this.cutting.consider(this.pending);
  }

  private makeRoom(): void {
    if (!this.isPaused || this.candidates.size > this.ports.options.candidatesMaxCount / 2) return;
    this.isPaused = false;
    this.ports.listener.onRoom();
  }

  private onRound(): void {
    const { env, options } = this.ports;
    env.setTimer("round", options.roundMs);
    if (this.verifier === undefined || this.height === 0) this.founding.consider();
    if (this.halt !== undefined) return;
    this.advance();
    for (const signature of this.signing?.pending ?? []) {
      for (const peer of this.ports.peers()) env.send(peer, signature);
    }
    this.considerCut();
    this.exchange.onRound();
  }

  private haltFor(halt: LedgerHalt): void {
    if (this.halt?.reason === "fork" || this.halt?.reason === halt.reason) return;
    this.halt = halt;
    this.ports.listener.onHalted(halt);
  }
}
