import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { decodeDotSet, encodeDotSet } from "../../core/dot-set-bytes.ts";
import { openToken, sealToken } from "./sealed-token.ts";
import type { Version } from "./version-tree.messages.ts";

/*
 * A context is what somebody has seen of one key: a set of dots, whose runs from 1 are the version
 * vector and whose other runs are the dot cloud; a `DotSet` is always in its normal form.
 *
 * Departs from [spec state transfer §4]: dots are numbered for the whole store, as DESIGN section 2
 * has it, and not for each key. Each write therefore stands in contexts for all numbers since its
 * origin's last write of the same key: among them it is the only one of this key, so contexts say
 * the same as with numbers of their own, and stay as short.
 */

/** All that the author of `version` has seen of the key, that write included. */
export function historyOf({ dot, update }: Version): DotSet {
  const history = update.parents.clone();
  history.addRange(dot.origin, update.first, dot.seq);
  return history;
}

/** What whoever has read all of `versions` has seen. */
export function contextOf(versions: Iterable<Version>): DotSet {
  const context = new DotSet();
  for (const { dot, update } of versions) {
    context.addAll(update.parents);
    context.addRange(dot.origin, update.first, dot.seq);
  }
  return context;
}

/**
 * An opaque token for clients: base64url of a context, sealed for its store and key. The same
 * numbers mean other writes for another key, so a token of one is no token of the other.
 */
export function encodeContext(context: ReadonlyDotSet, store: string, key: string): string {
  return sealToken(encodeDotSet(context), nameOf(store, key));
}

/** undefined when `token` is no context of that key of that store, or not as it was given out. */
export function decodeContext(token: string, store: string, key: string): DotSet | undefined {
  const bytes = openToken(token, nameOf(store, key));
  return bytes && decodeDotSet(bytes);
}

function nameOf(store: string, key: string): string {
  return `${store.length} ${store}${key}`;
}
