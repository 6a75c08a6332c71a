import { HearsayError } from "../../core/errors.ts";
import { parseHostPort } from "../../core/host-port.ts";
import { type OptionsOf, resolveOptions } from "../../core/options.ts";
import type { Random } from "../../core/random.ts";
import type { Logger } from "../api.ts";
import { asError } from "../error-text.ts";
import type { NodeTimers } from "../node-host.ts";
import { waitFor } from "../waits.ts";
import type { DiscoveredSelf, DiscoveryChoice, DiscoverySource } from "./discovery.api.ts";
import { discoveryDefaults } from "./discovery.options.ts";

export interface DiscoveryPorts {
  readonly random: Random;
  readonly timers: NodeTimers;
  readonly logger: Logger;
  readonly self: DiscoveredSelf;
  /** Addresses of this node itself, as `host:port`. */
  readonly own: ReadonlySet<string>;
  readonly count: (name: string, by?: number) => void;
  /** All that is known just now, of all sources. */
  readonly onFound: (addresses: readonly string[]) => void;
}

type DiscoveryOptions = OptionsOf<typeof discoveryDefaults>;

/** Longest text of an address. [because: a DNS name and a port] */
const ADDRESS_MAX_LENGTH = 262;

/**
 * Asks every source again and again. A source that fails keeps what it last found: a resolver that
 * is down must not make a node forget its cluster.
 */
export class Discovery {
  private readonly ports: DiscoveryPorts;
  private readonly options: DiscoveryOptions;
  private readonly searches: readonly Search[];
  private isStopped = false;

  constructor(choice: DiscoveryChoice, ports: DiscoveryPorts) {
    this.ports = ports;
    this.options = discoveryOptions(choice);
    this.searches = choice.sources.map((source) => ({ source, found: [], emptyCount: 0 }));
  }

  start(): void {
    for (const search of this.searches) {
      search.source.announce?.(this.ports.self);
      void this.look(search);
    }
  }

  stop(): void {
    this.isStopped = true;
    for (const search of this.searches) {
      if (search.timer !== undefined) this.ports.timers.stopTimer(search.timer);
      search.source.close?.();
    }
  }

  private async look(search: Search): Promise<void> {
    const { count, logger } = this.ports;
    count("discovery.looks");
    try {
      const found = await this.ask(search.source);
      if (this.isStopped) return;
      this.take(search, found);
      search.problem = undefined;
    } catch (error) {
      if (this.isStopped) return;
      count("discovery.failed");
      search.emptyCount += 1;
      // Once for each reason: a name that does not exist yet is no news after the first time.
      const problem = textOf(error);
      if (problem !== search.problem) logger.warn(`${search.source.what}: ${problem}`);
      search.problem = problem;
    }
    const delayMs = this.pauseMs(search);
    search.timer = this.ports.timers.startTimer(() => void this.look(search), delayMs);
  }

  private ask(source: DiscoverySource): Promise<readonly string[]> {
    return waitFor<readonly string[]>({
      timeoutMs: this.options.timeoutMs,
      timers: this.ports.timers,
      what: `${source.what} to answer`,
      begin: (outcome) => {
        source.find().then(
          (found) => outcome.resolve(found),
          (error: unknown) => outcome.reject(asError(error)),
        );
        return () => {};
      },
    });
  }

  private take(search: Search, answer: readonly string[]): void {
    const { count, own, random } = this.ports;
    const others = [...new Set(answer)].filter((address) => !own.has(address));
    const usable = others.filter(isAddress);
    if (usable.length < others.length) count("discovery.invalid", others.length - usable.length);
    const { addressesMaxCount } = this.options;
    const excess = usable.length - addressesMaxCount;
    if (excess > 0) {
      count("discovery.overMax", excess);
      random.shuffle(usable);
    }
    search.found = usable.slice(0, addressesMaxCount);
    search.emptyCount = usable.length === 0 ? search.emptyCount + 1 : 0;
    this.ports.onFound([...new Set(this.searches.flatMap(({ found }) => found))]);
  }

  /** Whoever found nobody looks again soon: the first nodes of a cluster start together. */
  private pauseMs({ emptyCount }: Search): number {
    const { everyMs, retryMs } = this.options;
    const meanMs = emptyCount === 0 ? everyMs : Math.min(everyMs, retryMs * 2 ** (emptyCount - 1));
    return meanMs * (0.5 + this.ports.random.real());
  }
}

interface Search {
  readonly source: DiscoverySource;
  found: readonly string[];
  /** Looks in a row that brought nobody. */
  emptyCount: number;
  problem?: string | undefined;
  timer?: number;
}

/** @throws HearsayError CONFIG_OPTION */
export function discoveryOptions(choice: DiscoveryChoice): DiscoveryOptions {
  const options = resolveOptions("discovery", discoveryDefaults, choice.options);
  for (const name of ["everyMs", "retryMs", "addressesMaxCount"] as const) {
    if (options[name] >= 1) continue;
    throw new HearsayError("CONFIG_OPTION", `discovery.${name} must be 1 or more.`);
  }
  return options;
}

function isAddress(text: string): boolean {
  return text.length <= ADDRESS_MAX_LENGTH && parseHostPort(text, 0) !== undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
