import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Origin } from "../../core/peer.ts";

/** Origins that are counted. [guess] */
const ORIGINS_MAX_COUNT = 256;
/** Latest updates of an origin that are counted; a power of two. [guess] */
const WINDOW_COUNT = 512;

/** How often each of the latest updates has come again. */
export class Receptions {
  private readonly byOrigin = new BoundedMap<Origin, Window>(ORIGINS_MAX_COUNT);

  /** One more copy of this one: how many beyond the first. */
  add(origin: Origin, seq: number): number {
    let window = this.byOrigin.get(origin);
    if (window === undefined) {
      window = { seqs: new Float64Array(WINDOW_COUNT), copies: new Uint8Array(WINDOW_COUNT) };
      this.byOrigin.set(origin, window);
    }
    const place = seq % WINDOW_COUNT;
    const copies = window.seqs[place] === seq ? (window.copies[place] ?? 0) : 0;
    window.seqs[place] = seq;
    window.copies[place] = Math.min(255, copies + 1);
    return copies + 1;
  }
}

interface Window {
  readonly seqs: Float64Array;
  readonly copies: Uint8Array;
}
