import type { ClaimVoice } from "../../peers/degraded/degraded.contract.ts";
import { nextIncarnation } from "../../peers/swim/roster/incarnations.ts";
import type { Incarnations } from "../../peers/swim/swim.contract.ts";

/** Where each number stands. */
const BEAT = 0;
const TAKEN = 1;
const INCARNATION = 2;
const CLAIM_SEQ = 3;
const DUTY = 4;
const SENT_BYTES = 5;
const NUMBERS_COUNT = 6;
const ON_DUTY = 1n;

/** The clock that all threads of a process share. */
function sharedNowMs(): bigint {
  return process.hrtime.bigint() / 1_000_000n;
}

/**
 * Numbers that both threads of a node read and write without waiting for each other. Whatever both
 * give out, incarnations and numbers of claims, is taken in one operation: none is given out twice.
 */
export class SharedMarks implements Incarnations, ClaimVoice {
  readonly buffer: SharedArrayBuffer;
  private readonly numbers: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(NUMBERS_COUNT * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.numbers = new BigInt64Array(buffer);
  }

  /** The main thread turns. */
  beat(): void {
    Atomics.store(this.numbers, BEAT, sharedNowMs());
  }

  /** For how long the main thread has not turned. */
  get busyForMs(): number {
    return Number(sharedNowMs() - Atomics.load(this.numbers, BEAT));
  }

  /** How many packets the main thread has taken so far. */
  get takenCount(): number {
    return Number(Atomics.load(this.numbers, TAKEN));
  }

  countTaken(): void {
    Atomics.add(this.numbers, TAKEN, 1n);
  }

  /** Bytes of packets that the thread has given to its socket. */
  get sentBytes(): number {
    return Number(Atomics.load(this.numbers, SENT_BYTES));
  }

  countSent(bytesCount: number): void {
    Atomics.add(this.numbers, SENT_BYTES, BigInt(bytesCount));
  }

  get current(): number {
    return Number(Atomics.load(this.numbers, INCARNATION));
  }

  take(accused: number, ceiling: number): number {
    return this.raise(INCARNATION, (current) => nextIncarnation(current, accused, ceiling));
  }

  /** 0 before the first. */
  get lastClaimSeq(): number {
    return Number(Atomics.load(this.numbers, CLAIM_SEQ));
  }

  nextClaimSeq(): number {
    return this.raise(CLAIM_SEQ, (current) => Math.max(current + 1, Date.now()));
  }

  /** Whether the thread may speak in this node's name. */
  get isOnDuty(): boolean {
    return Atomics.load(this.numbers, DUTY) === ON_DUTY;
  }

  setDuty(duty: "on" | "off"): void {
    Atomics.store(this.numbers, DUTY, duty === "on" ? ON_DUTY : 0n);
  }

  private raise(place: number, above: (current: number) => number): number {
    for (;;) {
      const current = Atomics.load(this.numbers, place);
      const next = above(Number(current));
      const found = Atomics.compareExchange(this.numbers, place, current, BigInt(next));
      if (found === current) return next;
    }
  }
}
