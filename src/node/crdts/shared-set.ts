import { OrSet } from "../../data/version-tree/crdt/or-set.ts";
import type { WriteResult } from "../api.ts";
import { checkText } from "../versions/checks.ts";
import type { CrdtStore } from "./crdt-store.ts";
import type { SetNotice, SharedSet, WatchOnlyOptions } from "./crdts.api.ts";

export class NodeSet implements SharedSet {
  readonly name: string;
  private readonly store: CrdtStore;
  private readonly prefix: string;
  private readonly members: OrSet;

  constructor(store: CrdtStore, name: string, prefix: string) {
    this.name = name;
    this.store = store;
    this.prefix = prefix;
    this.members = new OrSet(store.tree, prefix);
  }

  get size(): number {
    return [...this.members.values()].length;
  }

  has(member: string): boolean {
    return this.members.has(member);
  }

  async add(member: string): Promise<WriteResult> {
    checkText("a member", member);
    return this.store.writeOne(() => this.members.add(member));
  }

  async delete(member: string): Promise<WriteResult | undefined> {
    checkText("a member", member);
    return this.store.write(() => this.members.delete(member));
  }

  /** Sorted. */
  [Symbol.iterator](): Iterator<string> {
    return [...this.members.values()].sort((a, b) => (a < b ? -1 : 1)).values();
  }

  watch(listener: (notice: SetNotice) => void, options?: WatchOnlyOptions): () => void {
    const known = new Set<string>();
    // A member that was added again is in as before.
    const tellNew = (member: string): void => {
      const isIn = this.has(member);
      if (isIn === known.has(member)) return;
      if (isIn) known.add(member);
      else known.delete(member);
      listener({ kind: isIn ? "add" : "delete", member });
    };
    const { prefix } = this;
    const what = `a watcher of set ${this.name}`;
    const told = (key: string): string => key.slice(prefix.length);
    const toldBy = { what, past: () => this, told, listener: tellNew };
    return this.store.watch((key) => key.startsWith(prefix), toldBy, options);
  }
}
