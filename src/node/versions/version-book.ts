import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import {
  type VersionTreeOptions,
  versionTreeDefaults,
} from "../../data/version-tree/version-tree.options.ts";
import { checkStoreName } from "./checks.ts";
import { NodeVersions, type ResolverChoice } from "./node-versions.ts";
import { StoredValues } from "./stored-values.ts";
import type { VersionReplica, VersionReplicaPorts } from "./version-replica.ts";
import type { OpenVersions, Versions, VersionsOptions } from "./versions.api.ts";

export interface VersionBookPorts extends VersionReplicaPorts {
  /** Largest value that exchanges carry. */
  readonly valueMaxBytes: number;
}

type AnyOptions = VersionsOptions<StandardSchemaV1 | undefined>;

/** The stores of versions that are open on a node. */
export class VersionBook {
  private readonly ports: VersionBookPorts;
  private readonly stores = new Map<string, NodeVersions>();

  /** The same as users type it. */
  readonly opener: OpenVersions;

  constructor(ports: VersionBookPorts) {
    this.ports = ports;
    this.opener = openerOf(this);
  }

  /**
   * Takes part in the store from now on. Without options: as it is open already.
   * @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, NODE_STOPPED
   */
  open(name: string, options?: AnyOptions): NodeVersions {
    this.ports.checkRunning();
    const known = this.stores.get(checkStoreName(name));
    if (known !== undefined && options === undefined) return known;
    const { codec, resolvers = {}, schema, ...numbers } = checkedOptions(options);
    const tree = treeOptions(numbers, this.ports.valueMaxBytes);
    const values = new StoredValues({ codec, schema });
    checkResolvers(resolvers);
    if (known === undefined) {
      this.checkRoom();
      const store = new NodeVersions(this.ports, { name, options: tree, values, resolvers });
      this.stores.set(name, store);
      return store;
    }
    const what = difference(known, { tree, values, resolvers });
    if (what === undefined) return known;
    const fix = "open it once and share it, or leave the options out";
    throw new HearsayError("STORE_CONFLICT", `versions ${name} is open with other ${what}; ${fix}`);
  }

  get replicas(): readonly VersionReplica[] {
    return [...this.stores.values()].map(({ replica }) => replica);
  }

  close(): void {
    for (const store of this.stores.values()) store.close();
  }

  private checkRoom(): void {
    const { storesMaxCount } = this.ports.numbers;
    if (this.stores.size < storesMaxCount) return;
    const fix = "put more keys in each instead";
    const detail = `${storesMaxCount} stores of versions are open on this node; ${fix}`;
    throw new HearsayError("STORE_FULL", detail);
  }
}

function openerOf(book: VersionBook): OpenVersions {
  function open<S extends StandardSchemaV1>(
    name: string,
    options: VersionsOptions<S, StandardSchemaV1.InferOutput<S>> & { readonly schema: S },
  ): Versions<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  function open<V = unknown>(name: string, options?: VersionsOptions<undefined, V>): Versions<V, V>;
  // What comes out has passed the schema, or is what this user says it is.
  function open(name: string, options?: AnyOptions): unknown {
    return book.open(name, options);
  }
  return open;
}

/** Of all of them together. */
export function versionMetrics(
  replicas: readonly VersionReplica[],
): Readonly<Record<string, number>> {
  const sum = (of: (replica: VersionReplica) => number): number =>
    replicas.reduce((total, replica) => total + of(replica), 0);
  if (replicas.length === 0) return {};
  return {
    "versions.stores": replicas.length,
    "versions.keys": sum(({ tree }) => tree.keysCount),
    "versions.held": sum(({ tree }) => tree.survivingCount),
    "versions.tombstones": sum(({ tree }) => tree.tombstonesCount),
    "versions.split": sum(({ tree }) => tree.splitCount),
    "versions.bytes": sum(({ tree }) => tree.heldBytes),
  };
}

/** @throws HearsayError CONFIG_OPTION */
export function treeOptions(given: object, carriedMaxBytes: number): VersionTreeOptions {
  const options = resolveOptions("versions", versionTreeDefaults, { ...given });
  for (const name of ["keysMaxCount", "keyMaxBytes", "siblingsMaxCount"] as const) {
    if (options[name] > 0) continue;
    throw new HearsayError("CONFIG_OPTION", `versions.${name} is 0, but must be 1 or more.`);
  }
  if (options.valueMaxBytes <= carriedMaxBytes) return options;
  const rule = `at most ${carriedMaxBytes}, or links.messageMaxBytes larger by as much`;
  throw new HearsayError("CONFIG_OPTION", `versions.valueMaxBytes must be ${rule}.`);
}

function checkedOptions(options: AnyOptions = {}): AnyOptions {
  if (typeof options === "object" && options !== null) return options;
  const detail = `versions takes an object of options, not ${String(options)}.`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

/** @throws HearsayError CONFIG_OPTION */
function checkResolvers(resolvers: unknown): void {
  const rule = 'an object by the beginning of keys: "manual", "lww" or a function';
  const isRule = (one: unknown): boolean =>
    one === "manual" || one === "lww" || typeof one === "function";
  const isObject = typeof resolvers === "object" && resolvers !== null;
  if (isObject && Object.values(resolvers).every(isRule)) return;
  throw new HearsayError("CONFIG_OPTION", `versions.resolvers must be ${rule}.`);
}

/** What differs; undefined when nothing does. */
function difference(
  { parts }: NodeVersions,
  given: {
    readonly tree: VersionTreeOptions;
    readonly values: StoredValues;
    readonly resolvers: ResolverChoice;
  },
): string | undefined {
  if (!parts.values.isLike(given.values)) return "schema or codec";
  const names = new Set([...Object.keys(parts.resolvers), ...Object.keys(given.resolvers)]);
  for (const name of names) {
    if (parts.resolvers[name] !== given.resolvers[name]) return "resolvers";
  }
  const numbers: readonly [string, unknown][] = Object.entries(given.tree);
  const known = new Map<string, unknown>(Object.entries(parts.options));
  return numbers.every(([name, value]) => known.get(name) === value) ? undefined : "numbers";
}
