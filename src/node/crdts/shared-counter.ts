import { PnCounter } from "../../data/version-tree/crdt/pn-counter.ts";
import type { WriteResult } from "../api.ts";
import type { CrdtStore } from "./crdt-store.ts";
import type { SharedCounter, WatchOnlyOptions } from "./crdts.api.ts";

export class NodeCounter implements SharedCounter {
  readonly name: string;
  private readonly store: CrdtStore;
  private readonly key: string;
  private readonly counter: PnCounter;

  constructor(store: CrdtStore, name: string, key: string) {
    this.name = name;
    this.store = store;
    this.key = key;
    this.counter = new PnCounter(store.tree, key, store.counts);
  }

  get value(): number {
    return this.counter.value;
  }

  async add(amount: number): Promise<WriteResult> {
    return this.store.writeOne(() => this.counter.add(amount));
  }

  async increment(by = 1): Promise<WriteResult> {
    return this.add(by);
  }

  async decrement(by = 1): Promise<WriteResult> {
    return this.add(-by);
  }

  watch(listener: (value: number) => void, options?: WatchOnlyOptions): () => void {
    let last: number | undefined;
    const tellNew = (value: number): void => {
      if (value === last) return;
      last = value;
      listener(value);
    };
    const what = `a watcher of counter ${this.name}`;
    const told = (): number => this.value;
    const toldBy = { what, past: () => [this.value], told, listener: tellNew };
    return this.store.watch((key) => key === this.key, toldBy, options);
  }
}
