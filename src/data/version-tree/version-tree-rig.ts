import { DotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import { decodeUtf8 } from "../../core/text.ts";
import type { StateJournal } from "../state-file.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";
import { type VersionTreeOptions, versionTreeDefaults } from "./version-tree.options.ts";
import { VersionTree } from "./version-tree.ts";

export interface TreeRig {
  readonly tree: VersionTree;
  readonly counts: Map<string, number>;
  stable: DotSet;
  nowMs: number;
}

export function rig(
  origin: Origin,
  options: Partial<VersionTreeOptions> = {},
  journal?: StateJournal<VersionUpdate>,
): TreeRig {
  const counts = new Map<string, number>();
  const made = { stable: new DotSet(), nowMs: 1_000_000, counts };
  const tree = new VersionTree(
    {
      origin: () => origin,
      wallClock: () => made.nowMs,
      now: () => made.nowMs,
      afterStep: (body) => body(),
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      stable: () => made.stable,
      ...(journal === undefined ? {} : { journal }),
    },
    { ...versionTreeDefaults, conflict: "reject-stale", ...options },
  );
  return Object.assign(made, { tree });
}

export function dots(...names: readonly (readonly [Origin, number])[]): DotSet {
  return DotSet.of(...names.map(([origin, seq]) => ({ origin, seq })));
}

/** All of one to the other, as an exchange brings it. */
export function send(from: VersionTree, to: VersionTree, budgetBytes = 2 ** 40): boolean {
  const theirs = to.seen.clone();
  const delta = from.collect(from.seen.difference(theirs), theirs, budgetBytes);
  let isDeferred = false;
  for (const [dot, update] of delta.updates) {
    if (to.apply(dot, update) === "deferred") isDeferred = true;
  }
  if (!isDeferred) to.cover(delta.covers, delta.forgotten);
  return delta.more;
}

/** The heads of a key, as text. */
export function headsText(tree: VersionTree, key: string): string {
  const values = tree.headsOf(key).map(({ update }) => update.value && decodeUtf8(update.value));
  return values
    .map((value) => value ?? "gone")
    .sort()
    .join(",");
}

/** All that is held, as text. */
export function stateText(tree: VersionTree): string {
  const lines = [...tree.versions()].map(({ dot, update }) => {
    return `${update.key} ${dot.origin} ${dot.seq} ${update.value?.join() ?? "gone"}`;
  });
  return lines.sort().join("\n");
}
