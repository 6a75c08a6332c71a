import type { Address } from "../core/address.ts";
import type { ExchangeId } from "../core/env.ts";
import type { ExchangeFailure, ExchangeOutcome } from "../core/protocol.ts";
import type { SimEngine } from "./sim-engine.ts";
import { ActionEvent, SimEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";
import type { Simulator } from "./simulator.ts";

/** What holds an exchange up is not known to the network: its node is paused or blocked. */
type State = "open" | "parked" | "done";
type Stage = "opening" | "refused" | "request" | "reply" | "deadline";

/**
 * One stream exchange, as a chain of events of which one is always pending:
 *
 *   dialer ── open ──▶ acceptor          nobody listens: refused one delay later ("unreachable")
 *   dialer ◀─ open ─── acceptor          cut off: silence until the deadline ("timeout")
 *   dialer ── request ▶ acceptor         died in between: "closed"
 *   dialer ◀─ reply ── acceptor
 */
export class SimExchange extends SimEvent {
  readonly id: ExchangeId;
  private readonly simulator: Simulator;
  private readonly engine: SimEngine;
  private readonly dialer: SimNode;
  private readonly dialerLife: number;
  private readonly address: Address;
  private readonly request: unknown;
  private readonly deadline: number;
  private stage: Stage = "opening";
  private acceptor: SimNode | undefined;
  private acceptorLife = 0;
  private reply: unknown;
  private state: State = "open";

  constructor(dialer: SimNode, id: ExchangeId, to: Address, sent: SentRequest) {
    super();
    this.simulator = dialer.simulator;
    this.engine = this.simulator.engine;
    this.dialer = dialer;
    this.dialerLife = dialer.life;
    this.id = id;
    this.address = to;
    this.request = sent.request;
    this.deadline = this.engine.nowMs + sent.deadlineMs;
  }

  /** Dials, as soon as the dialer can. */
  begin(): void {
    if (!this.isOpen) return;
    if (!this.dialer.isFlowing) return this.waitForDialer(() => this.begin());
    this.acceptor = this.simulator.find(this.address);
    this.travel("opening", this.dialer, this.acceptor);
  }

  override fire(): void {
    if (!this.isOpen) return;
    switch (this.stage) {
      case "opening":
        return this.onOpening();
      case "refused":
        return this.fail("unreachable", "connection refused");
      case "request":
        return this.onRequest();
      case "reply":
        return this.finish({ kind: "reply", reply: this.reply });
      case "deadline":
        return this.fail("timeout", "no end before the deadline");
    }
  }

  private onOpening(): void {
    const acceptor = this.acceptor;
    if (acceptor === undefined || !acceptor.isListening) {
      return this.travel("refused", acceptor, this.dialer);
    }
    if (!this.dialer.isFlowing) return this.waitForDialer(() => this.fire());
    this.acceptorLife = acceptor.life;
    // The answer to the dial and the request behind it are one event: nobody acts in between.
    if (!this.simulator.network.canPass(acceptor.index, this.dialer.index))
      return this.waitForDeadline();
    const answerMs = this.simulator.network.streamLatencyMs();
    const lineMs = this.simulator.post.lineMs(this.dialer.index, this.request, "request");
    this.travel("request", this.dialer, acceptor, answerMs + lineMs);
  }

  private onRequest(): void {
    const acceptor = this.acceptor;
    if (acceptor === undefined) return;
    if (acceptor.life !== this.acceptorLife) return this.cutOff(acceptor);
    if (!acceptor.isFlowing) {
      // The kernel of a stopped process takes the bytes; the deadline may pass before it wakes.
      acceptor.holds.keep(this);
      this.watchDeadline();
      return;
    }
    const request = this.simulator.post.transcode(this.request, "request");
    if (request === undefined) return this.fail("malformed", "the codec refused the request");
    const reply = acceptor.takeRequest(this.dialer, request);
    if (acceptor.life !== this.acceptorLife) return this.cutOff(acceptor);
    this.reply = reply === undefined ? undefined : this.simulator.post.transcode(reply, "reply");
    if (reply !== undefined && this.reply === undefined) {
      return this.fail("malformed", "the codec refused the reply");
    }
    const lineMs =
      reply === undefined ? 0 : this.simulator.post.lineMs(acceptor.index, reply, "reply");
    this.travel("reply", acceptor, this.dialer, lineMs);
  }

  /** The deadline came while something else was pending. */
  expire(): void {
    if (this.isOpen) this.fail("timeout", "no end before the deadline");
  }

  /** The dialer, which was held up, can hear of the end. */
  release(outcome: ExchangeOutcome<unknown>): void {
    if (this.state === "parked") this.state = "open";
    if (this.isOpen) this.finish(outcome);
  }

  private get isOpen(): boolean {
    return this.state === "open" && this.dialer.life === this.dialerLife;
  }

  private waitForDialer(goOn: () => void): void {
    this.watchDeadline();
    if (this.dialer.holds.keepSend(new ActionEvent(goOn))) return;
    this.engine.counts.packetsOverflowed += 1;
  }

  private watchDeadline(): void {
    const leftMs = Math.max(0, this.deadline - this.engine.nowMs);
    this.engine.schedule(leftMs, new ActionEvent(() => this.expire()));
  }

  private cutOff(acceptor: SimNode): void {
    if (acceptor.isMachineUp) this.fail("closed", "connection reset");
    else this.waitForDeadline();
  }

  private travel(
    stage: Stage,
    from: SimNode | undefined,
    to: SimNode | undefined,
    headStartMs = 0,
  ): void {
    const network = this.simulator.network;
    const isCut = from !== undefined && to !== undefined && !network.canPass(from.index, to.index);
    const isDark = to !== undefined && !to.isMachineUp;
    if (isCut || isDark) return this.waitForDeadline();
    const clogMs =
      from === undefined || to === undefined ? 0 : network.clogMs(from.index, to.index);
    const delayMs = headStartMs + clogMs + network.streamLatencyMs();
    if (this.engine.nowMs + delayMs > this.deadline) return this.waitForDeadline();
    this.stage = stage;
    this.engine.schedule(delayMs, this);
  }

  private waitForDeadline(): void {
    this.stage = "deadline";
    this.engine.schedule(Math.max(0, this.deadline - this.engine.nowMs), this);
  }

  private fail(reason: ExchangeFailure, detail: string): void {
    this.finish({ kind: "failure", reason, detail });
  }

  private finish(outcome: ExchangeOutcome<unknown>): void {
    if (this.dialer.isPaused) {
      // Its own clock has not gone on for the process: what came first is what it hears.
      this.state = "parked";
      this.dialer.holds.keep(new ActionEvent(() => this.release(outcome)));
      return;
    }
    if (this.dialer.isBlocked && !isTimeout(outcome)) {
      this.dialer.holds.keep(new ActionEvent(() => this.release(outcome)));
      return this.watchDeadline();
    }
    this.state = "done";
    if (outcome.kind === "failure") this.engine.counts.exchangesFailed += 1;
    this.dialer.takeOutcome(this.id, this.address, outcome);
  }
}

function isTimeout(outcome: ExchangeOutcome<unknown>): boolean {
  return outcome.kind === "failure" && outcome.reason === "timeout";
}

export interface SentRequest {
  readonly request: unknown;
  readonly deadlineMs: number;
}
