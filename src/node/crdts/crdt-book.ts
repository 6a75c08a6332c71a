import { HearsayError } from "../../core/errors.ts";
import type { VersionTreeOptions } from "../../data/version-tree/version-tree.options.ts";
import { checkStoreName } from "../versions/checks.ts";
import { treeOptions, type VersionBookPorts } from "../versions/version-book.ts";
import type { VersionReplica } from "../versions/version-replica.ts";
import type { CrdtsOptions } from "./crdts.api.ts";
import { NodeCrdts } from "./node-crdts.ts";

/** The stores of data that merges by itself that are open on a node. */
export class CrdtBook {
  private readonly ports: VersionBookPorts;
  private readonly stores = new Map<string, NodeCrdts>();

  constructor(ports: VersionBookPorts) {
    this.ports = ports;
  }

  /**
   * Takes part in the store from now on. Without options: as it is open already.
   * @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, STORE_FULL, NODE_STOPPED
   */
  open(name: string, options?: CrdtsOptions): NodeCrdts {
    this.ports.checkRunning();
    const known = this.stores.get(checkStoreName(name));
    if (known !== undefined && options === undefined) return known;
    // What was written at once is merged, never refused.
    const given = { ...options, conflict: "siblings" };
    const bounds = treeOptions(given, this.ports.valueMaxBytes);
    if (known !== undefined) return checkSame(known, bounds);
    const { storesMaxCount } = this.ports.numbers;
    if (this.stores.size >= storesMaxCount) {
      const detail = `${storesMaxCount} stores of CRDTs are open on this node; put more in each`;
      throw new HearsayError("STORE_FULL", detail);
    }
    const store = new NodeCrdts(this.ports, name, bounds);
    this.stores.set(name, store);
    return store;
  }

  get replicas(): readonly VersionReplica[] {
    return [...this.stores.values()].map(({ replica }) => replica);
  }

  close(): void {
    for (const store of this.stores.values()) store.close();
  }
}

function checkSame(known: NodeCrdts, bounds: VersionTreeOptions): NodeCrdts {
  const former = new Map<string, unknown>(Object.entries(known.options));
  const given: readonly [string, unknown][] = Object.entries(bounds);
  if (given.every(([name, value]) => former.get(name) === value)) return known;
  const detail = `crdts ${known.name} is open with other numbers; open it once and share it`;
  throw new HearsayError("STORE_CONFLICT", detail);
}
