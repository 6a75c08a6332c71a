import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { LedgerBlocks, LedgerMessage, LedgerTimer } from "./ledger.messages.ts";
import type { LedgerOptions } from "./ledger.options.ts";

export interface CatchUpPorts {
  readonly env: Env<LedgerMessage, LedgerTimer>;
  readonly options: LedgerOptions;
  height(): number;
  count(name: "ledger.fetch.timeout" | "ledger.dropped.unasked"): void;
}

interface Asked {
  readonly nonce: number;
  readonly peer: PeerId;
  /** "probe": of a block that is here already, for theirs may be another one. */
  readonly what: "next" | "probe";
  readonly timer: TimerId;
}

/**
 * Gets from others the blocks that are missing here: one request at a time, to a random peer that
 * says it has them, another peer when it does not answer. [spec ledger §6, Catch-up]
 *
 * Departs from [spec ledger §6]: new blocks are not pushed but announced. Whoever hears the order
 * makes the block itself, and needs the signatures alone.
 */
export class CatchUp {
  private readonly ports: CatchUpPorts;
  private readonly heights: BoundedMap<PeerId, number>;
  private readonly penalties: BoundedMap<PeerId, number>;
  private asked: Asked | undefined;
  private waiting: TimerId | undefined;
  private nextNonce = 1;

  constructor(ports: CatchUpPorts) {
    this.ports = ports;
    this.heights = new BoundedMap(ports.options.peersMaxCount);
    this.penalties = new BoundedMap(ports.options.peersMaxCount);
  }

  /** A peer says how long its chain is. */
  onHeight(peer: PeerId, height: number): void {
    this.heights.set(peer, height);
    if (height <= this.ports.height() || this.waiting !== undefined) return;
    const { env, options } = this.ports;
    // Signatures may be on their way, and are cheaper than blocks.
    this.waiting = env.setTimer("fetch", options.fetchDelayMs);
  }

  onFetchTimer(): void {
    this.waiting = undefined;
    this.askNext();
  }

  /** No answer came in time. */
  onAnswerTimer(): void {
    if (this.asked === undefined) return;
    this.ports.count("ledger.fetch.timeout");
    this.heights.delete(this.asked.peer);
    this.asked = undefined;
    this.askNext();
  }

  /** What was asked for, or undefined for what nobody asked for. */
  takeAnswer(peer: PeerId, { nonce }: LedgerBlocks): Asked["what"] | undefined {
    const { asked } = this;
    if (asked === undefined || asked.nonce !== nonce || asked.peer !== peer) {
      this.ports.count("ledger.dropped.unasked");
      return undefined;
    }
    this.ports.env.clearTimer(asked.timer);
    this.asked = undefined;
    return asked.what;
  }

  /** What it gave is wrong: it is asked for nothing for a while. */
  penalise(peer: PeerId): void {
    this.heights.delete(peer);
    this.penalties.set(peer, this.ports.env.now() + this.ports.options.penaltyMs);
  }

  isPenalised(peer: PeerId): boolean {
    return (this.penalties.peek(peer) ?? 0) > this.ports.env.now();
  }

  askNext(): void {
    if (this.asked !== undefined) return;
    const height = this.ports.height();
    const ahead = [...this.heights].filter(([peer, theirs]) => {
      return theirs > height && !this.isPenalised(peer);
    });
    if (ahead.length === 0) return;
    const [peer, theirs] = ahead[this.ports.env.random.below(ahead.length)] ?? [];
    if (peer === undefined || theirs === undefined) return;
    const to = Math.min(theirs, height + this.ports.options.fetchBlocksMaxCount) - 1;
    this.ask(peer, "next", { from: height, to });
  }

  /** Asks for a block of which this node has another one, perhaps. */
  probe(peer: PeerId, number: number): void {
    if (this.asked !== undefined || this.isPenalised(peer)) return;
    this.ask(peer, "probe", { from: number, to: number });
  }

  private ask(peer: PeerId, what: Asked["what"], range: { from: number; to: number }): void {
    const { env, options } = this.ports;
    const nonce = this.nextNonce;
    this.nextNonce += 1;
    const timer = env.setTimer("answer", options.fetchTimeoutMs);
    this.asked = { nonce, peer, what, timer };
    env.send(peer, { kind: "request", nonce, ...range });
  }
}
