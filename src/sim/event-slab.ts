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
export const eventKinds = {
  cancelled: 0,
  action: 1,
  packet: 2,
  timer: 3,
  directTimer: 4,
  /** A message of a link or connection, and what happens to one. */
  pipeMessage: 5,
  pipeSignal: 6,
} as const;

/** A kind, and the number of a channel or mount below 2^28. */
export function kindAt(kind: number, place: number): number {
  return kind | (place << KIND_BITS);
}

/** Names one event; never reused while 2^27 later uses of its slot have not happened. */
export type EventKey = number;

/** Slots of a block: together they are whole cache lines. */
const BLOCK_BITS = 3;
export const BLOCK_SLOTS = 1 << BLOCK_BITS;
/** In place of how many slots of a block are in use, for those whose slots are given out singly. */
const LOOSE = 255;

/**
 * Pending events as records of 24 bytes in one buffer, used again and again, and beside them an
 * array of what they carry. An object for each event would cost more than the event. What will
 * happen at about the same time stands side by side, in blocks of eight slots, so that a large
 * simulation reads memory in order; what is far off takes single slots. Slot 0 is nobody's: it ends
 * lists.
 */
export class EventSlab {
  private words = new Int32Array(FIRST_CAPACITY * RECORD_WORDS);
  private doubles = new Float64Array(this.words.buffer);
  private nexts = new Int32Array(FIRST_CAPACITY);
  private previouses = new Int32Array(FIRST_CAPACITY);
  /** Slots of each block that are in use or promised, or `LOOSE`. */
  private blocks = new Uint8Array(FIRST_CAPACITY / BLOCK_SLOTS);
  private readonly cargo: unknown[] = new Array(BLOCK_SLOTS).fill(undefined);
  private freeSlot = 0;
  /** First slot of the first free block; `nexts` has the next. */
  private freeBlock = 0;

  /** A single slot. */
  takeSlot(): number {
    if (this.freeSlot === 0) this.breakBlock();
    const slot = this.freeSlot;
    this.freeSlot = this.next(slot);
    return slot;
  }

  /** The first slot of a block; the others follow it, and all are promised to the caller. */
  takeBlock(): number {
    let first = this.freeBlock;
    if (first === 0) first = this.addBlock();
    else this.freeBlock = this.next(first);
    this.blocks[first >> BLOCK_BITS] = BLOCK_SLOTS;
    return first;
  }

  /** The slot after `slot` in its block; 0 when there is none. */
  besides(slot: number): number {
    const next = slot + 1;
    return (next & (BLOCK_SLOTS - 1)) === 0 ? 0 : next;
  }

  /** Gives back the slots of a block from `slot` on, which were promised and not used. */
  dismiss(slot: number): void {
    const block = slot >> BLOCK_BITS;
    const unused = BLOCK_SLOTS - (slot & (BLOCK_SLOTS - 1));
    this.blocks[block] = (this.blocks[block] ?? 0) - unused;
  }

  carry(slot: number, cargo: unknown): void {
    this.cargo[slot] = cargo;
  }

  setDue(slot: number, dueMs: number): void {
    this.doubles[slot * RECORD_DOUBLES] = dueMs;
  }

  /**
   * The number of the node it happens to; the sender of a packet, the life that a timer is of, or
   * the end of a pipe; and its kind with the number of the channel, mount or signal.
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
    const block = slot >> BLOCK_BITS;
    const inUse = this.blocks[block] ?? 0;
    if (inUse === LOOSE) {
      this.nexts[slot] = this.freeSlot;
      this.freeSlot = slot;
      return;
    }
    this.blocks[block] = inUse - 1;
    if (inUse > 1) return;
    const first = block << BLOCK_BITS;
    this.nexts[first] = this.freeBlock;
    this.freeBlock = first;
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

  private breakBlock(): void {
    const first = this.takeBlock();
    this.blocks[first >> BLOCK_BITS] = LOOSE;
    for (let slot = first; slot !== 0; slot = this.besides(slot)) {
      this.nexts[slot] = this.besides(slot);
    }
    this.freeSlot = first;
  }

  private addBlock(): number {
    const first = this.cargo.length;
    if (first >= SLOT_RANGE) throw new RangeError("more than 2^26 events are pending at once");
    if (first >= this.nexts.length) this.grow();
    for (let count = 0; count < BLOCK_SLOTS; count += 1) this.cargo.push(undefined);
    return first;
  }

  private grow(): void {
    const capacity = this.nexts.length * 2;
    this.words = larger(this.words, capacity * RECORD_WORDS);
    this.doubles = new Float64Array(this.words.buffer);
    this.nexts = larger(this.nexts, capacity);
    this.previouses = larger(this.previouses, capacity);
    const blocks = new Uint8Array(capacity / BLOCK_SLOTS);
    blocks.set(this.blocks);
    this.blocks = blocks;
  }
}

function larger(words: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(words);
  return copy;
}
