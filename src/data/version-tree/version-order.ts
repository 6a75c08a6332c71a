import { compareHybridTimes } from "../../core/hybrid-clock.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { Version } from "./version-tree.messages.ts";

/** By stamp, and equal ones by dot: the same order on every node, later writes last. */
export function compareVersions(a: Version, b: Version): number {
  return (
    compareHybridTimes(a.update.stamp, b.update.stamp) ||
    compareUtf8(a.dot.origin, b.dot.origin) ||
    a.dot.seq - b.dot.seq
  );
}
