import { assert } from "../../core/assert.ts";
import type { Dot } from "../../core/dot.ts";
import { memberOf, type Origin, parseOrigin } from "../../core/peer.ts";
import type { BatchEntry, OrderCommand } from "./order-command.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";

/** Lives of one member that are told apart. [because: the last ones have events under way] */
const LIVES_MAX_COUNT = 8;
/** Members that ever wrote. [guess] */
const MEMBERS_MAX_COUNT = 4_096;

/** Origins remembered taken apart. [because: those that write now are far fewer] */
const KNOWN_MAX_COUNT = 4_096;

interface Life {
  readonly boot: number;
  readonly lives: LivesOf;
}

/** What has a place. Not its data: that may be elsewhere. */
export type PlacedItem = PlacedEvent | PlacedNote;

export interface PlacedEvent extends OrderedPlace {
  readonly kind: "event";
  readonly dot: Dot;
  readonly hash: Uint8Array;
}

export interface PlacedNote extends OrderedPlace {
  readonly kind: "note";
  readonly bytes: Uint8Array;
}

/** What became of a member's lives. */
export interface LivesOf {
  /** Lives up to this boot have no further events. */
  closedBoot: number;
  /** Per boot the number up to which all events have a place, or never will. */
  readonly floors: Map<number, number>;
}

/** What one command came to. */
export interface OrderStep {
  readonly items: readonly PlacedItem[];
  readonly voided: readonly Dot[];
  readonly isTrimmed: boolean;
}

export const NOWHERE: OrderedPlace = { place: 0, orderIndex: 0 };
const NOTHING: OrderStep = { items: [], voided: [], isTrimmed: false };

/**
 * The order: what all commands so far came to, the same on all nodes. Events of one life have their
 * places in the order of their numbers, whoever proposes what: an entry that would leave a gap, or
 * stand before what it needs, is skipped like one that comes again. [spec raft §5]
 */
export class OrderState {
  /** By member. */
  lives = new Map<string, LivesOf>();
  end: OrderedPlace = NOWHERE;
  /** Up to here nothing is kept. */
  trimmed: OrderedPlace = NOWHERE;
  skippedCount = 0;
  private items: PlacedItem[] = [];
  /** Origins taken apart, for each stands in many events. */
  private readonly known = new Map<Origin, Life>();

  /** Behind what is trimmed. */
  itemAt(place: number): PlacedItem | undefined {
    return this.items[place - this.trimmed.place - 1];
  }

  /** Up to here the events of that life have a place, or never will have one. */
  floorOf(origin: Origin): number {
    const life = this.known.get(origin) ?? this.lifeOf(origin);
    if (life === undefined) return 0;
    const { boot, lives } = life;
    if (boot <= lives.closedBoot) return Number.MAX_SAFE_INTEGER;
    return lives.floors.get(boot) ?? 0;
  }

  apply(command: OrderCommand): OrderStep {
    switch (command.kind) {
      case "batch":
        return this.place(command.entries);
      case "void":
        return { ...NOTHING, voided: command.dots.filter((dot) => this.advance(dot)) };
      case "note": {
        const { orderIndex, place } = this.end;
        this.end = { place: place + 1, orderIndex };
        const note: PlacedNote = { kind: "note", ...this.end, bytes: command.bytes };
        this.items.push(note);
        return { ...NOTHING, items: [note] };
      }
      case "trim":
        return this.trim(command.place);
    }
  }

  /** What is kept, oldest first. */
  get kept(): readonly PlacedItem[] {
    return this.items;
  }

  /** Takes the place of all that was. */
  become(other: Pick<OrderState, "lives" | "end" | "trimmed" | "kept">): void {
    assert(other.kept.length === other.end.place - other.trimmed.place, "items stand in a row");
    this.lives = other.lives;
    this.end = other.end;
    this.trimmed = other.trimmed;
    this.items = [...other.kept];
    this.known.clear();
  }

  private place(entries: readonly BatchEntry[]): OrderStep {
    const placed: PlacedItem[] = [];
    for (const { dot, hash, needs } of entries) {
      const isReady = needs.every(([origin, seq]) => this.floorOf(origin) >= seq);
      if (!isReady || !this.advance(dot)) {
        this.skippedCount += 1;
        continue;
      }
      const [place, orderIndex] = [this.end.place + 1, this.end.orderIndex + 1];
      this.end = { place, orderIndex };
      placed.push({ kind: "event", place, orderIndex, dot, hash });
    }
    for (const item of placed) this.items.push(item);
    return { ...NOTHING, items: placed };
  }

  /** True when `dot` is the next one of its life. */
  private advance({ origin, seq }: Dot): boolean {
    if (this.floorOf(origin) !== seq - 1) return false;
    if (!this.known.has(origin)) this.meet(memberOf(origin));
    const life = this.known.get(origin) ?? this.lifeOf(origin);
    if (life === undefined) return false;
    const { boot, lives } = life;
    lives.floors.set(boot, seq);
    if (lives.floors.size > LIVES_MAX_COUNT) closeOldest(lives);
    return lives.floors.has(boot);
  }

  private meet(member: string): void {
    if (this.lives.has(member) || this.lives.size >= MEMBERS_MAX_COUNT) return;
    this.lives.set(member, { closedBoot: -1, floors: new Map() });
  }

  /** undefined for a member that nothing of was ordered. */
  private lifeOf(origin: Origin): Life | undefined {
    const parts = parseOrigin(origin);
    const lives = parts && this.lives.get(parts.name);
    if (parts === undefined || lives === undefined) return undefined;
    if (this.known.size >= KNOWN_MAX_COUNT) this.known.clear();
    const life = { boot: parts.boot, lives };
    this.known.set(origin, life);
    return life;
  }

  private trim(place: number): OrderStep {
    const last = this.itemAt(place);
    if (last === undefined) return NOTHING;
    this.items = this.items.slice(place - this.trimmed.place);
    this.trimmed = { place: last.place, orderIndex: last.orderIndex };
    return { ...NOTHING, isTrimmed: true };
  }
}

function closeOldest(lives: LivesOf): void {
  const oldest = Math.min(...lives.floors.keys());
  lives.floors.delete(oldest);
  lives.closedBoot = oldest;
}
