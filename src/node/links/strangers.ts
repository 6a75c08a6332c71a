import { Allowance } from "../../core/allowance.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { ConnectionId } from "../../core/connections.ts";
import type { Link } from "./link.ts";
import type { LinkCount } from "./links.contract.ts";
import type { LinksOptions } from "./links.options.ts";

/** Those who dialled and have not proved who they are, within bounds for all and for each IP. */
export class Strangers {
  private readonly options: LinksOptions;
  /** In the order in which they came. */
  private readonly links = new Map<ConnectionId, Link>();
  private readonly rates: BoundedMap<string, Allowance>;

  constructor(options: LinksOptions) {
    this.options = options;
    this.rates = new BoundedMap(options.ipsMaxCount);
  }

  get size(): number {
    return this.links.size;
  }

  /** Why one from this IP address is refused. */
  refusalOf(ip: string, nowMs: number): LinkCount | undefined {
    let rate = this.rates.get(ip);
    if (rate === undefined) {
      rate = new Allowance(this.options.acceptsPerIpPerSecond, nowMs);
      this.rates.set(ip, rate);
    }
    if (rate.take(1, nowMs) === 0) return "links.refused.rate";
    let fromThere = 0;
    for (const link of this.links.values()) if (link.place === ip) fromThere += 1;
    return fromThere >= this.options.strangersPerIpMaxCount ? "links.refused.crowd" : undefined;
  }

  /** @returns who must go for it: refusing newcomers would let idle ones keep all others out. */
  add(link: Link): Link | undefined {
    let oldest: Link | undefined;
    if (this.links.size >= this.options.strangersMaxCount) {
      for (const first of this.links.values()) {
        oldest = first;
        break;
      }
    }
    this.links.set(link.id, link);
    return oldest;
  }

  delete(link: Link): void {
    this.links.delete(link.id);
  }
}
