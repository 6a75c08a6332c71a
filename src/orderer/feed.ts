import type { PeerId } from "../core/peer.ts";
import { type Batch, decodeBatch } from "./batch-bytes.ts";
import {
  decodeFloor,
  decodeHead,
  decodeVoters,
  encodeKept,
  type Floor,
  type Head,
  NO_FLOOR,
} from "./kept-text.ts";
import { Backoff, type Session } from "./session.ts";
import type {
  KeyRange,
  StoreAnswer,
  StoreChange,
  StoreFound,
  StoreItem,
  StoreMessage,
} from "./store.messages.ts";

const GROUPS_COUNT = 281_474_976_710_656;

/** A batch in its place. */
export interface PlacedBatch {
  readonly first: number;
  readonly last: number;
  /** Undefined for bytes that nobody here has written: their places stay empty. */
  readonly batch: Batch | undefined;
  readonly bytes: number;
}

/** The end of the log: its position, and the revision that the next append compares. */
export interface Tip {
  readonly position: number;
  readonly revision: number;
}

export interface FeedListener {
  /** The end of the log is known from now on. Also after a time in which it was not heard. */
  onBegun(): void;
  onBatch(placed: PlacedBatch): void;
  /** As of `revision`; undefined: nobody. What is older than what was told counts for nothing. */
  onLeader(item: StoreItem | undefined, revision: number): void;
  onNext(item: StoreItem | undefined, revision: number): void;
  onFloor(): void;
  /** What the store says of the past is not what it said before. */
  onLost(why: string): void;
}

/**
 * Hears what happens in the store: a look at one revision, then a watch from the next one. A watch
 * that breaks goes on where it was; one that cannot, or that is seen to be late, begins anew.
 * Positions tell what was heard before. [spec raft §9]
 */
export class Feed {
  /** All up to here was heard, or passed over at the beginning. */
  position = 0;
  tip: Tip = { position: 0, revision: 0 };
  floor: { readonly value: Floor; readonly revision: number } = { value: NO_FLOOR, revision: 0 };
  voters: { readonly names: readonly PeerId[]; readonly revision: number };
  isBegun = false;
  /** Which one it is; 0 while that is not known. */
  group = 0;
  private readonly session: Session;
  private readonly listener: FeedListener;
  private readonly backoff: Backoff;
  private watch: number;
  private isWatching = false;
  private part = 0;
  /** The next watch begins with this revision; parts of it may have been heard already. */
  private resumeAt = 0;
  private isLooking = false;
  /** What the last check found that the watch had not told yet. */
  private unheard = 0;

  constructor(session: Session, listener: FeedListener) {
    this.session = session;
    this.listener = listener;
    this.backoff = new Backoff(session);
    this.watch = session.firstNumber();
    this.voters = { names: session.wiring.voters, revision: 0 };
  }

  begin(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    this.look((answer, known) => {
      this.isLooking = false;
      this.onLook(answer, known);
    });
  }

  /**
   * Every append and read may learn of another end of the log. `known` is the one that was known
   * when it was asked for: answers may overtake each other, but a store does not go back.
   */
  onHead(item: StoreItem | undefined, known: Tip): boolean {
    const head = item && decodeHead(item.value);
    const why = head === undefined ? "its head is gone" : this.whatIsWrong(head, known);
    if (item === undefined || head === undefined || why !== undefined) {
      this.stop();
      this.listener.onLost(why ?? "");
      return false;
    }
    this.group = head.group;
    this.raiseTip({ position: head.position, revision: item.modifiedAt });
    return true;
  }

  raiseTip(tip: Tip): void {
    if (tip.revision > this.tip.revision) this.tip = tip;
  }

  /** This node has appended it itself: the watch will tell it again. */
  onAppended(tip: Tip, batch: Batch, bytes: number): void {
    if (!this.isBegun) return;
    const first = tip.position - batch.commands.length + 1;
    if (first === this.position + 1) {
      this.take({ first, last: tip.position, batch, bytes }, tip.revision);
    } else this.raiseTip(tip);
  }

  onChanges(message: Extract<StoreMessage, { kind: "changes" }>): void {
    if (message.watch !== this.watch || !this.isWatching) return;
    if (message.part !== this.part) {
      this.session.count("watch.hole");
      return this.watchAgain();
    }
    this.part += 1;
    this.backoff.reset();
    for (const change of message.changes) {
      if (!this.isWatching) return;
      this.onChange(change);
    }
  }

  onUnwatched({ detail, reason, watch }: Extract<StoreMessage, { kind: "unwatched" }>): void {
    if (watch !== this.watch || !this.isWatching) return;
    this.isWatching = false;
    this.session.count(`watch.${reason}`);
    if (reason === "compacted") return this.begin();
    this.session.trouble(`the watch broke: ${detail}`);
    this.session.env.setTimer({ kind: "again", what: "watch" }, this.backoff.next());
  }

  onWatchTimer(): void {
    if (!this.isWatching && !this.isLooking && this.isBegun) this.watchAgain();
  }

  /** A member that is cut off from the others goes on to tell nothing: so it is looked after. */
  check(): void {
    if (!this.isBegun || this.isLooking) return;
    this.look((answer, known) => {
      if (answer.kind !== "looked" || !this.isBegun || this.isLooking) return;
      const [head] = items(answer.found);
      if (!this.onHead(head, known)) return;
      // What was on its way during the last check has come by now, or the watch is dead.
      const isLate = this.isWatching && this.unheard > this.position;
      this.unheard = this.tip.position;
      if (!isLate) return this.takeRest(answer);
      this.session.count("watch.late");
      this.onLook(answer, known);
    });
  }

  stop(): void {
    this.isBegun = false;
    if (this.isWatching) this.session.send({ kind: "unwatch", watch: this.watch });
    this.isWatching = false;
  }

  private look(onAnswer: (answer: StoreAnswer, known: Tip) => void): void {
    const { floor, head, leader, next, voters } = this.session.keys;
    const reads = [head, floor, voters, leader, next].map(oneKey);
    const known = this.tip;
    this.session.ask({ kind: "look", reads }, (answer) => onAnswer(answer, known));
  }

  private onLook(answer: StoreAnswer, known: Tip): void {
    const { env } = this.session;
    if (answer.kind === "failed") {
      this.session.trouble(`the store cannot be read: ${answer.detail}`);
      env.setTimer({ kind: "again", what: "begin" }, this.backoff.next());
      return;
    }
    if (answer.kind !== "looked") return;
    const [head] = items(answer.found);
    if (head === undefined && this.group === 0) return this.found();
    if (!this.onHead(head, known)) return;
    this.backoff.reset();
    this.isBegun = true;
    this.position = Math.max(this.position, this.tip.position);
    this.resumeAt = answer.revision + 1;
    this.watchAgain();
    this.takeRest(answer);
    this.listener.onBegun();
  }

  private takeRest({ found, revision }: Extract<StoreAnswer, { kind: "looked" }>): void {
    const [, floor, voters, leader, next] = items(found);
    this.raiseFloor(floor);
    this.onVoters(voters);
    this.listener.onNext(next, revision);
    this.listener.onLeader(leader, revision);
  }

  /** There is no group of this name yet: it is founded, by whoever is first. */
  private found(): void {
    const { env, keys, wiring } = this.session;
    const head: Head = { position: 0, group: env.random.below(GROUPS_COUNT) + 1 };
    const put = (key: string, value: Uint8Array) => ({ kind: "put", key, value }) as const;
    const commit = {
      compares: [{ key: keys.head, of: "created", revision: 0 } as const],
      writes: [
        put(keys.head, encodeKept(head)),
        put(keys.floor, encodeKept(NO_FLOOR)),
        put(keys.voters, encodeKept(wiring.voters)),
      ],
      reads: [],
    };
    this.session.ask({ kind: "commit", ...commit }, (answer) => {
      if (answer.kind !== "failed") return this.begin();
      this.session.trouble(`a group cannot be founded: ${answer.detail}`);
      env.setTimer({ kind: "again", what: "begin" }, this.backoff.next());
    });
  }

  private whatIsWrong(head: Head, known: Tip): string | undefined {
    if (this.group !== 0 && head.group !== this.group) {
      return "the namespace was emptied, and another group began in it";
    }
    if (head.position >= known.position) return undefined;
    return `its log ends at ${head.position}, and was at ${known.position} before`;
  }

  private watchAgain(): void {
    const { keys } = this.session;
    if (this.isWatching) this.session.send({ kind: "unwatch", watch: this.watch });
    this.watch += 1;
    this.part = 0;
    this.isWatching = true;
    const range = { from: keys.watchFrom, to: keys.watchTo, revision: this.resumeAt };
    this.session.send({ kind: "watch", watch: this.watch, ...range });
  }

  private onChange(change: StoreChange): void {
    const { keys } = this.session;
    const key = change.kind === "put" ? change.item.key : change.key;
    const item = change.kind === "put" ? change.item : undefined;
    const revision = change.kind === "put" ? change.item.modifiedAt : change.revision;
    this.resumeAt = revision;
    if (key === keys.leader) this.listener.onLeader(item, revision);
    else if (key === keys.next) this.listener.onNext(item, revision);
    else if (key === keys.floor) this.raiseFloor(item);
    else if (key === keys.voters) this.onVoters(item);
    else if (item !== undefined) this.onLogItem(item);
  }

  private onLogItem(item: StoreItem): void {
    const placed = placeOf(this.session, item, this.position + 1);
    if (placed === undefined || placed.last <= this.position) return;
    if (placed.first > this.position + 1) {
      this.session.count("watch.gap");
      this.isWatching = false;
      return this.begin();
    }
    this.take(placed, item.modifiedAt);
  }

  private take(placed: PlacedBatch, revision: number): void {
    this.position = placed.last;
    this.raiseTip({ position: placed.last, revision });
    this.listener.onBatch(placed);
  }

  raiseFloor(item: StoreItem | undefined): void {
    const value = item && decodeFloor(item.value);
    if (item === undefined || value === undefined) {
      return this.session.trouble(`${this.session.keys.floor} cannot be read`);
    }
    if (item.modifiedAt < this.floor.revision) return;
    this.floor = { value, revision: item.modifiedAt };
    this.listener.onFloor();
  }

  onVoters(item: StoreItem | undefined): void {
    const names = item && decodeVoters(item.value);
    if (item === undefined || names === undefined) {
      return this.session.trouble(`${this.session.keys.voters} cannot be read`);
    }
    if (item.modifiedAt >= this.voters.revision) this.voters = { names, revision: item.modifiedAt };
  }
}

export function oneKey(key: string): KeyRange {
  return { from: key, limitCount: 1 };
}

/** The first of each range. */
export function items(found: readonly StoreFound[]): readonly (StoreItem | undefined)[] {
  return found.map(({ items: [first] }) => first);
}

/** Where a batch stands. One that cannot be read takes all places from `next` on. */
export function placeOf(
  session: Session,
  { key, value }: StoreItem,
  next: number,
): PlacedBatch | undefined {
  const last = session.keys.positionOf(key);
  if (last === undefined) return undefined;
  const batch = decodeBatch(value);
  if (batch === undefined) session.count("dropped.unreadableBatch");
  const first = batch === undefined ? next : last - batch.commands.length + 1;
  return { first, last, batch, bytes: value.length };
}
