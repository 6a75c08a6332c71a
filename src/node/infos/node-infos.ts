import { type Origin, parseOrigin } from "../../core/peer.ts";
import type { InfoEntry, InfoUpdate } from "../../data/info/info.messages.ts";
import type { InfoOptions } from "../../data/info/info.options.ts";
import { type InfoChange, InfoStore } from "../../data/info/info.ts";
import { infoCodec, infoUpdateBytes, infoUpdateCodec } from "../../data/info/info.wire.ts";
import { StateFile } from "../../data/state-file.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { Subscription, WriteResult } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { NodeTimers } from "../node-host.ts";
import type { NodeStore } from "../node-store.ts";
import type { ReplicaBook } from "../replicas/replica-book.ts";
import { MessageQueue, type QueueOptions } from "../topics/subscription.ts";
import { checkKey, checkNames, checkTtl, parseCursor } from "./checks.ts";
import { Expiry } from "./expiry.ts";
import { type InfoValueOptions, InfoValues } from "./info-values.ts";
import type { Info, InfoNotice, Infos, InfoWatchOptions } from "./infos.api.ts";
import { KeyPattern } from "./key-pattern.ts";

/** What the replica is called on every node. */
export const INFOS_REPLICA = "infos";

const SET_NAMES = ["ttlMs"];
const WATCH_NAMES = ["redundant", "after", "signal"];

export interface NodeInfosPorts {
  readonly options: InfoOptions;
  readonly values: InfoValueOptions;
  readonly store: NodeStore | undefined;
  readonly timers: NodeTimers;
  readonly wallClock: () => number;
  readonly origin: () => Origin;
  readonly count: (name: string, by?: number) => void;
  /** Takes this node's place in the replica set. */
  readonly replicas: Pick<ReplicaBook, "open" | "stable">;
  step<R>(body: () => R): R;
  afterStep(body: () => void): void;
  checkRunning(): void;
  enrol(enrolled: Enrolled): void;
  /** What is new here is pushed along trees at once; anti-entropy brings what they lose. */
  enrolInTrees(enrolled: Enrolled): void;
  onCallbackError(where: string, error: unknown): void;
  onDropped(): void;
}

interface Watch {
  readonly pattern: KeyPattern;
  readonly wantsRedundant: boolean;
  readonly tell: (notice: InfoNotice) => void;
}

interface Opened {
  readonly store: InfoStore;
  readonly file: StateFile<InfoUpdate> | undefined;
  readonly expiry: Expiry;
}

type QueuedWatchOptions = InfoWatchOptions & Pick<QueueOptions, "queueMax" | "onFull">;

/**
 * The infos of a node. A node takes part in them from its start when its options speak of infos,
 * else from the first time that it uses them or hears of some.
 */
export class NodeInfos implements Infos {
  private readonly ports: NodeInfosPorts;
  private readonly values: InfoValues;
  private readonly watches = new Set<Watch>();
  private readonly closers = new Set<() => void>();
  private opened: Opened | undefined;
  private isClosed = false;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(ports: NodeInfosPorts) {
    this.ports = ports;
    this.values = new InfoValues(ports.values);
  }

  get size(): number {
    return [...this.store.entries()].length;
  }

  get cursor(): string {
    return this.cursorAt(this.store.lastChange);
  }

  async set(key: string, value: unknown, options: { ttlMs?: number } = {}): Promise<WriteResult> {
    checkNames("set", options, SET_NAMES);
    const expiresAtMs = this.endOf(options.ttlMs);
    const bytes = this.values.encode(checkKey(key), value);
    const { dot } = this.write((store) => store.set(key, bytes, expiresAtMs));
    return { dot, durable: await this.durable() };
  }

  get<V = unknown>(key: string): V | undefined {
    return this.info<V>(key)?.value;
  }

  info<V = unknown>(key: string): Info<V> | undefined {
    const entry = this.store.entry(key);
    return entry && (this.pictureOf(entry) as Info<V> | undefined);
  }

  async delete(key: string): Promise<WriteResult | undefined> {
    const entry = this.write((store) => store.delete(checkKey(key)));
    return entry && { dot: entry.dot, durable: await this.durable() };
  }

  keys(pattern = "*"): string[] {
    const wanted = new KeyPattern(pattern);
    const keys: string[] = [];
    for (const { update } of this.store.entries()) {
      if (wanted.matches(update.key)) keys.push(update.key);
    }
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

  /** Takes part from now on. */
  open(): void {
    if (!this.isClosed) void this.store;
  }

  metrics(): Readonly<Record<string, number>> {
    const { opened } = this;
    if (opened === undefined) return {};
    const { heldBytes, survivingCount, tombstonesCount } = opened.store;
    return {
      "infos.held": survivingCount,
      "infos.tombstones": tombstonesCount,
      "infos.bytes": heldBytes,
      "infos.watches": this.watches.size,
    };
  }

  close(): void {
    this.isClosed = true;
    this.opened?.expiry.stop();
    for (const close of [...this.closers]) close();
    this.watches.clear();
  }

  private get store(): InfoStore {
    this.opened ??= this.begun();
    return this.opened.store;
  }

  private begun(): Opened {
    const { ports } = this;
    ports.checkRunning();
    const { options, replicas, store: disk } = ports;
    const { snapshotAfterCount } = options;
    const file = disk && new StateFile(disk.channel(INFOS_REPLICA), infoCodec, snapshotAfterCount);
    const wiring = {
      origin: ports.origin,
      wallClock: ports.wallClock,
      afterStep: (body: () => void) => ports.afterStep(body),
      counters: { add: (name: string, by?: number) => ports.count(name, by) },
      stable: () => replicas.stable(INFOS_REPLICA),
      isValid: (key: string, value: Uint8Array) => this.values.read(key, value).kind === "value",
    };
    const store = new InfoStore(
      file === undefined ? wiring : { ...wiring, journal: file },
      options,
    );
    const strangeCount = file?.open(store) ?? 0;
    if (strangeCount > 0) ports.count("infos.strangeRecords", strangeCount);
    const expiry = new Expiry(ports, store, () => {
      store.forgetStable();
      file?.compact();
    });
    store.onChange((change) => this.onChange(change));
    const discard = (): void => store.discard();
    const replica = { name: INFOS_REPLICA, replica: store, sizeOf: infoUpdateBytes };
    const enrolled = { ...replica, codec: infoUpdateCodec };
    ports.step(() => replicas.open({ name: INFOS_REPLICA, seen: () => store.seen, discard }));
    ports.enrol(enrolled);
    ports.enrolInTrees(enrolled);
    expiry.arm();
    return { store, file, expiry };
  }

  private write<Written>(body: (store: InfoStore) => Written): Written {
    const { store } = this;
    const written = this.ports.step(() => body(store));
    this.opened?.expiry.arm();
    return written;
  }

  private async durable(): Promise<boolean> {
    const { store } = this.ports;
    await store?.durable();
    return store !== undefined;
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
    const watch: Watch = { pattern, wantsRedundant: redundant, tell };
    const { store } = this;
    if (this.isClosed || signal?.aborted) return () => {};
    const since = this.numberOf(after);
    if (after !== undefined && since === undefined) tell(this.resetNotice());
    for (const change of store.changesSince(since ?? 0)) {
      if (since !== undefined || change.kind === "set") this.tellOne(watch, change);
    }
    this.watches.add(watch);
    const end = (): void => {
      this.watches.delete(watch);
      signal?.removeEventListener("abort", end);
    };
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }

  private onChange(change: InfoChange): void {
    this.opened?.expiry.arm();
    for (const watch of [...this.watches]) this.tellOne(watch, change);
  }

  private tellOne(watch: Watch, { entry, isRedundant, kind, number }: InfoChange): void {
    const { key } = entry.update;
    if (!watch.pattern.matches(key) || (isRedundant && !watch.wantsRedundant)) return;
    const { value, from } = this.pictureOf(entry) ?? { value: undefined, from: nameOf(entry) };
    const cursor = this.cursorAt(number);
    watch.tell({ kind, key, value, from, redundant: isRedundant, cursor });
  }

  private resetNotice(): InfoNotice {
    const nothing = { value: undefined, from: "", redundant: false };
    return { kind: "reset", key: "", ...nothing, cursor: this.cursorAt(0) };
  }

  /** undefined for what has no value, or one that cannot be read with the schemas of this node. */
  private pictureOf(entry: InfoEntry): Info | undefined {
    const { dot, update } = entry;
    const { expiresAtMs: expiresAt, key, stamp: clock, value } = update;
    const reading = value && this.values.read(key, value);
    if (reading?.kind !== "value") return undefined;
    return { key, value: reading.value, from: nameOf(entry), dot, clock, expiresAt };
  }

  /** Numbers of changes mean something in one life of a node only. */
  private cursorAt(number: number): string {
    return `${this.ports.origin()}:${number}`;
  }

  private numberOf(cursor: string | undefined): number | undefined {
    if (cursor === undefined) return undefined;
    const { life, number } = parseCursor(cursor);
    const isOfThisLife = life === this.ports.origin();
    return isOfThisLife && number <= this.store.lastChange ? number : undefined;
  }
}

function nameOf({ dot }: InfoEntry): string {
  return parseOrigin(dot.origin)?.name ?? dot.origin;
}
