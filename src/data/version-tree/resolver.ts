import { compareVersions } from "./version-order.ts";
import type { Version } from "./version-tree.messages.ts";
import type { VersionTreeOptions } from "./version-tree.options.ts";
import type { VersionTree } from "./version-tree.ts";

/** What several values become: a value, undefined to delete the key, or "manual": as they are. */
export type Resolve = (
  key: string,
  versions: readonly Version[],
) => Uint8Array | undefined | "manual";

/** Who ends the conflicts of keys that begin with `prefix`; "manual": whoever reads them. */
export interface ResolverRule {
  readonly prefix: string;
  readonly resolve: "manual" | "lww" | Resolve;
}

export interface ResolverWiring {
  readonly tree: VersionTree;
  /** Whether this node is the one to write: of all living ones it has the lowest name. */
  readonly isMine: () => boolean;
}

/**
 * Ends conflicts by a write with the context of all that it replaces. Only one node does it, and
 * never while merging: each node's own result would be a conflict again, without end. [spec §4]
 *
 * Departs from [spec state transfer §4]: a custom rule gets no common ancestor, for obsolete
 * writes are not kept.
 */
export class Resolver {
  private readonly wiring: ResolverWiring;
  private readonly rules: readonly ResolverRule[];
  private readonly options: VersionTreeOptions;
  /** Conflicts that a rule has left to whoever reads them, by their heads. */
  private readonly left = new WeakSet<readonly Version[]>();

  /** Of several rules the one with the longest prefix is meant. */
  constructor(wiring: ResolverWiring, rules: readonly ResolverRule[], options: VersionTreeOptions) {
    this.wiring = wiring;
    this.rules = [...rules].sort((a, b) => b.prefix.length - a.prefix.length);
    this.options = options;
  }

  /** Ends conflicts that are there now, so many at the most. @returns how many. */
  resolve(): number {
    const { isMine, tree } = this.wiring;
    if (!isMine()) return 0;
    const due: [string, Resolve][] = [];
    for (const key of tree.splitKeys()) {
      const resolve = this.left.has(tree.headsOf(key)) ? undefined : this.ruleOf(key);
      if (resolve !== undefined) due.push([key, resolve]);
      if (due.length >= this.options.resolveMaxCount) break;
    }
    for (const [key, resolve] of due) {
      const { context } = tree.read(key);
      const value = resolve(key, tree.headsOf(key));
      if (value === "manual") this.left.add(tree.headsOf(key));
      else if (value === undefined) tree.delete(key, { context });
      else tree.put(key, value, { context });
    }
    return due.length;
  }

  private ruleOf(key: string): Resolve | undefined {
    const rule = this.rules.find(({ prefix }) => key.startsWith(prefix));
    if (rule === undefined || rule.resolve === "manual") return undefined;
    return rule.resolve === "lww" ? latestValue : rule.resolve;
  }
}

const latestValue: Resolve = (_, versions) => latestOf(versions)?.update.value;

/** The last write: by its stamp, and of equal ones by its dot. undefined when there is none. */
export function latestOf(versions: readonly Version[]): Version | undefined {
  let latest: Version | undefined;
  for (const version of versions) {
    if (latest === undefined || compareVersions(version, latest) > 0) latest = version;
  }
  return latest;
}
