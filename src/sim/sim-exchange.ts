import type { Address } from "../core/address.ts";
import type { ExchangeId } from "../core/env.ts";
import type { ExchangeFailure, ExchangeOutcome } from "../core/protocol.ts";
import type { SimEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";
import type { Simulator } from "./simulator.ts";

type Stage = "opening" | "refused" | "request" | "reply" | "deadline";

/**
 * One stream exchange, as a chain of events of which one is always pending:
 *
 *   dialer ── open ──▶ acceptor          nobody listens: refused one delay later ("unreachable")
 *   dialer ◀─ open ─── acceptor          cut off: silence until the deadline ("timeout")
 *   dialer ── request ▶ acceptor         died in between: "closed"
 *   dialer ◀─ reply ── acceptor
 */
export class SimExchange implements SimEvent {
  readonly id: ExchangeId;
  private readonly simulator: Simulator;
  private readonly dialer: SimNode;
  private readonly dialerLife: number;
  private readonly address: Address;
  private readonly request: unknown;
  private readonly deadline: number;
  private stage: Stage = "opening";
  private acceptor: SimNode | undefined;
  private acceptorLife = 0;
  private reply: unknown;
  private isDone = false;

  constructor(dialer: SimNode, id: ExchangeId, to: Address, sent: SentRequest) {
    this.simulator = dialer.simulator;
    this.dialer = dialer;
    this.dialerLife = dialer.life;
    this.id = id;
    this.address = to;
    this.request = sent.request;
    this.deadline = this.simulator.nowMs + sent.deadlineMs;
  }

  begin(): void {
    this.acceptor = this.simulator.find(this.address);
    this.travel("opening", this.dialer, this.acceptor);
  }

  fire(): void {
    if (this.isDone || this.dialer.life !== this.dialerLife) return;
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
    this.acceptorLife = acceptor.life;
    // The answer to the dial and the request behind it are one event: nobody acts in between.
    if (!this.simulator.network.canPass(acceptor, this.dialer)) return this.waitForDeadline();
    const answerMs = this.simulator.network.streamLatencyMs();
    this.travel("request", this.dialer, acceptor, answerMs);
  }

  private onRequest(): void {
    const acceptor = this.acceptor;
    if (acceptor === undefined) return;
    if (acceptor.life !== this.acceptorLife) return this.cutOff(acceptor);
    if (acceptor.isPaused) {
      // The kernel of a stopped process takes the bytes; the deadline may pass before it wakes.
      acceptor.holdBack(this);
      this.simulator.schedule(this.deadline - this.simulator.nowMs, new ExchangeDeadline(this));
      return;
    }
    const request = this.simulator.transcode(this.request, "request");
    if (request === undefined) return this.fail("malformed", "the codec refused the request");
    const reply = acceptor.takeRequest(this.dialer, request);
    if (acceptor.life !== this.acceptorLife) return this.cutOff(acceptor);
    this.reply = reply === undefined ? undefined : this.simulator.transcode(reply, "reply");
    if (reply !== undefined && this.reply === undefined) {
      return this.fail("malformed", "the codec refused the reply");
    }
    this.travel("reply", acceptor, this.dialer);
  }

  /** The deadline came while something else was pending. */
  expire(): void {
    if (!this.isDone && this.dialer.life === this.dialerLife) {
      this.fail("timeout", "no end before the deadline");
    }
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
    const isCut = from !== undefined && to !== undefined && !network.canPass(from, to);
    const isDark = to !== undefined && !to.isMachineUp;
    if (isCut || isDark) return this.waitForDeadline();
    const delayMs = headStartMs + network.streamLatencyMs();
    if (this.simulator.nowMs + delayMs > this.deadline) return this.waitForDeadline();
    this.stage = stage;
    this.simulator.schedule(delayMs, this);
  }

  private waitForDeadline(): void {
    this.stage = "deadline";
    this.simulator.schedule(Math.max(0, this.deadline - this.simulator.nowMs), this);
  }

  private fail(reason: ExchangeFailure, detail: string): void {
    this.simulator.counts.exchangesFailed += 1;
    this.finish({ kind: "failure", reason, detail });
  }

  private finish(outcome: ExchangeOutcome<unknown>): void {
    if (this.dialer.isPaused) {
      this.dialer.holdBack(new ExchangeEnd(this, outcome));
      this.isDone = true;
      return;
    }
    this.isDone = true;
    this.deliver(outcome);
  }

  deliver(outcome: ExchangeOutcome<unknown>): void {
    if (this.dialer.life === this.dialerLife) {
      this.dialer.takeOutcome(this.id, this.address, outcome);
    }
  }
}

export interface SentRequest {
  readonly request: unknown;
  readonly deadlineMs: number;
}

class ExchangeDeadline implements SimEvent {
  private readonly exchange: SimExchange;

  constructor(exchange: SimExchange) {
    this.exchange = exchange;
  }

  fire(): void {
    this.exchange.expire();
  }
}

/** The end of an exchange whose dialer was paused. */
class ExchangeEnd implements SimEvent {
  private readonly exchange: SimExchange;
  private readonly outcome: ExchangeOutcome<unknown>;

  constructor(exchange: SimExchange, outcome: ExchangeOutcome<unknown>) {
    this.exchange = exchange;
    this.outcome = outcome;
  }

  fire(): void {
    this.exchange.deliver(this.outcome);
  }
}
