import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { encodeContext } from "../../data/version-tree/version-context.ts";

/** What somebody has seen of a key, none of which changes any more. */
export interface SeenOfKey {
  readonly context: ReadonlyDotSet;
  /** What users call it. */
  readonly store: string;
  readonly key: string;
}

const SEEN = Symbol("seen");

/** One for all, for objects with the same properties share how they are laid out. */
const property = {
  enumerable: true,
  get(this: { readonly [SEEN]: SeenOfKey }): string {
    const { context, key, store } = this[SEEN];
    return encodeContext(context, store, key);
  },
};

/**
 * Gives `answer` its `context`: what it has seen, as a token. Every write has several such answers
 * and most tokens are never looked at, so each is made when it is asked for. To copies, comparisons
 * and JSON it is a property of the answer as any other.
 */
export function giveContext(
  answer: object,
  seen: SeenOfKey,
): asserts answer is { readonly context: string } {
  Object.defineProperty(answer, SEEN, { value: seen });
  Object.defineProperty(answer, "context", property);
}
