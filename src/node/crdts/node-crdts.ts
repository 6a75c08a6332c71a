import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { VersionTreeOptions } from "../../data/version-tree/version-tree.options.ts";
import { checkText } from "../versions/checks.ts";
import { StoredValues } from "../versions/stored-values.ts";
import { VersionReplica, type VersionReplicaPorts } from "../versions/version-replica.ts";
import { CrdtStore } from "./crdt-store.ts";
import type { Crdts, SharedMap, SharedRegister, SharedValueOptions } from "./crdts.api.ts";
import { NodeCounter } from "./shared-counter.ts";
import { NodeMap } from "./shared-map.ts";
import { NodeRegister } from "./shared-register.ts";
import { NodeSet } from "./shared-set.ts";

/** Replicas that hold such data have it before their name. */
export const CRDTS_PREFIX = "crdts/";

type AnyValueOptions = SharedValueOptions<StandardSchemaV1 | undefined>;

/** One store of data that merges by itself, on this node. */
export class NodeCrdts implements Crdts {
  readonly name: string;
  readonly options: VersionTreeOptions;
  readonly replica: VersionReplica;
  private readonly store: CrdtStore;
  /** Of registers and maps, by how their keys begin. */
  private readonly forms = new Map<string, StoredValues>();

  constructor(ports: VersionReplicaPorts, name: string, options: VersionTreeOptions) {
    this.name = name;
    this.options = options;
    const called = `${CRDTS_PREFIX}${name}`;
    this.replica = new VersionReplica(ports, {
      name: called,
      options,
      isValid: (key, value) => this.isValid(key, value),
    });
    this.store = new CrdtStore({
      replica: this.replica,
      counts: () => ports.replicas.heldSince(called),
      onCallbackError: (where, error) => ports.onCallbackError(where, error),
    });
  }

  counter(name: string): NodeCounter {
    checkText("the name of a counter", name);
    return new NodeCounter(this.store, name, prefixOf("counter", name));
  }

  set(name: string): NodeSet {
    checkText("the name of a set", name);
    return new NodeSet(this.store, name, prefixOf("set", name));
  }

  register<S extends StandardSchemaV1>(
    name: string,
    options: SharedValueOptions<S> & { readonly schema: S },
  ): SharedRegister<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  register<V = unknown>(
    name: string,
    options?: SharedValueOptions<undefined>,
  ): SharedRegister<V, V>;
  register(name: string, options: AnyValueOptions = {}): unknown {
    checkText("the name of a register", name);
    const key = prefixOf("register", name);
    return new NodeRegister(this.store, { name, key, values: this.formOf(key, options) });
  }

  map<S extends StandardSchemaV1>(
    name: string,
    options: SharedValueOptions<S> & { readonly schema: S },
  ): SharedMap<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  map<V = unknown>(name: string, options?: SharedValueOptions<undefined>): SharedMap<V, V>;
  map(name: string, options: AnyValueOptions = {}): unknown {
    checkText("the name of a map", name);
    const prefix = prefixOf("map", name);
    return new NodeMap(this.store, { name, prefix, values: this.formOf(prefix, options) });
  }

  caughtUp(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    return this.replica.untilCaughtUp(options);
  }

  close(): void {
    this.store.close();
  }

  /** The first to say what values are like decides, until this node stops. */
  private formOf(prefix: string, options: AnyValueOptions): StoredValues {
    const values = new StoredValues(options);
    const known = this.forms.get(prefix);
    if (known?.isLike(values) === true) return known;
    if (known !== undefined) {
      const fix = "open it once and share it";
      const detail = `${prefix}of ${this.name} is open with another schema or codec; ${fix}`;
      throw new HearsayError("STORE_CONFLICT", detail);
    }
    const { keysMaxCount } = this.options;
    if (this.forms.size >= keysMaxCount) {
      const detail = `crdts ${this.name}: ${keysMaxCount} registers and maps are open here`;
      throw new HearsayError("STORE_FULL", detail);
    }
    this.forms.set(prefix, values);
    return values;
  }

  private isValid(key: string, value: Uint8Array): boolean {
    const values = this.forms.get(prefixIn(key) ?? "");
    return values === undefined || values.isReadable(value);
  }
}

/** No such beginning is the beginning of another one. */
function prefixOf(kind: string, name: string): string {
  return `${kind} ${name.length} ${name} `;
}

/** The beginning that `prefixOf` gave; undefined where it gave none. */
function prefixIn(key: string): string | undefined {
  const [head, length] = /^[a-z]+ (\d{1,6}) /.exec(key) ?? [];
  if (head === undefined || length === undefined) return undefined;
  return key.slice(0, head.length + Number(length) + 1);
}
