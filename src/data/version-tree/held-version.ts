import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import { FixedDots } from "../../core/fixed-dots.ts";
import type { Version, VersionUpdate } from "./version-tree.messages.ts";

/*
 * A context is what somebody has seen of one key: a set of dots, whose runs from 1 are the version
 * vector and whose other runs are the dot cloud; `FixedDots` is always in its normal form.
 *
 * Departs from [spec state transfer §4]: dots are numbered for the whole store, as DESIGN section 2
 * has it, and not for each key. Each write therefore stands in contexts for all numbers since its
 * origin's last write of the same key: among them it is the only one of this key, so contexts say
 * the same as with numbers of their own, and stay as short.
 */

/** A write that nothing has superseded here. */
export class HeldVersion implements Version {
  readonly dot: Dot;
  readonly update: VersionUpdate;
  /** The same text for all writes of the key, which then stands in memory once. */
  readonly key: string;
  /** Made when it is first asked for: most writes of others are never read here. */
  private whole: FixedDots | undefined;

  constructor(dot: Dot, update: VersionUpdate, key = update.key) {
    this.dot = dot;
    this.update = update;
    this.key = key;
    this.whole = undefined;
  }

  /** All that its author has seen of the key, that write included. */
  get history(): FixedDots {
    if (this.whole !== undefined) return this.whole;
    const { first, parents } = this.update;
    this.whole = FixedDots.from(parents).with(this.dot.origin, first, this.dot.seq);
    return this.whole;
  }
}

/** What whoever has read all of `versions` has seen. */
export function contextOf(versions: readonly HeldVersion[]): FixedDots {
  const [only] = versions;
  if (only === undefined) return FixedDots.none;
  if (versions.length === 1) return only.history;
  const context = new DotSet();
  for (const { history } of versions) context.addAll(history);
  return FixedDots.from(context);
}
