import type { Dot } from "../../core/dot.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Surviving } from "../state-file.ts";

/** One write of one key. Of two writes of a key the later stamp wins, and of equal ones the dot. */
export interface InfoUpdate {
  readonly key: string;
  /** When its author wrote it. */
  readonly stamp: HybridTime;
  /** Wall-clock milliseconds since the epoch from which on it is no more; undefined: for ever. */
  readonly expiresAtMs: number | undefined;
  /** undefined: the key was deleted, or its value has expired. */
  readonly value: Uint8Array | undefined;
  /** Its own dot, where it travels in the place of a write that it has superseded. */
  readonly writtenAs?: Dot;
}

/** A write that is held: the latest of its key. */
export type InfoEntry = Surviving<InfoUpdate>;
