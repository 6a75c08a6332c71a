import { HearsayError } from "../../core/errors.ts";
import type { Origin } from "../../core/peer.ts";
import type {
  Certificate,
  EverywhereOptions,
  PublicDot,
  Subscription,
  WriteResult,
} from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { NodeCertificates } from "../certificates/node-certificates.ts";
import { PastFirst } from "../past-first.ts";
import { MessageQueue, type QueueOptions } from "../topics/subscription.ts";
import { checkKey, checkNames, checkTtl, parseCursor } from "./checks.ts";
import type { InfoReading, InfoValues } from "./info-values.ts";
import type { Info, InfoNotice, Infos, InfoWatchOptions } from "./infos.api.ts";
import type { InfosBacking, KeptChange, KeptInfo, OpenBacking } from "./infos-backing.contract.ts";
import { INFOS_REPLICA } from "./infos-replica.ts";
import { KeyPattern } from "./key-pattern.ts";

const SET_NAMES = ["ttlMs"];
const WATCH_NAMES = ["redundant", "after", "signal"];

export interface NodeInfosPorts {
  readonly values: Pick<InfoValues, "encode" | "read">;
  readonly wallClock: () => number;
  readonly origin: () => Origin;
  readonly openBacking: OpenBacking;
  readonly certificates: NodeCertificates;
  step<R>(body: () => R): R;
  checkRunning(): void;
  onCallbackError(where: string, error: unknown): void;
  onDropped(): void;
}

interface Watch {
  readonly pattern: KeyPattern;
  readonly wantsRedundant: boolean;
  readonly tell: (notice: InfoNotice) => void;
}

type QueuedWatchOptions = InfoWatchOptions & Pick<QueueOptions, "queueMax" | "onFull">;

/**
 * The infos of a node. A node takes part in them from its start when its options speak of infos,
 * else from the first time that it uses them or hears of some.
 */
export class NodeInfos implements Infos {
  private readonly ports: NodeInfosPorts;
  private readonly watches = new Set<Watch>();
  private readonly closers = new Set<() => void>();
  private opened: InfosBacking | undefined;
  private isClosed = false;

  constructor(ports: NodeInfosPorts) {
    this.ports = ports;
  }

  get size(): number {
    return [...this.backing.infos()].length;
  }

  get cursor(): string {
    return this.cursorAt(this.backing.lastChange);
  }

  async set(key: string, value: unknown, options: { ttlMs?: number } = {}): Promise<WriteResult> {
    checkNames("set", options, SET_NAMES);
    const expiresAt = this.endOf(options.ttlMs);
    const bytes = this.ports.values.encode(checkKey(key), value);
    const { backing } = this;
    const dot = this.ports.step(() => backing.set(key, bytes, expiresAt));
    return this.written(dot);
  }

  get<V = unknown>(key: string): V | undefined {
    return this.info<V>(key)?.value;
  }

  info<V = unknown>(key: string): Info<V> | undefined {
    const kept = this.backing.info(key);
    return kept && (this.pictureOf(kept) as Info<V> | undefined);
  }

  async delete(key: string): Promise<WriteResult | undefined> {
    checkKey(key);
    const { backing } = this;
    const dot = this.ports.step(() => backing.delete(key));
    return dot && this.written(dot);
  }

  keys(pattern = "*"): string[] {
    const wanted = new KeyPattern(pattern);
    const keys: string[] = [];
    for (const { key } of this.backing.infos()) if (wanted.matches(key)) keys.push(key);
    return keys.sort((a, b) => (a < b ? -1 : 1));
  }

  watch<V = unknown>(
    pattern: string,
    listener: (notice: InfoNotice<V>) => void,
    options?: InfoWatchOptions,
  ): () => void;
  watch<V = unknown>(pattern: string, options?: QueuedWatchOptions): Subscription<InfoNotice<V>>;
  watch(
    pattern: string,
    first: ((notice: InfoNotice<never>) => void) | QueuedWatchOptions = {},
    second: InfoWatchOptions = {},
  ): unknown {
    if (typeof first !== "function") return this.queue(pattern, first);
    checkNames("watch", second, WATCH_NAMES);
    const watched = new KeyPattern(pattern);
    const where = `a watcher of infos ${pattern}`;
    const onError = (error: unknown) => this.ports.onCallbackError(where, error);
    const listener = first as (notice: InfoNotice) => void;
    return this.begin(watched, (notice) => callListener(listener, notice, onError), second);
  }

  async everywhere(key: string, options?: EverywhereOptions): Promise<Certificate> {
    const { backing } = this;
    if (backing.latestWrite === undefined) {
      const detail = "who holds what is known of infos by gossip only: leave infos.via out.";
      throw new HearsayError("CONFIG_OPTION", detail);
    }
    const latest = backing.latestWrite(checkKey(key));
    if (latest === undefined) {
      throw new HearsayError("INFO_UNKNOWN", `${JSON.stringify(key)} was never written here`);
    }
    const { clock, dot } = latest;
    const subject = { replica: INFOS_REPLICA, dot, write: { key, clock } };
    const defaults = { view: "members", proof: "held" } as const;
    return this.ports.certificates.certify(subject, defaults, options);
  }

  /** Takes part from now on. */
  open(): void {
    if (!this.isClosed) void this.backing;
  }

  metrics(): Readonly<Record<string, number>> {
    const { opened } = this;
    if (opened === undefined) return {};
    return { ...opened.metrics(), "infos.watches": this.watches.size };
  }

  close(): void {
    this.isClosed = true;
    this.opened?.stop();
    for (const close of [...this.closers]) close();
    this.watches.clear();
  }

  private get backing(): InfosBacking {
    this.opened ??= this.begun();
    return this.opened;
  }

  private begun(): InfosBacking {
    const { ports } = this;
    ports.checkRunning();
    return ports.openBacking({
      isValid: (key, value) => ports.values.read(key, value).kind === "value",
      onChange: (change) => {
        for (const watch of [...this.watches]) this.tellOne(watch, change);
      },
    });
  }

  private async written(dot: PublicDot): Promise<WriteResult> {
    return { dot, durable: await this.backing.durable() };
  }

  /** @throws HearsayError CONFIG_OPTION */
  private endOf(ttlMs: number | undefined): number | undefined {
    checkTtl(ttlMs);
    return ttlMs === undefined ? undefined : this.ports.wallClock() + Math.ceil(ttlMs);
  }

  private queue(pattern: string, options: QueuedWatchOptions): Subscription<InfoNotice> {
    checkNames("watch", options, [...WATCH_NAMES, "queueMax", "onFull"]);
    const watched = new KeyPattern(pattern);
    const ends: (() => void)[] = [];
    const { after: _, redundant: __, ...queueOptions } = options;
    const queue = new MessageQueue<InfoNotice>({
      ...queueOptions,
      onClosed: () => {
        for (const end of ends) end();
      },
      onDropped: () => this.ports.onDropped(),
    });
    if (queue.isClosed) return queue;
    const close = (): void => queue.close();
    this.closers.add(close);
    ends.push(() => this.closers.delete(close));
    const { signal: ___, ...watchOptions } = options;
    ends.push(this.begin(watched, (notice) => queue.push(notice), watchOptions));
    return queue;
  }

  private begin(
    pattern: KeyPattern,
    tell: (notice: InfoNotice) => void,
    { after, redundant = false, signal }: InfoWatchOptions,
  ): () => void {
    const listener = new PastFirst(tell);
    const told = (notice: InfoNotice): void => listener.take(notice);
    const watch: Watch = { pattern, wantsRedundant: redundant, tell: told };
    const { backing } = this;
    if (this.isClosed || signal?.aborted) return () => {};
    const since = this.numberOf(after);
    const past: InfoNotice[] = [];
    if (after !== undefined && since === undefined) past.push(this.resetNotice());
    const early: Watch = { ...watch, tell: (notice) => past.push(notice) };
    for (const change of backing.changesSince(since ?? 0)) {
      if (since !== undefined || change.kind === "set") this.tellOne(early, change);
    }
    this.watches.add(watch);
    listener.begin(past);
    const end = (): void => {
      this.watches.delete(watch);
      signal?.removeEventListener("abort", end);
    };
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }

  private tellOne(watch: Watch, { info, isRedundant, kind, number }: KeptChange): void {
    const { from, key } = info;
    if (!watch.pattern.matches(key) || (isRedundant && !watch.wantsRedundant)) return;
    const reading = this.readingOf(info);
    const value = reading?.kind === "value" ? reading.value : undefined;
    const cursor = this.cursorAt(number);
    watch.tell({ kind, key, value, from, redundant: isRedundant, cursor });
  }

  private resetNotice(): InfoNotice {
    const nothing = { value: undefined, from: "", redundant: false };
    return { kind: "reset", key: "", ...nothing, cursor: this.cursorAt(0) };
  }

  /** undefined for what has no value, or one that cannot be read with the schemas of this node. */
  private pictureOf(kept: KeptInfo): Info | undefined {
    const reading = this.readingOf(kept);
    return reading?.kind === "value" ? { ...kept, value: reading.value } : undefined;
  }

  private readingOf({ key, value }: KeptInfo): InfoReading | undefined {
    return value && this.ports.values.read(key, value);
  }

  /** Numbers of changes mean something in one life of a node only. */
  private cursorAt(number: number): string {
    return `${this.ports.origin()}:${number}`;
  }

  private numberOf(cursor: string | undefined): number | undefined {
    if (cursor === undefined) return undefined;
    const { life, number } = parseCursor(cursor);
    const isOfThisLife = life === this.ports.origin();
    return isOfThisLife && number <= this.backing.lastChange ? number : undefined;
  }
}
