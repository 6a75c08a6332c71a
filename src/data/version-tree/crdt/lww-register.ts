import type { Dot } from "../../../core/dot.ts";
import { latestOf } from "../resolver.ts";
import type { VersionTree } from "../version-tree.ts";

/**
 * One value under one key of a version tree; of several written at once the latest counts, by
 * hybrid time. Each write replaces all that is held here. [Shapiro 2011 §3.2.1]
 */
export class LwwRegister {
  private readonly tree: VersionTree;
  private readonly key: string;

  constructor(tree: VersionTree, key: string) {
    this.tree = tree;
    this.key = key;
  }

  /** undefined: never set, or cleared last. */
  get value(): Uint8Array | undefined {
    return latestOf(this.tree.headsOf(this.key))?.update.value;
  }

  /** @throws HearsayError as `VersionTree.put` */
  set(value: Uint8Array): Dot | undefined {
    return writeOver(this.tree, this.key, value);
  }

  /** @throws HearsayError as `VersionTree.put` */
  clear(): Dot | undefined {
    return writeOver(this.tree, this.key, undefined);
  }
}

/** A write that has seen all that is held: in no mode is it stale, or one value too many. */
export function writeOver(
  tree: VersionTree,
  key: string,
  value: Uint8Array | undefined,
): Dot | undefined {
  const { context } = tree.read(key);
  const write =
    value === undefined ? tree.delete(key, { context }) : tree.put(key, value, { context });
  return write.status === "ok" ? write.dot : undefined;
}
