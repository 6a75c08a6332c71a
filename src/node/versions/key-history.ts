import { memberOf } from "../../core/peer.ts";
import type { Version } from "../../data/version-tree/version-tree.messages.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import type { KnownVersion, SeenRun, VersionHistory } from "./versions.api.ts";

/** Replaced writes that are told of a key. [because: a page of them is what people look at] */
const REPLACED_MAX_COUNT = 64;
/** Runs that are told of what one writer had seen: the last ones by origin. */
const RUNS_MAX_COUNT = 1_024;

/** How a key came to what it is: its versions, and of what they have replaced the numbers. */
export function historyOf(
  tree: Pick<VersionTree, "headsOf" | "replacedOf">,
  key: string,
  read: (bytes: Uint8Array) => unknown,
): Omit<VersionHistory, "context"> {
  const replaced = [...tree.replacedOf(key)].slice(-REPLACED_MAX_COUNT);
  return { versions: tree.headsOf(key).map((version) => known(version, read)), replaced };
}

function known({ dot, update }: Version, read: (bytes: Uint8Array) => unknown): KnownVersion {
  const seen: SeenRun[] = [...update.parents.ranges()].slice(-RUNS_MAX_COUNT);
  const told = { from: memberOf(dot.origin), dot, clock: update.stamp, seen };
  return update.value === undefined ? told : { value: read(update.value), ...told };
}
