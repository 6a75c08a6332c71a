import { Allowance } from "../../core/allowance.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { HearsayError } from "../../core/errors.ts";

/** Clients that are told apart; beyond, the one not heard of for longest is forgotten. [guess] */
const CLIENTS_MAX_COUNT = 1_024;

/** How much each client may ask in a second; what it saves up is one second's worth. */
export class RateLimit {
  private readonly perSecondCount: number;
  private readonly clients = new BoundedMap<string, Allowance>(CLIENTS_MAX_COUNT);

  constructor(perSecondCount: number) {
    this.perSecondCount = perSecondCount;
  }

  /**
   * `cost` requests of `client`: its token, where it showed a good one, else its address.
   * @throws HearsayError ADMIN_RATE
   */
  take(client: string, cost = 1): void {
    const nowMs = performance.now();
    const allowance = this.clients.get(client) ?? new Allowance(this.perSecondCount, nowMs);
    this.clients.set(client, allowance);
    const wanted = Math.min(cost, this.perSecondCount);
    if (allowance.take(wanted, nowMs) >= wanted) return;
    const detail = `More than ${this.perSecondCount} requests in a second`;
    const fix = "wait a second and ask less often, or raise the agent's admin.requestsPerSecond";
    throw new HearsayError("ADMIN_RATE", `${detail}; ${fix}.`);
  }
}
