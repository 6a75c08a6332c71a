import { memberOf } from "../../core/peer.ts";
import type { Version } from "../../data/version-tree/version-tree.messages.ts";
import type { Sibling } from "./versions.api.ts";

/** What users see of the values of a key; tombstones are no values. */
export function siblingsOf(
  versions: readonly Version[],
  read: (bytes: Uint8Array) => unknown,
): { readonly values: readonly unknown[]; readonly siblings: readonly Sibling[] } {
  const values: unknown[] = [];
  const siblings: Sibling[] = [];
  for (const { dot, update } of versions) {
    if (update.value === undefined) continue;
    const value = read(update.value);
    values.push(value);
    siblings.push({ value, from: memberOf(dot.origin), dot, clock: update.stamp });
  }
  return { values, siblings };
}
