import type { AcceptorExchange } from "./acceptor-exchange.ts";
import type { Clock } from "./clock.ts";
import type { HostOptions } from "./host.options.ts";

/**
 * The streams that others opened, within bounds of number, time and bytes. At a bound the oldest,
 * or the one that holds most, makes room: refusing newcomers instead would let a few that do
 * nothing keep everybody else out.
 */
export class InboundStreams {
  private readonly clock: Clock;
  private readonly options: HostOptions;
  /** Deadlines, in the order in which the streams came. */
  private readonly open = new Map<AcceptorExchange, number>();

  constructor(clock: Clock, options: HostOptions) {
    this.clock = clock;
    this.options = options;
  }

  add(exchange: AcceptorExchange): void {
    if (this.open.size >= this.options.inboundMaxCount) {
      for (const oldest of this.open.keys()) {
        this.remove(oldest);
        oldest.cutOff("tooMany");
        break;
      }
    }
    this.open.set(exchange, this.newDeadline(exchange));
  }

  renewDeadline(exchange: AcceptorExchange): void {
    const deadline = this.open.get(exchange);
    if (deadline === undefined) return;
    this.clock.clear(deadline);
    this.open.set(exchange, this.newDeadline(exchange));
  }

  remove(exchange: AcceptorExchange): void {
    const deadline = this.open.get(exchange);
    if (deadline === undefined) return;
    this.clock.clear(deadline);
    this.open.delete(exchange);
  }

  /** More bytes of requests that are not whole yet have come. */
  onBytesHeld(): void {
    let sum = 0;
    let largest: AcceptorExchange | undefined;
    for (const exchange of this.open.keys()) {
      sum += exchange.heldBytes;
      if (exchange.heldBytes > (largest?.heldBytes ?? 0)) largest = exchange;
    }
    if (sum <= this.options.inboundHeldMaxBytes || largest === undefined) return;
    this.remove(largest);
    largest.cutOff("tooMuch");
  }

  clear(): void {
    this.open.clear();
  }

  private newDeadline(exchange: AcceptorExchange): number {
    return this.clock.set(exchange, this.options.inboundDeadlineMs);
  }
}
