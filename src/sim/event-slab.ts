const FIRST_CAPACITY = 256;
/** Slots fit in 26 bits, so a slot and its use number share one safe integer. */
const SLOT_RANGE = 2 ** 26;
const USES_MASK = 2 ** 27 - 1;
const KIND_BITS = 3;

/** Words of 32 bits in a record: the time in the first two. */
const RECORD_WORDS = 6;
const RECORD_DOUBLES = RECORD_WORDS / 2;
const NODE = 2;
const DETAIL = 3;
const KIND = 4;
const USES = 5;

/** What an event is; the meaning of its other fields follows from it. */
export const eventKinds = { cancelled: 0, action: 1, packet: 2, timer: 3, directTimer: 4 } as const;

/** A kind, and the number of a channel or mount below 2^28. */
export function kindAt(kind: number, place: number): number {
  return kind | (place << KIND_BITS);
}

/** Names one event; never reused while 2^27 later uses of its slot have not happened. */
export type EventKey = number;

/**
 * Pending events as records of 24 bytes in one buffer, used again and again, and beside them an
 * array of what they carry. An object for each event would cost more than the event. The links of
 * lists have arrays of their own: who follows a list waits for each of them, and they are small
 * enough to stay in the cache. Slot 0 is nobody's: it ends lists.
 */
export class EventSlab {
  private words = new Int32Array(FIRST_CAPACITY * RECORD_WORDS);
  private doubles = new Float64Array(this.words.buffer);
  private nexts = new Int32Array(FIRST_CAPACITY);
  private previouses = new Int32Array(FIRST_CAPACITY);
  private readonly cargo: unknown[] = [undefined];
  private firstFree = 0;

  /** A slot with this cargo, in no list yet; its time and address are still to be set. */
  take(cargo: unknown): number {
    let slot = this.firstFree;
    if (slot === 0) slot = this.addSlot();
    else this.firstFree = this.next(slot);
    this.cargo[slot] = cargo;
    return slot;
  }

  setDue(slot: number, dueMs: number): void {
    this.doubles[slot * RECORD_DOUBLES] = dueMs;
  }

  /**
   * The number of the node it happens to; the sender of a packet, or the life that a timer is of;
   * and its kind with the number of the channel or mount.
   */
  address(slot: number, node: number, detail: number, what: number): void {
    const at = slot * RECORD_WORDS;
    this.words[at + NODE] = node;
    this.words[at + DETAIL] = detail;
    this.words[at + KIND] = what;
  }

  /** Gives the slot back; its key is not valid any more. */
  release(slot: number): void {
    this.cargo[slot] = undefined;
    const at = slot * RECORD_WORDS;
    this.words[at + USES] = ((this.words[at + USES] ?? 0) + 1) & USES_MASK;
    this.nexts[slot] = this.firstFree;
    this.firstFree = slot;
  }

  keyOf(slot: number): EventKey {
    return (this.words[slot * RECORD_WORDS + USES] ?? 0) * SLOT_RANGE + slot;
  }

  /** The slot of `key`; 0 when its event has happened or was cancelled. */
  find(key: EventKey): number {
    const slot = key % SLOT_RANGE;
    if (slot >= this.cargo.length || this.keyOf(slot) !== key) return 0;
    return this.kind(slot) === eventKinds.cancelled ? 0 : slot;
  }

  /** Leaves the slot where it is, as an event that nobody notices. */
  cancel(slot: number): void {
    this.cargo[slot] = undefined;
    this.words[slot * RECORD_WORDS + KIND] = eventKinds.cancelled;
  }

  due(slot: number): number {
    return this.doubles[slot * RECORD_DOUBLES] ?? 0;
  }

  kind(slot: number): number {
    return (this.words[slot * RECORD_WORDS + KIND] ?? 0) & ((1 << KIND_BITS) - 1);
  }

  place(slot: number): number {
    return (this.words[slot * RECORD_WORDS + KIND] ?? 0) >> KIND_BITS;
  }

  node(slot: number): number {
    return this.words[slot * RECORD_WORDS + NODE] ?? 0;
  }

  detail(slot: number): number {
    return this.words[slot * RECORD_WORDS + DETAIL] ?? 0;
  }

  carried(slot: number): unknown {
    return this.cargo[slot];
  }

  next(slot: number): number {
    return this.nexts[slot] ?? 0;
  }

  setNext(slot: number, next: number): void {
    this.nexts[slot] = next;
  }

  previous(slot: number): number {
    return this.previouses[slot] ?? 0;
  }

  setPrevious(slot: number, previous: number): void {
    this.previouses[slot] = previous;
  }

  private addSlot(): number {
    const slot = this.cargo.length;
    if (slot >= SLOT_RANGE) throw new RangeError("more than 2^26 events are pending at once");
    if (slot >= this.nexts.length) this.grow();
    this.cargo.push(undefined);
    return slot;
  }

  private grow(): void {
    const capacity = this.nexts.length * 2;
    this.words = larger(this.words, capacity * RECORD_WORDS);
    this.doubles = new Float64Array(this.words.buffer);
    this.nexts = larger(this.nexts, capacity);
    this.previouses = larger(this.previouses, capacity);
  }
}

function larger(words: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(words);
  return copy;
}
