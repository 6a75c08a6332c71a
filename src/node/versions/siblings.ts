import { parseOrigin } from "../../core/peer.ts";
import type { Version } from "../../data/version-tree/version-tree.messages.ts";
import type { Sibling } from "./versions.api.ts";

/** What users see of the values of a key; tombstones are no values. */
export function siblingsOf(
  versions: readonly Version[],
  read: (bytes: Uint8Array) => unknown,
): { readonly values: readonly unknown[]; readonly siblings: readonly Sibling[] } {
  const siblings = versions.flatMap(({ dot, update }) => {
    if (update.value === undefined) return [];
    const from = parseOrigin(dot.origin)?.name ?? dot.origin;
    return [{ value: read(update.value), from, dot, clock: update.stamp }];
  });
  return { values: siblings.map(({ value }) => value), siblings };
}
