import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { SupersededDot } from "../superseded-dots.ts";

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
export interface Version {
  readonly dot: Dot;
  readonly update: VersionUpdate;
}

export type VersionRecord =
  | { readonly kind: "update"; readonly dot: Dot; readonly update: VersionUpdate }
  /** These dots were seen without an update: superseded or forgotten elsewhere. */
  | { readonly kind: "covered"; readonly dots: ReadonlyDotSet }
  /** All that came before is void. */
  | { readonly kind: "discarded" };

export interface VersionSnapshot {
  readonly seen: ReadonlyDotSet;
  readonly versions: readonly Version[];
  readonly superseded: readonly SupersededDot[];
}
