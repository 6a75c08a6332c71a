/** Placeholder so that contracts compile; the core slice owns this file. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  /** Uniform 32-bit unsigned integer. */
  uint32(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state;
  }
  /** Whole number, uniform in 0 … bound − 1. */
  below(bound: number): number {
    return this.uint32() % bound;
  }
  /** Real number, uniform in [0, 1). */
  real(): number {
    return this.uint32() / 4294967296;
  }
}
