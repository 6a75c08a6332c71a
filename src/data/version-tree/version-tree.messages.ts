import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Surviving } from "../state-file.ts";

/** One write of one key: a value, or a tombstone, and all that its author had seen of the key. */
export interface VersionUpdate {
  readonly key: string;
  /** undefined: the key was deleted. */
  readonly value: Uint8Array | undefined;
  /** When its author wrote it: to be shown, and for `lww`; never for causality. */
  readonly stamp: HybridTime;
  /** What it supersedes. With every write it holds what that one had superseded. */
  readonly parents: ReadonlyDotSet;
  /**
   * One more than its origin's last write of this key before. From here to its own number its
   * origin wrote this key once; so the contexts of a key are without holes.
   */
  readonly first: number;
  /** Its own dot, where it travels in the place of a write that it has superseded. */
  readonly writtenAs?: Dot;
}

/** A write that nothing has superseded here. */
export type Version = Surviving<VersionUpdate>;
