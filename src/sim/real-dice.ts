import type { Random } from "../core/random.ts";

const BUFFER_COUNT = 512;

/** Real numbers, uniform in [0, 1). */
export interface Reals {
  real(): number;
}

/**
 * The reals of a stream of dice, thrown many at once and then read from an array: each packet takes
 * several, and throwing one by one goes through memory for each.
 */
export class RealDice implements Reals {
  private readonly random: Random;
  private readonly thrown = new Float64Array(BUFFER_COUNT);
  private next = BUFFER_COUNT;

  constructor(random: Random) {
    this.random = random;
  }

  real(): number {
    if (this.next === BUFFER_COUNT) this.throwAll();
    const at = this.next;
    this.next = at + 1;
    return this.thrown[at] ?? 0;
  }

  private throwAll(): void {
    const { random, thrown } = this;
    for (let at = 0; at < BUFFER_COUNT; at += 1) thrown[at] = random.real();
    this.next = 0;
  }
}
