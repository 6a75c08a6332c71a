import type { DotSet, ReadonlyDotSet } from "../../core/dot-set.ts";
import { decodeDotSet, writeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteWriter } from "../../core/varint.ts";
import { openToken, sealToken } from "./sealed-token.ts";

/** One for all, for there is a token with every write. */
const scratch = new ByteWriter(256);

/**
 * An opaque token for clients: base64url of a context, sealed for its store and key. The same
 * numbers mean other writes for another key, so a token of one is no token of the other.
 */
export function encodeContext(context: ReadonlyDotSet, store: string, key: string): string {
  scratch.clear();
  writeDotSet(scratch, context);
  return sealToken(scratch.view(), nameOf(store, key));
}

/** undefined when `token` is no context of that key of that store, or not as it was given out. */
export function decodeContext(token: string, store: string, key: string): DotSet | undefined {
  const bytes = openToken(token, nameOf(store, key));
  return bytes && decodeDotSet(bytes);
}

function nameOf(store: string, key: string): readonly string[] {
  return [`${store.length} ${store}`, key];
}
