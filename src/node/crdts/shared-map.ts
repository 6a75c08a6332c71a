import { OrMap } from "../../data/version-tree/crdt/or-map.ts";
import type { WriteResult } from "../api.ts";
import { checkText } from "../versions/checks.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { CrdtStore } from "./crdt-store.ts";
import type { MapNotice, SharedMap, WatchOnlyOptions } from "./crdts.api.ts";

export class NodeMap implements SharedMap {
  readonly name: string;
  private readonly store: CrdtStore;
  private readonly prefix: string;
  private readonly values: StoredValues;
  private readonly entries: OrMap;

  constructor(store: CrdtStore, { name, prefix, values }: MapParts) {
    this.name = name;
    this.store = store;
    this.prefix = prefix;
    this.values = values;
    this.entries = new OrMap(store.tree, prefix);
  }

  get size(): number {
    return [...this.entries.names()].length;
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  get(key: string): unknown {
    const bytes = this.entries.get(key);
    return bytes && this.read(key, bytes);
  }

  getAll(key: string): readonly unknown[] {
    return this.entries.getAll(key).map((bytes) => this.read(key, bytes));
  }

  async set(key: string, value: unknown): Promise<WriteResult> {
    checkText("a key", key);
    const bytes = this.values.write(value, this.called(key));
    return this.store.writeOne(() => this.entries.set(key, bytes));
  }

  async delete(key: string): Promise<WriteResult | undefined> {
    checkText("a key", key);
    return this.store.write(() => this.entries.delete(key));
  }

  /** Sorted. */
  keys(): string[] {
    return [...this.entries.names()].sort((a, b) => (a < b ? -1 : 1));
  }

  *[Symbol.iterator](): Iterator<[string, unknown]> {
    for (const key of this.keys()) yield [key, this.get(key)];
  }

  watch(listener: (notice: MapNotice<never>) => void, options?: WatchOnlyOptions): () => void {
    const tell = listener as (notice: MapNotice) => void;
    const past = (): MapNotice[] => [...this].map(([key, value]) => ({ key, value }));
    const { prefix } = this;
    const told = (whole: string): MapNotice => {
      const key = whole.slice(prefix.length);
      return { key, value: this.get(key) };
    };
    const toldBy = { what: `a watcher of map ${this.name}`, past, told, listener: tell };
    return this.store.watch((key) => key.startsWith(prefix), toldBy, options);
  }

  private read(key: string, bytes: Uint8Array): unknown {
    return this.values.readHeld(bytes, this.called(key));
  }

  private called(key: string): string {
    return `map ${this.name} ${JSON.stringify(key)}`;
  }
}

export interface MapParts {
  readonly name: string;
  readonly prefix: string;
  readonly values: StoredValues;
}
