import { type Address, addressKey } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { JoinResult } from "../peers/swim/swim.contract.ts";
import { parsePlace } from "./address-text.ts";
import type { Logger, WaitOptions } from "./api.ts";
import type { NodeHost } from "./node-host.ts";
import { waitFor } from "./waits.ts";

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 15_000;
/** A name may come to stand for other addresses, as those of a headless service do. */
const RESOLVE_AGAIN_MS = 60_000;

export interface JoinPorts {
  /** Addresses of this node itself: joining them proves nothing. */
  readonly own: readonly Address[];
  readonly random: Random;
  readonly logger: Logger;
  /** Whose clock pauses and deadlines run by, and who knows what a name stands for. */
  readonly host: Pick<NodeHost, "startTimer" | "stopTimer" | "resolve">;
  /** Called when the node stops. */
  readonly enders: Set<(error: Error) => void>;
  /** All addresses that are not tried here any more: they are to be kept in mind. */
  setSeeds(addresses: readonly Address[]): void;
  begin(address: Address, onResult: (result: JoinResult) => void): void;
}

/** Push/pulls with addresses that users name: once, or again and again until they work. */
export class Joins {
  private readonly ports: JoinPorts;
  private readonly joined = new Set<string>();
  private readonly pauses = new Set<number>();
  private readonly onJoined = new Set<() => void>();
  /** What the texts that need no more tries stand for. */
  private readonly seeds = new Map<string, readonly Address[]>();
  /** The texts that are tried or kept in mind; what is no longer here ends at its next turn. */
  private readonly wanted = new Map<string, Trial>();
  private isStopped = false;

  constructor(ports: JoinPorts) {
    this.ports = ports;
  }

  /** How many addresses of `keepTrying` were joined so far. */
  get joinedCount(): number {
    return this.joined.size;
  }

  /**
   * Joins now, every address that the host's name stands for. Resolves to how many answered.
   * @throws HearsayError JOIN_FAILED, ADDRESS_INVALID, TIMEOUT, ABORTED
   */
  async once(text: string, options: WaitOptions): Promise<number> {
    const addresses = await this.ports.host.resolve(parsePlace(text, "the address to join"));
    const results = await Promise.all(addresses.map((address) => this.attempt(address, options)));
    const joinedCount = results.filter((result) => result.kind === "joined").length;
    if (joinedCount > 0) return joinedCount;
    throw new HearsayError("JOIN_FAILED", `${text}: ${failures(results)}`);
  }

  /**
   * Tries each address until `enough` of them (at least one) have been joined. Those that fail are
   * tried again after a pause that doubles and is jittered, so that a cluster that starts together
   * does not knock in step.
   */
  keepTrying(texts: readonly string[], enough: number): void {
    for (const text of new Set(texts)) {
      if (this.wanted.has(text)) continue;
      const trial = { enough, failedCount: 0 };
      this.wanted.set(text, trial);
      this.tryAgain(text, trial);
    }
  }

  /** From now on these and no others: new ones are tried, those that are gone forgotten. */
  replace(texts: readonly string[], enough: number): void {
    const kept = new Set(texts);
    for (const text of [...this.wanted.keys()]) {
      if (kept.has(text)) continue;
      this.wanted.delete(text);
      this.seeds.delete(text);
    }
    this.ports.setSeeds([...this.seeds.values()].flat());
    this.keepTrying(texts, enough);
  }

  /** Resolves when `count` addresses of `keepTrying` were joined. */
  waitForJoined(count: number, options: WaitOptions): Promise<void> {
    return waitFor<void>({
      ...options,
      what: `${count} addresses of join to answer`,
      enders: this.ports.enders,
      timers: this.ports.host,
      begin: ({ resolve }) => {
        const check = (): void => {
          if (this.joined.size >= count) resolve();
        };
        this.onJoined.add(check);
        check();
        return () => this.onJoined.delete(check);
      },
    });
  }

  stop(): void {
    this.isStopped = true;
    for (const pause of this.pauses) this.ports.host.stopTimer(pause);
    this.pauses.clear();
  }

  private tryAgain(text: string, trial: Trial): void {
    if (this.isOver(text, trial)) return;
    if (this.joined.size >= Math.max(1, trial.enough)) return this.keepInMind(text, trial);
    this.tryOnce(text).then(
      (problem) => {
        if (problem === undefined) {
          this.noteJoined(text);
          this.keepInMind(text, trial);
        } else this.pause(text, trial, problem);
      },
      (error: unknown) => {
        this.pause(text, trial, error instanceof Error ? error.message : String(error));
      },
    );
  }

  /** Resolves to what went wrong, or undefined. */
  private async tryOnce(text: string): Promise<string | undefined> {
    const own = new Set(this.ports.own.map(addressKey));
    const addresses = await this.ports.host.resolve(parsePlace(text, "an address of join"));
    const others = addresses.filter((address) => !own.has(addressKey(address)));
    // A list that is the same on every node holds each node's own address too.
    if (others.length === 0) return "it is this node's own address";
    const results = await Promise.all(others.map((address) => this.attempt(address, {})));
    return results.some((result) => result.kind === "joined") ? undefined : failures(results);
  }

  private attempt(address: Address, options: WaitOptions): Promise<JoinResult> {
    return waitFor<JoinResult>({
      ...options,
      what: `${addressKey(address)} to let this node join`,
      enders: this.ports.enders,
      timers: this.ports.host,
      begin: ({ resolve }) => {
        this.ports.begin(address, resolve);
        return () => {};
      },
    });
  }

  private noteJoined(text: string): void {
    this.joined.add(text);
    for (const listener of [...this.onJoined]) listener();
  }

  /** It was joined, or others were: from now on it is a place to come back to. */
  private keepInMind(text: string, trial: Trial): void {
    const { host, random } = this.ports;
    const goOn = (): void => {
      if (this.isOver(text, trial)) return;
      this.later(() => this.keepInMind(text, trial), RESOLVE_AGAIN_MS * (0.5 + random.real()));
    };
    if (this.isOver(text, trial)) return;
    // A name that stands for nothing just now: what it stood for before stays.
    host.resolve(parsePlace(text, "an address of join")).then((addresses) => {
      if (!this.isOver(text, trial)) {
        this.seeds.set(text, addresses);
        this.ports.setSeeds([...this.seeds.values()].flat());
      }
      goOn();
    }, goOn);
  }

  private isOver(text: string, trial: Trial): boolean {
    return this.isStopped || this.wanted.get(text) !== trial;
  }

  private later(body: () => void, delayMs: number): void {
    const timer = this.ports.host.startTimer(() => {
      this.pauses.delete(timer);
      body();
    }, delayMs);
    this.pauses.add(timer);
  }

  private pause(text: string, trial: Trial, problem: string): void {
    if (this.isOver(text, trial)) return;
    trial.failedCount += 1;
    const { failedCount } = trial;
    const longestMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failedCount - 1));
    const delayMs = longestMs * (0.5 + this.ports.random.real() / 2);
    // Once, then each time that the pause has become a good deal longer.
    const isWorthALine = Number.isInteger(Math.log2(failedCount));
    if (isWorthALine) this.ports.logger.warn(`join ${text} failed: ${problem}; trying again`);
    this.later(() => this.tryAgain(text, trial), delayMs);
  }
}

/** One for each text that is wanted, whatever becomes of it. */
interface Trial {
  readonly enough: number;
  failedCount: number;
}

function failures(results: readonly JoinResult[]): string {
  const details = results.map((result) =>
    result.kind === "failed" ? `${result.reason} (${result.detail})` : "",
  );
  const all = details.filter((detail) => detail !== "").join("; ");
  return `${all}. Does a node listen there, with the same keys and label?`;
}
