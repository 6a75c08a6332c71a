import type { Origin } from "./peer.ts";

/**
 * Names one update: the `seq`-th (from 1, without gaps) that this origin made for a replica.
 * [Almeida 2015, dotted version vectors]
 */
export interface Dot {
  readonly origin: Origin;
  readonly seq: number;
}

/** `name#boot:seq`, for traces and as a map key. */
export function dotKey(dot: Dot): string {
  return `${dot.origin}:${dot.seq}`;
}

/** Whether both name the same update. */
export function isSameDot(a: Dot, b: Dot): boolean {
  return a.seq === b.seq && a.origin === b.origin;
}
