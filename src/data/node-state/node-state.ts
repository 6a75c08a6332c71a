import type { Origin } from "../../core/peer.ts";
import { parseOrigin } from "../../core/peer.ts";
import type {
  KeptOwnEntry,
  NodeStateWiring,
  StateListener,
  StateNotice,
} from "./node-state.contract.ts";
import type { StateDelta, StateDigest } from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import { OwnState } from "./own-state.ts";
import type { HeldEntry, StateCopy } from "./state-copy.ts";
import { StateTable } from "./state-table.ts";

/** One node's state as readers see it. */
export interface ReadableState {
  readonly origin: Origin;
  get(key: string): HeldEntry | undefined;
  /** What can be read, in the order in which it was written. */
  entries(): IterableIterator<HeldEntry>;
}

/**
 * The states of all nodes: each has one map, which it alone writes, and a copy of everybody else's.
 * [Scuttlebutt 2008; spec Scuttlebutt §1]
 */
export class NodeState {
  readonly own: OwnState;
  readonly table: StateTable;
  private readonly wiring: NodeStateWiring;
  private readonly listeners = new Set<StateListener>();
  /** Called when there is something to tell others. */
  onFresh: () => void = () => {};
  private readonly options: NodeStateOptions;
  private waiting: StateNotice[] = [];
  private isNewsToTell = false;
  private readonly fresh = new Set<string>();

  constructor(wiring: NodeStateWiring, options: NodeStateOptions) {
    this.wiring = wiring;
    this.options = options;
    this.own = new OwnState(wiring, options, {
      onNotices: (notices) => this.onNotices(notices),
      onWrite: () => this.addFresh(this.ownName),
    });
    this.table = new StateTable(wiring, options, {
      onNotices: (notices) => this.onNotices(notices),
      onReset: (origin) => this.onReset(origin),
      onHeartbeat: (origin, heartbeat) => {
        for (const listener of this.listeners) listener.onHeartbeat?.(origin, heartbeat);
      },
    });
  }

  subscribe(listener: StateListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What this node knows of the state of the node of this name; its own included. */
  of(name: string): ReadableState | undefined {
    const { own, table } = this;
    if (name === this.ownName) {
      const { origin } = own.copy;
      return { origin, get: (key) => own.get(key), entries: () => own.entries() };
    }
    const state = table.get(name);
    if (state === undefined) return undefined;
    const { origin } = state;
    return { origin, get: (key) => state.read(key), entries: () => state.entries() };
  }

  /** Nodes whose state is known, this one first. */
  *names(): IterableIterator<string> {
    yield this.ownName;
    yield* this.table.names();
  }

  /** What is told to others, the own state first. */
  *copies(): IterableIterator<StateCopy> {
    yield this.own.copy;
    yield* this.table.copies();
  }

  /**
   * The same without those of nodes that are away. Newcomers keep nothing of these, whom they have
   * never seen: what is not told to them must not look like a difference.
   */
  *presentCopies(): IterableIterator<StateCopy> {
    yield this.own.copy;
    yield* this.table.presentCopies();
  }

  copyOf(origin: Origin): StateCopy | undefined {
    const { copy } = this.own;
    return origin === copy.origin ? copy : this.table.copyOf(origin);
  }

  /** Of the node that lives, or lived, this life: what is told of its latest life. */
  livingCopy(origin: Origin): StateCopy | undefined {
    const known = this.copyOf(origin);
    if (known !== undefined) return known;
    const name = nameOf(origin);
    if (name === this.ownName) return this.own.copy;
    return this.table.passedOn(name);
  }

  get hasFresh(): boolean {
    return this.fresh.size > 0;
  }

  /** Copies of whom something is new since the last call. */
  takeFresh(): StateCopy[] {
    const fresh: StateCopy[] = [];
    for (const name of this.fresh) {
      const copy = name === this.ownName ? this.own.copy : this.table.passedOn(name);
      if (copy !== undefined) fresh.push(copy);
    }
    this.fresh.clear();
    return fresh;
  }

  /** Somebody else's copies have come so far. */
  learn(states: readonly StateDigest[]): void {
    const mine = this.own.copy;
    const { ownName } = this;
    for (const state of states) {
      const life = this.table.copyOf(state.origin) ? undefined : parseOrigin(state.origin);
      if (life?.name !== ownName) this.table.learn(state);
      else if (isAhead(state, life.boot, mine)) this.onSelfAhead(life.boot);
    }
  }

  /** @returns whether anything was news */
  apply(deltas: readonly StateDelta[]): boolean {
    let isNews = false;
    for (const delta of deltas) {
      const name = nameOf(delta.origin);
      if (name === this.ownName) {
        this.wiring.counters.add("nodeState.dropped.own");
      } else if (this.table.apply(delta)) {
        this.addFresh(name);
        isNews = true;
      }
    }
    return isNews;
  }

  /** Takes back the own state of the last life; before anything else. */
  restore(kept: Iterable<KeptOwnEntry>): void {
    this.own.restore(kept);
  }

  /** Each round. */
  upkeep(): void {
    this.own.upkeep();
    this.table.upkeep();
  }

  /**
   * The same number on two nodes whose copies, of nodes that are there, have all come equally far,
   * and with another one it is very likely that they have not. 53 bits; the order of nodes does
   * not matter.
   */
  hash(): number {
    let high = 0;
    let low = 0;
    for (const { originHash, toldVersion } of this.presentCopies()) {
      const one = mix(originHash, toldVersion);
      high = (high + mix(one, 0x9e3779b1)) >>> 0;
      low = (low + one) >>> 0;
    }
    return (high >>> 11) * 4_294_967_296 + low;
  }

  private get ownName(): string {
    return nameOf(this.wiring.origin());
  }

  private addFresh(name: string): void {
    this.fresh.add(name);
    this.onFresh();
  }

  private onSelfAhead(boot: number): void {
    const { counters, wallClock } = this.wiring;
    if (boot > wallClock() + this.options.generationAheadMaxMs) {
      return counters.add("nodeState.dropped.generation");
    }
    counters.add("nodeState.selfAhead");
    this.wiring.afterStep(() => this.wiring.onSelfAhead?.(boot));
  }

  private onReset(origin: Origin): void {
    this.wiring.afterStep(() => {
      for (const listener of this.listeners) listener.onReset?.(origin);
    });
  }

  private onNotices(notices: readonly StateNotice[]): void {
    if (this.listeners.size === 0) return;
    this.waiting.push(...notices);
    if (this.isNewsToTell) return;
    this.isNewsToTell = true;
    this.wiring.afterStep(() => this.tell());
  }

  private tell(): void {
    this.isNewsToTell = false;
    const notices = this.waiting;
    this.waiting = [];
    for (const notice of notices) {
      for (const listener of this.listeners) listener.onChange?.(notice);
    }
  }
}

/** Another life of ours, not before this one, or writes of this one that it never made. */
function isAhead({ maxVersion }: StateDigest, boot: number, mine: StateCopy): boolean {
  const own = parseOrigin(mine.origin)?.boot ?? 0;
  return boot > own || (boot === own && maxVersion > mine.maxVersion);
}

function nameOf(origin: Origin): string {
  return parseOrigin(origin)?.name ?? origin;
}

function mix(one: number, other: number): number {
  // Numbers beyond 32 bits count with both halves.
  let word = Math.imul(one ^ (other >>> 0), 0x85ebca77);
  word = Math.imul(word ^ (word >>> 15) ^ Math.floor(other / 4_294_967_296), 0xc2b2ae3d);
  return (word ^ (word >>> 13)) >>> 0;
}
