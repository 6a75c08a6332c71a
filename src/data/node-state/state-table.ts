import { type Origin, parseOrigin } from "../../core/peer.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { ByteReader } from "../../core/varint.ts";
import { DeadLives } from "./dead-lives.ts";
import type { NodeStateWiring, Standing, StateNotice } from "./node-state.contract.ts";
import type { StateDelta, StateDigest, StateEntry } from "./node-state.messages.ts";
import type { NodeStateOptions } from "./node-state.options.ts";
import { entryBytes, type Former, GC_KEY, type StateChange, StateCopy } from "./state-copy.ts";
import { VisibleState } from "./visible-state.ts";

export interface TableListener {
  onNotices(notices: readonly StateNotice[]): void;
  onReset(origin: Origin): void;
  onHeartbeat(origin: Origin, heartbeat: number): void;
}

const NO_CHANGES: readonly StateChange[] = [];

/** The states of other nodes, as they are known here. */
export class StateTable {
  private readonly wiring: NodeStateWiring;
  private readonly options: NodeStateOptions;
  private readonly listener: TableListener;
  private readonly states = new Map<string, VisibleState>();
  /** The same by their present lives, which is how others name them. */
  private readonly lives = new Map<Origin, VisibleState>();
  private readonly dead: DeadLives;
  private bytes = 0;

  constructor(wiring: NodeStateWiring, options: NodeStateOptions, listener: TableListener) {
    this.wiring = wiring;
    this.options = options;
    this.listener = listener;
    this.dead = new DeadLives(options);
  }

  get size(): number {
    return this.states.size;
  }

  /** Of all keys and values. */
  get heldBytes(): number {
    return this.bytes;
  }

  get(name: string): VisibleState | undefined {
    return this.states.get(name);
  }

  names(): IterableIterator<string> {
    return this.states.keys();
  }

  /** What is told to others: who was away for too long is not among them. */
  *copies(): IterableIterator<StateCopy> {
    for (const { copy, isScheduled } of this.states.values()) if (!isScheduled) yield copy;
  }

  /** Those of them whose owners are there, or were a moment ago. */
  *presentCopies(): IterableIterator<StateCopy> {
    for (const { copy, isAway, isScheduled } of this.states.values()) {
      if (!isAway && !isScheduled) yield copy;
    }
  }

  /** Whether anything of those who are not there is passed on. */
  get hasAway(): boolean {
    for (const { isAway, isScheduled } of this.states.values()) {
      if (isAway && !isScheduled) return true;
    }
    return false;
  }

  /** The copy of this very life; undefined when it is unknown, or not passed on. */
  copyOf(origin: Origin): StateCopy | undefined {
    const state = this.lives.get(origin);
    return state === undefined || state.isScheduled ? undefined : state.copy;
  }

  /** Of the latest life that is known. */
  passedOn(name: string): StateCopy | undefined {
    const state = this.states.get(name);
    return state === undefined || state.isScheduled ? undefined : state.copy;
  }

  /**
   * Somebody told how far a copy of another node's state has come: nodes become known by this
   * alone. [spec Scuttlebutt §5]
   */
  learn(digest: StateDigest): void {
    const { counters, wallClock } = this.wiring;
    const { heartbeat, maxVersion, origin } = digest;
    const present = this.lives.get(origin);
    if (present !== undefined) return this.beat(present.copy, heartbeat);
    const life = parseOrigin(origin);
    if (life === undefined) return counters.add("nodeState.dropped.unknownNode");
    if (life.boot > wallClock() + this.options.generationAheadMaxMs) {
      return counters.add("nodeState.dropped.generation");
    }
    const state = this.states.get(life.name);
    if (state === undefined) return this.welcome(digest, life);
    if (life.boot <= (parseOrigin(state.origin)?.boot ?? 0)) return;
    const copy = new StateCopy(origin);
    copy.heartbeat = heartbeat;
    this.bytes -= state.copy.heldBytes;
    state.isScheduled = false;
    state.isAway = false;
    state.awaySinceMs = undefined;
    this.lives.delete(state.origin);
    this.lives.set(origin, state);
    this.tell(origin, state.succeed(copy, maxVersion, this.wiring.now()));
  }

  /** @returns whether anything of it was news */
  apply(delta: StateDelta): boolean {
    const { counters, now } = this.wiring;
    const state = this.lives.get(delta.origin);
    if (state === undefined || state.isScheduled) {
      counters.add("nodeState.dropped.unknownNode");
      return false;
    }
    const { copy } = state;
    this.makeRoom(state, delta);
    const othersBytes = this.bytes - copy.heldBytes;
    const nowMs = now();
    const hasRoom = (_: StateCopy, entry: StateEntry): boolean =>
      this.hasRoomFor(entry, copy, othersBytes);
    const outcome = copy.apply(delta, nowMs, hasRoom);
    this.bytes = othersBytes + copy.heldBytes;
    if (outcome.kind === "full") {
      state.noRoomUntilMs ??= nowMs + NO_ROOM_ROUNDS * this.options.roundIntervalMs;
    }
    const isBehind = outcome.kind === "full" || outcome.kind === "future";
    // What comes after it has no place here either.
    if (isBehind && state.noRoomUntilMs !== undefined) {
      copy.claim(Math.max(copy.toldVersion, delta.maxVersion));
    }
    if (outcome.kind !== "applied" && outcome.kind !== "full") {
      counters.add(`nodeState.dropped.${outcome.kind}`);
      return false;
    }
    if (outcome.kind === "full") counters.add("nodeState.dropped.full");
    this.settle(state, outcome.changes, outcome.former);
    if (outcome.former !== undefined) {
      counters.add("nodeState.resets");
      this.listener.onReset(delta.origin);
    }
    return outcome.kind === "applied" || outcome.changes.length > 0;
  }

  /**
   * Takes the whole state of a node that was fetched by a reliable way; a node that is not known
   * any more stays so. [spec Scuttlebutt §5]
   */
  replace({ origin, ...state }: Omit<StateDelta, "from">): boolean {
    const held = this.lives.get(origin);
    if (held === undefined) return false;
    const beforeBytes = held.copy.heldBytes;
    const changes = held.copy.replace(state, this.wiring.now());
    this.bytes += held.copy.heldBytes - beforeBytes;
    if (changes === undefined) return false;
    this.settle(held, changes, undefined);
    return true;
  }

  /** Each round: forgets deletions, and nodes that are not there any more. */
  upkeep(): void {
    const nowMs = this.wiring.now();
    const { formerMaxMs, tombstoneGraceMs } = this.options;
    for (const [name, state] of this.states) {
      if (this.isOver(name, state, nowMs)) {
        this.remove(name, state, nowMs);
        continue;
      }
      this.tell(state.origin, state.giveUpFormer(nowMs - formerMaxMs));
      if (state.noRoomUntilMs !== undefined && state.noRoomUntilMs <= nowMs) {
        state.noRoomUntilMs = undefined;
        state.copy.claim(0);
      }
      // Its owner says when.
      if (state.copy.tombstonesCount === 0 || state.copy.get(GC_KEY) !== undefined) continue;
      const beforeBytes = state.copy.heldBytes;
      const changes = state.copy.collect({ untilMs: nowMs - tombstoneGraceMs });
      this.bytes += state.copy.heldBytes - beforeBytes;
      this.tell(state.origin, state.onChanged(changes, undefined, nowMs));
    }
  }

  private welcome(
    { heartbeat, origin }: StateDigest,
    { boot, name }: { readonly boot: number; readonly name: string },
  ): void {
    const { counters, now } = this.wiring;
    const moment = { nowMs: now(), standing: this.standingOf(name) };
    if (this.dead.refuses(name, { boot, heartbeat }, moment)) {
      return counters.add("nodeState.dropped.dead");
    }
    if (this.states.size >= this.options.nodesMaxCount) {
      counters.add("nodeState.dropped.nodes");
      if (moment.standing !== "here" || !this.removeAway(moment.nowMs)) return;
    }
    const copy = new StateCopy(origin);
    copy.heartbeat = heartbeat;
    const state = new VisibleState(copy);
    state.wasHere = moment.standing === "here";
    this.states.set(name, state);
    this.lives.set(origin, state);
  }

  /** The first one is only kept: nobody knows how old it is. [spec Scuttlebutt §6] */
  private beat(copy: StateCopy, heartbeat: number): void {
    if (heartbeat <= copy.heartbeat) return;
    copy.heartbeat = heartbeat;
    this.listener.onHeartbeat(copy.origin, heartbeat);
  }

  private settle(
    state: VisibleState,
    changes: readonly StateChange[],
    former: Former | undefined,
  ): void {
    const nowMs = this.wiring.now();
    this.tell(state.origin, state.onChanged(changes, former, nowMs));
    const told = changes.find(({ key }) => key === GC_KEY)?.after;
    const version = told && new ByteReader(told.value).varint();
    if (version === undefined) return;
    const beforeBytes = state.copy.heldBytes;
    const collected = state.copy.collect({ version });
    this.bytes += state.copy.heldBytes - beforeBytes;
    this.tell(state.origin, state.onChanged(collected, undefined, nowMs));
  }

  private isOver(name: string, state: VisibleState, nowMs: number): boolean {
    const standing = this.standingOf(name);
    if (standing === "here") {
      state.wasHere = true;
      state.awaySinceMs = undefined;
      state.isAway = false;
      state.isScheduled = false;
      return false;
    }
    state.awaySinceMs ??= nowMs;
    const { deadGraceMs, deadScheduledRatio, leftGraceMs } = this.options;
    // Of whom nobody here has ever seen anything, anybody may invent states.
    const isBrief = standing === "left" || !state.wasHere;
    const graceMs = isBrief ? leftGraceMs : deadGraceMs;
    const awayMs = nowMs - state.awaySinceMs;
    state.isAway = awayMs >= leftGraceMs * deadScheduledRatio;
    state.isScheduled = awayMs >= graceMs * deadScheduledRatio;
    return awayMs >= graceMs;
  }

  /** What the sender has forgotten need not be remembered here, where room is short. */
  private makeRoom(state: VisibleState, { entries, gcVersion }: StateDelta): void {
    const { copy } = state;
    const { keysMaxCount, nodeMaxBytes } = this.options;
    const isShort = copy.size + entries.length > keysMaxCount || copy.heldBytes > nodeMaxBytes / 2;
    if (copy.tombstonesCount === 0 || !isShort) return;
    const beforeBytes = copy.heldBytes;
    const collected = copy.collect({ version: gcVersion });
    this.bytes += copy.heldBytes - beforeBytes;
    this.tell(state.origin, state.onChanged(collected, undefined, this.wiring.now()));
  }

  /** Who is there comes before who is not. */
  private removeAway(nowMs: number): boolean {
    for (const [name, state] of this.states) {
      if (this.standingOf(name) === "here") continue;
      this.remove(name, state, nowMs);
      return true;
    }
    return false;
  }

  private remove(name: string, state: VisibleState, nowMs: number): void {
    const { copy, origin } = state;
    const gone = [...state.entries()].map((before) => ({
      key: before.key,
      before,
      after: undefined,
    }));
    this.states.delete(name);
    this.lives.delete(origin);
    this.bytes -= copy.heldBytes;
    const boot = parseOrigin(origin)?.boot ?? 0;
    this.dead.add(name, { boot, heartbeat: copy.heartbeat, atMs: nowMs });
    this.wiring.counters.add("nodeState.removed");
    this.tell(origin, gone);
  }

  private hasRoomFor(entry: StateEntry, copy: StateCopy, othersBytes: number): boolean {
    const { options } = this;
    const { key, value } = entry;
    const former = copy.get(key);
    const keyBytes = utf8ByteLength(key);
    if (keyBytes === 0 || keyBytes > options.keyMaxBytes) return false;
    if (value.length > options.valueMaxBytes) return false;
    if (former === undefined && copy.size >= options.keysMaxCount + OWN_KEYS_COUNT) return false;
    const growthBytes = entryBytes(entry) - (former === undefined ? 0 : entryBytes(former));
    if (growthBytes <= 0) return true;
    const bytes = copy.heldBytes + growthBytes;
    const mostBytes = COPY_MULTIPLE * options.nodeMaxBytes + OWN_BYTES;
    return bytes <= mostBytes && othersBytes + bytes <= options.totalMaxBytes;
  }

  private standingOf(name: string): Standing {
    return this.wiring.standing?.(name) ?? "here";
  }

  private tell(origin: Origin, changes: readonly StateChange[] = NO_CHANGES): void {
    if (changes.length === 0) return;
    this.listener.onNotices(changes.map(({ after, key }) => noticeOf(origin, key, after)));
  }
}

/** Rounds in which others need not send what had no room. [guess] */
const NO_ROOM_ROUNDS = 10;
/**
 * A copy that comes later skips what was in between: it may have the large value that another key
 * had to give up, and not yet hear that it did. [because: what stood then, and what stands now]
 */
const COPY_MULTIPLE = 2;
/** Keys that the protocol writes for itself, beyond what the owner may, and their bytes. */
const OWN_KEYS_COUNT = 2;
const OWN_BYTES = 64;

export function noticeOf(origin: Origin, key: string, after: StateChange["after"]): StateNotice {
  return { origin, key, entry: after?.status === "deleted" ? undefined : after };
}
