/** Numbers of pings: 32 bits, from 1. Own and relayed ones share them: acks tell them apart. */
export class Sequence {
  private last = 0;

  next(): number {
    this.last = (this.last + 1) >>> 0;
    return this.last;
  }
}
