import type { Dot } from "../../../core/dot.ts";
import { latestOf } from "../resolver.ts";
import type { VersionTree } from "../version-tree.ts";
import { writeOver } from "./lww-register.ts";

/**
 * The keys of a version tree that begin with a prefix, as a map: a deletion takes what its author
 * had seen, and what was set meanwhile stays. [Shapiro 2011 §3.3.5, observed-remove]
 */
export class OrMap {
  private readonly tree: VersionTree;
  private readonly prefix: string;

  constructor(tree: VersionTree, prefix: string) {
    this.tree = tree;
    this.prefix = prefix;
  }

  /** The latest of its values, by hybrid time; undefined when there is none. */
  get(name: string): Uint8Array | undefined {
    return latestOf(this.tree.read(this.prefix + name).values)?.update.value;
  }

  /** All values that were set without seeing each other, in no order. */
  getAll(name: string): readonly Uint8Array[] {
    const { values } = this.tree.read(this.prefix + name);
    return values.flatMap(({ update }) => (update.value === undefined ? [] : [update.value]));
  }

  has(name: string): boolean {
    return this.tree.read(this.prefix + name).values.length > 0;
  }

  /** @throws HearsayError as `VersionTree.put` */
  set(name: string, value: Uint8Array): Dot | undefined {
    return writeOver(this.tree, this.prefix + name, value);
  }

  /** undefined when there was nothing to delete. @throws HearsayError as `VersionTree.put` */
  delete(name: string): Dot | undefined {
    return this.has(name) ? writeOver(this.tree, this.prefix + name, undefined) : undefined;
  }

  /** Looks through all keys of the tree. */
  *names(): IterableIterator<string> {
    for (const key of this.tree.keys()) {
      if (!key.startsWith(this.prefix)) continue;
      const name = key.slice(this.prefix.length);
      if (this.has(name)) yield name;
    }
  }
}
