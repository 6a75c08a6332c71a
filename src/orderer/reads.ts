import type { OrderRequest } from "../core/orderer.ts";
import { type Feed, items, oneKey } from "./feed.ts";
import type { Requests } from "./requests.ts";
import { Backoff, type Session } from "./session.ts";

export interface ReadsWiring {
  readonly session: Session;
  readonly feed: Feed;
  readonly requests: Requests;
  readonly onPlaced: () => void;
}

/**
 * Asks where the log ends, once for all reads that wait. Those that begin while it is asked wait
 * for the next answer: this one may be older than they are. [Ongaro 2014 §6.4]
 */
export class Reads {
  private readonly wiring: ReadsWiring;
  private readonly backoff: Backoff;
  private waiting: OrderRequest[] = [];
  private isAsking = false;
  private isTimerSet = false;

  constructor(wiring: ReadsWiring) {
    this.wiring = wiring;
    this.backoff = new Backoff(wiring.session);
  }

  add(request: OrderRequest): void {
    this.waiting.push(request);
  }

  flush(): void {
    const { feed, requests, session } = this.wiring;
    this.waiting = this.waiting.filter((request) => requests.has(request));
    if (this.waiting.length === 0 || this.isAsking || this.isTimerSet || !feed.isBegun) return;
    const asked = this.waiting;
    const known = feed.tip;
    this.waiting = [];
    this.isAsking = true;
    session.ask({ kind: "look", reads: [oneKey(session.keys.head)] }, (answer) => {
      this.isAsking = false;
      if (answer.kind !== "looked") {
        this.waiting = [...asked, ...this.waiting];
        return this.again();
      }
      this.backoff.reset();
      const [head] = items(answer.found);
      if (!feed.onHead(head, known)) return;
      for (const request of asked) requests.place(request, feed.tip.position);
      this.wiring.onPlaced();
      this.flush();
    });
  }

  onTimer(): void {
    this.isTimerSet = false;
    this.flush();
  }

  private again(): void {
    this.isTimerSet = true;
    this.wiring.session.env.setTimer({ kind: "again", what: "reads" }, this.backoff.next());
  }
}
