import { at } from "../../core/collections/at.ts";
import type { Random } from "../../core/random.ts";
import type { BootstrapStorage, InfoNetworkWiring } from "./info-network.contract.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";

interface BootstrapWiring {
  readonly counters: InfoNetworkWiring["counters"];
  readonly storage: BootstrapStorage | undefined;
  readonly random: Random;
  /** Of this node, which does not dial itself. */
  readonly own: string;
}

interface Backoff {
  readonly waitMs: number;
  readonly untilMs: number;
}

/**
 * Where to ask when nobody is connected, in turns: addresses that were configured, which stay, for
 * they are what an operator can change; and those learnt, which outlive the process. [infostore §8]
 */
export class BootstrapAddresses {
  private readonly wiring: BootstrapWiring;
  private readonly options: InfoNetworkOptions;
  private readonly configured: readonly string[];
  private readonly learnt = new Set<string>();
  private rotation: string[] = [];
  private index = -1;
  /** Of those that did not answer. */
  private readonly backoffs = new Map<string, Backoff>();
  private isSaved = true;

  constructor(resolvers: readonly string[], wiring: BootstrapWiring, options: InfoNetworkOptions) {
    this.wiring = wiring;
    this.options = options;
    this.configured = [...new Set(resolvers)].filter((address) => address !== wiring.own);
    for (const address of wiring.storage?.addresses ?? []) this.add(address);
    // Otherwise all nodes of a network that starts would ask the same one first.
    this.rotation = wiring.random.shuffle([...new Set([...this.configured, ...this.learnt])]);
  }

  get count(): number {
    return this.rotation.length;
  }

  /** Whether what was learnt has changed since it was last saved. */
  get mustSave(): boolean {
    return !this.isSaved && this.wiring.storage !== undefined;
  }

  /** Somebody can be dialled there. */
  learn(address: string): void {
    if (!this.add(address)) return;
    this.isSaved = false;
    if (!this.rotation.includes(address)) this.rotation.push(address);
  }

  /** What was learnt before is replaced by addresses of nodes that live. */
  rebuild(addresses: readonly string[]): void {
    this.learnt.clear();
    for (const address of addresses) this.add(address);
    this.isSaved = false;
    this.rotation = this.wiring.random.shuffle([...new Set([...this.configured, ...this.learnt])]);
    this.backoffs.clear();
  }

  save(): void {
    this.isSaved = true;
    this.wiring.storage?.write([...this.learnt]);
  }

  /** The next one whose time has come; undefined when there is none. */
  takeNext(nowMs: number, isSkipped: (address: string) => boolean): string | undefined {
    for (let count = 0; count < this.rotation.length; count += 1) {
      this.index = (this.index + 1) % this.rotation.length;
      const address = at(this.rotation, this.index);
      if ((this.backoffs.get(address)?.untilMs ?? 0) > nowMs || isSkipped(address)) continue;
      return address;
    }
    return undefined;
  }

  onAnswered(address: string): void {
    this.backoffs.delete(address);
  }

  onSilent(address: string, nowMs: number): void {
    if (!this.rotation.includes(address)) return;
    const { bootstrapBackoffMaxMs, bootstrapIntervalMs } = this.options;
    const former = this.backoffs.get(address)?.waitMs ?? bootstrapIntervalMs / 2;
    const waitMs = Math.min(2 * former, bootstrapBackoffMaxMs);
    this.backoffs.set(address, { waitMs, untilMs: nowMs + waitMs });
  }

  private add(address: string): boolean {
    if (address === "" || address === this.wiring.own || this.learnt.has(address)) return false;
    if (this.learnt.size >= this.options.addressesMaxCount) {
      this.wiring.counters.add("addressesFull");
      return false;
    }
    this.learnt.add(address);
    return true;
  }
}
