import { HearsayError } from "../../core/errors.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import type {
  NodeStateCount,
  Standing,
  StateNotice as StateChange,
} from "../../data/node-state/node-state.contract.ts";
import type { NodeStateOptions } from "../../data/node-state/node-state.options.ts";
import { NodeState } from "../../data/node-state/node-state.ts";
import { OwnStateFile } from "../../data/node-state/own-state-file.ts";
import type { Scuttlebutt } from "../../data/node-state/scuttlebutt.ts";
import type { HeldEntry } from "../../data/node-state/state-copy.ts";
import type { Subscription, WriteResult } from "../api.ts";
import { checkNames, checkTtl } from "../infos/checks.ts";
import { type InfoValueOptions, InfoValues } from "../infos/info-values.ts";
import type { KeyPattern } from "../infos/key-pattern.ts";
import { KeyWatches } from "../key-watches.ts";
import type { NodeTimers } from "../node-host.ts";
import type { NodeStore } from "../node-store.ts";
import type { QueueOptions } from "../topics/subscription.ts";
import type {
  MemberState,
  OwnNodeState,
  StateNotice,
  StateValue,
  StateWatchOptions,
} from "./state.api.ts";
import { StateReader } from "./state-reader.ts";
import { WriteTurns } from "./write-turns.ts";

const CHANNEL = "state";
/** Forged reports could make a node begin life after life. [guess] */
const RENEW_INTERVAL_MS = 60_000;
/** How often a journal that has grown is cut short. */
const UPKEEP_MS = 10_000;
const WATCH_NAMES = ["member", "signal"];

export interface NodeStatesPorts {
  /** This node. */
  readonly name: string;
  readonly options: NodeStateOptions;
  readonly values: InfoValueOptions;
  readonly store: NodeStore | undefined;
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly origin: () => Origin;
  readonly count: (name: string, by?: number) => void;
  step<R>(body: () => R): R;
  afterStep(body: () => void): void;
  checkRunning(): void;
  onCallbackError(where: string, error: unknown): void;
  onDropped(): void;
  /** In a step that writes in the name of this life. */
  write<R>(body: () => R): R;
  openLayer(state: NodeState, options: NodeStateOptions): Scuttlebutt;
  standingOf(name: string): Standing;
  /** Begins another life with a boot above `floor`, persisted when this returns. */
  renewLife(floor: number): void;
}

interface Opened {
  readonly state: NodeState;
  readonly engine: Scuttlebutt;
  readonly file: OwnStateFile | undefined;
  readonly turns: WriteTurns | undefined;
}

type Recovered = ReturnType<OwnStateFile["recover"]>;
type QueuedOptions = StateWatchOptions & Pick<QueueOptions, "queueMax" | "onFull">;

/**
 * The states of nodes. A node takes part from its start when its options speak of state or its disk
 * has some, else from the first time that it uses it or hears of some.
 */
export class NodeStates implements OwnNodeState {
  private readonly ports: NodeStatesPorts;
  private readonly values: InfoValues;
  private readonly watches: KeyWatches<StateNotice>;
  private readonly own: StateReader;
  private file: OwnStateFile | undefined;
  private recovered: Recovered | undefined;
  private opened: Opened | undefined;
  private upkeepTimer: number | undefined;
  private renewedAtMs = Number.NEGATIVE_INFINITY;
  private isClosed = false;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(ports: NodeStatesPorts) {
    this.ports = ports;
    this.values = new InfoValues(ports.values, "codecId", "state");
    this.watches = new KeyWatches(ports, "state");
    const expiresAt = (key: string) => this.state.own.expiresAtMs(key);
    this.own = new StateReader(this.values, () => this.state.of(ports.name), expiresAt);
  }

  get size(): number {
    return this.own.size;
  }

  get<V = unknown>(key: string): V | undefined {
    return this.own.get(key);
  }

  entry<V = unknown>(key: string): StateValue<V> | undefined {
    return this.own.entry(key);
  }

  entries<V = unknown>(pattern?: string): StateValue<V>[] {
    return this.own.entries(pattern);
  }

  async set(key: string, value: unknown, options: { ttlMs?: number } = {}): Promise<WriteResult> {
    checkNames("set", options, ["ttlMs"]);
    checkTtl(options.ttlMs);
    const bytes = this.values.encode(checkStateKey(key), value);
    this.ports.checkRunning();
    // Without turns in this very step: a `get` or `delete` right behind it finds it.
    const { turns } = this.present;
    if (turns !== undefined) await turns.take();
    const endMs = options.ttlMs && this.ports.wallClock() + Math.ceil(options.ttlMs);
    return this.written(() => this.present.state.own.set(key, bytes, endMs));
  }

  async delete(key: string): Promise<WriteResult | undefined> {
    checkStateKey(key);
    this.ports.checkRunning();
    const { state, turns } = this.present;
    // Behind the writes that wait for their turns, which may be of this key.
    if (turns !== undefined) await turns.take();
    if (state.own.get(key) === undefined) return undefined;
    return this.written(() => state.own.delete(key));
  }

  of(member: string): MemberState {
    if (member === this.ports.name) return this.own;
    return new StateReader(this.values, () => this.state.of(member));
  }

  members(): string[] {
    const { state } = this;
    const known = [...state.names()].filter(
      (name) => state.of(name)?.entries().next().done === false,
    );
    return known.sort();
  }

  watch<V = unknown>(
    pattern: string,
    listener: (notice: StateNotice<V>) => void,
    options?: StateWatchOptions,
  ): () => void;
  watch<V = unknown>(pattern: string, options?: QueuedOptions): Subscription<StateNotice<V>>;
  watch(
    pattern: string,
    first: ((notice: StateNotice<never>) => void) | QueuedOptions = {},
    second: StateWatchOptions = {},
  ): unknown {
    if (typeof first !== "function") {
      checkNames("watch", first, [...WATCH_NAMES, "queueMax", "onFull"]);
      const { member: _, signal: __, ...queue } = first;
      return this.watches.queue(this.watched(pattern, first), queue);
    }
    checkNames("watch", second, WATCH_NAMES);
    const listener = first as (notice: StateNotice) => void;
    return this.watches.call(this.watched(pattern, second), listener);
  }

  /** The stack stands: what the disk has of the last life is published anew. */
  recover(): void {
    const { options, store } = this.ports;
    if (store === undefined) return;
    this.file = new OwnStateFile(store.channel(CHANNEL), options.snapshotAfterCount);
    this.recovered = this.file.recover();
    const { kept, strangeCount } = this.recovered;
    if (strangeCount > 0) this.ports.count("state.strangeRecords", strangeCount);
    if (kept.length > 0) this.open();
  }

  /** Takes part from now on. */
  open(): void {
    if (!this.isClosed) void this.present;
  }

  metrics(): Readonly<Record<string, number>> {
    if (this.opened === undefined) return {};
    const { own, table } = this.opened.state;
    return {
      "state.keys": [...own.entries()].length,
      "state.ownBytes": own.copy.heldBytes,
      "state.nodes": table.size + 1,
      "state.bytes": own.copy.heldBytes + table.heldBytes,
      "state.tombstones": own.copy.tombstonesCount,
      "state.watches": this.watches.size,
    };
  }

  close(): void {
    this.isClosed = true;
    if (this.upkeepTimer !== undefined) this.ports.timers.stopTimer(this.upkeepTimer);
    this.opened?.turns?.close();
    this.watches.close();
  }

  private get state(): NodeState {
    return this.present.state;
  }

  private get present(): Opened {
    this.opened ??= this.begun();
    return this.opened;
  }

  private begun(): Opened {
    const { ports } = this;
    ports.checkRunning();
    const { options } = ports;
    const { file, recovered } = this;
    const state = new NodeState(
      {
        origin: ports.origin,
        now: ports.now,
        wallClock: ports.wallClock,
        afterStep: (body) => ports.afterStep(body),
        counters: { add: (name: NodeStateCount, by?: number) => ports.count(name, by) },
        standing: (name) => ports.standingOf(name),
        onSelfAhead: (boot) => this.onSelfAhead(boot),
        ...(file && { journal: file }),
      },
      options,
    );
    const engine = ports.step(() => {
      state.restore(recovered?.kept ?? []);
      return ports.openLayer(state, options);
    });
    state.subscribe({ onChange: (change) => this.onChange(change) });
    const { flow } = engine;
    const rule = options.flowControl === "delay" ? "delay" : "reject";
    const turns = flow && new WriteTurns(flow, rule, ports.timers);
    if (file !== undefined) this.armUpkeep(state, file);
    return { state, engine, file, turns };
  }

  private async written(write: () => HeldEntry): Promise<WriteResult>;
  private async written(write: () => HeldEntry | undefined): Promise<WriteResult | undefined>;
  private async written(write: () => HeldEntry | undefined): Promise<WriteResult | undefined> {
    const { ports } = this;
    const { engine } = this.present;
    ports.checkRunning();
    const dot = ports.write(() => {
      const entry = write();
      engine.armExpiry();
      return entry && { origin: ports.origin(), seq: entry.version };
    });
    if (dot === undefined) return undefined;
    await ports.store?.durable();
    return { dot, durable: ports.store !== undefined };
  }

  private watched(pattern: string, { member, signal }: StateWatchOptions) {
    const past = (wanted: KeyPattern): StateNotice[] => this.past(wanted, member);
    const accepts = (notice: StateNotice) => member === undefined || notice.member === member;
    return { pattern, past, signal, accepts };
  }

  private past(wanted: KeyPattern, member: string | undefined): StateNotice[] {
    const names = member === undefined ? this.members() : [member];
    return names.flatMap((name) =>
      this.of(name)
        .entries()
        .filter(({ key }) => wanted.matches(key))
        .map(({ key, value }) => ({ kind: "set" as const, member: name, key, value })),
    );
  }

  private onChange({ entry, key, origin }: StateChange): void {
    const member = parseOrigin(origin)?.name ?? origin;
    this.watches.tell(key, () => {
      if (entry === undefined) return { kind: "delete", member, key, value: undefined };
      const reading = this.values.read(key, entry.value);
      if (reading.kind === "value") return { kind: "set", member, key, value: reading.value };
      this.ports.count("state.unreadable");
      return undefined;
    });
  }

  private onSelfAhead(boot: number): void {
    const { ports } = this;
    const nowMs = ports.now();
    if (this.isClosed || nowMs - this.renewedAtMs < RENEW_INTERVAL_MS) return;
    this.renewedAtMs = nowMs;
    ports.step(() => ports.renewLife(boot));
  }

  private armUpkeep(state: NodeState, file: OwnStateFile): void {
    this.upkeepTimer = this.ports.timers.startTimer(() => {
      file.compact(state.own);
      this.armUpkeep(state, file);
    }, UPKEEP_MS);
  }
}

/** Half a surrogate pair would arrive as another key. @throws HearsayError CONFIG_OPTION */
function checkStateKey(key: string): string {
  if (typeof key === "string" && !/\p{Surrogate}/u.test(key)) return key;
  throw new HearsayError("CONFIG_OPTION", `the key of a state is text, not ${String(key)}.`);
}
