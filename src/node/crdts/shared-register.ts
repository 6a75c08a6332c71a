import { LwwRegister } from "../../data/version-tree/crdt/lww-register.ts";
import type { WriteResult } from "../api.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { CrdtStore } from "./crdt-store.ts";
import type { SharedRegister, WatchOnlyOptions } from "./crdts.api.ts";

export class NodeRegister implements SharedRegister {
  readonly name: string;
  private readonly store: CrdtStore;
  private readonly key: string;
  private readonly values: StoredValues;
  private readonly register: LwwRegister;

  constructor(store: CrdtStore, { key, name, values }: RegisterParts) {
    this.name = name;
    this.store = store;
    this.key = key;
    this.values = values;
    this.register = new LwwRegister(store.tree, key);
  }

  get value(): unknown {
    const bytes = this.register.value;
    return bytes && this.values.readHeld(bytes, `register ${this.name}`);
  }

  async set(value: unknown): Promise<WriteResult> {
    const bytes = this.values.write(value, `register ${this.name}`);
    return this.store.writeOne(() => this.register.set(bytes));
  }

  async clear(): Promise<WriteResult | undefined> {
    return this.store.write(() => this.register.clear());
  }

  watch(listener: (value: never) => void, options?: WatchOnlyOptions): () => void {
    const tell = listener as (value: unknown) => void;
    const what = `a watcher of register ${this.name}`;
    const now = (): unknown => this.value;
    const toldBy = { what, past: () => [now()], told: now, listener: tell };
    return this.store.watch((key) => key === this.key, toldBy, options);
  }
}

export interface RegisterParts {
  readonly name: string;
  readonly key: string;
  readonly values: StoredValues;
}
