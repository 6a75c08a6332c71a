import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { Origin } from "../../core/peer.ts";
import { type Resolve, Resolver, type ResolverRule } from "../../data/version-tree/resolver.ts";
import { Session } from "../../data/version-tree/session.ts";
import type { VersionTreeOptions } from "../../data/version-tree/version-tree.options.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import type { Subscription } from "../api.ts";
import { errorText } from "../error-text.ts";
import { checkNames } from "../infos/checks.ts";
import { KeyPattern } from "../infos/key-pattern.ts";
import { KeyWatches } from "../key-watches.ts";
import type { QueueOptions } from "../topics/subscription.ts";
import { checkGuarantees, checkSession } from "./checks.ts";
import { historyOf } from "./key-history.ts";
import { giveContext } from "./own-context.ts";
import { siblingsOf } from "./siblings.ts";
import type { StoredValues } from "./stored-values.ts";
import { VersionReplica, type VersionReplicaPorts } from "./version-replica.ts";
import { NodeVersionSession } from "./version-session.ts";
import type {
  Guarantee,
  ResolveValues,
  VersionHistory,
  VersionNotice,
  VersionSession,
  Versions,
  VersionsOptions,
  VersionWatchOptions,
} from "./versions.api.ts";

/** Replicas that are version trees have it before their name. */
export const VERSIONS_PREFIX = "versions/";

export type ResolverChoice = Required<VersionsOptions<StandardSchemaV1 | undefined>>["resolvers"];

export interface NodeVersionsParts {
  readonly name: string;
  readonly options: VersionTreeOptions;
  readonly values: StoredValues;
  readonly resolvers: ResolverChoice;
}

/** One store of versions on this node. */
export class NodeVersions implements Versions {
  readonly name: string;
  readonly parts: NodeVersionsParts;
  readonly replica: VersionReplica;
  private readonly ports: VersionReplicaPorts;
  private readonly watches: KeyWatches<VersionNotice>;

  constructor(ports: VersionReplicaPorts, parts: NodeVersionsParts) {
    const { name, options, values } = parts;
    this.name = name;
    this.parts = parts;
    this.ports = ports;
    this.watches = new KeyWatches(ports, `versions ${name}`);
    this.replica = new VersionReplica(ports, {
      name: `${VERSIONS_PREFIX}${name}`,
      options,
      isValid: (_, value) => values.isReadable(value),
      resolver: (tree) => this.makeResolver(tree),
    });
    this.replica.onNews(({ update: { key } }) => this.watches.tell(key, () => this.notice(key)));
  }

  get size(): number {
    const { tree } = this.replica;
    let count = 0;
    for (const key of tree.keys()) if (tree.hasValue(key)) count += 1;
    return count;
  }

  session(
    options: { readonly token?: string; readonly guarantees?: readonly Guarantee[] } = {},
  ): VersionSession {
    checkNames("session", options, ["token", "guarantees"]);
    const { guarantees, token } = options;
    const { numbers } = this.ports;
    const { sessionKeysMaxCount, tokenMaxBytes } = numbers;
    const asked = guarantees && checkGuarantees(guarantees);
    const state = token === undefined ? undefined : checkSession(token, this.name, tokenMaxBytes);
    const session =
      state === undefined
        ? new Session(asked, sessionKeysMaxCount)
        : Session.restore({ ...state, ...(asked && { guarantees: asked }) }, sessionKeysMaxCount);
    const { name: store, replica } = this;
    const { peers } = this.ports.replicas;
    const own = {
      store,
      replica,
      numbers,
      values: this.parts.values,
      checkRunning: () => this.ports.checkRunning(),
      isFormer: (origin: Origin) => peers.isFormer(replica.name, origin),
    };
    return new NodeVersionSession(own, session);
  }

  keys(pattern = "*"): string[] {
    const wanted = new KeyPattern(pattern);
    const { tree } = this.replica;
    const keys = [...tree.keys()].filter((key) => wanted.matches(key) && tree.hasValue(key));
    return keys.sort(byText);
  }

  conflicts(): string[] {
    return [...this.replica.tree.splitKeys()].sort(byText);
  }

  watch(
    pattern: string,
    listener: (notice: VersionNotice<never>) => void,
    options?: VersionWatchOptions,
  ): () => void;
  watch(
    pattern: string,
    options?: VersionWatchOptions & Pick<QueueOptions, "queueMax" | "onFull">,
  ): Subscription<VersionNotice<never>>;
  watch(
    pattern: string,
    first:
      | ((notice: VersionNotice<never>) => void)
      | (VersionWatchOptions & Pick<QueueOptions, "queueMax" | "onFull">) = {},
    second: VersionWatchOptions = {},
  ): unknown {
    const past = (wanted: KeyPattern) => this.present(wanted);
    if (typeof first !== "function") {
      checkNames("watch", first, ["signal", "queueMax", "onFull"]);
      const { signal, ...queueOptions } = first;
      return this.watches.queue({ pattern, past, signal }, queueOptions);
    }
    checkNames("watch", second, ["signal"]);
    const listener = first as (notice: VersionNotice) => void;
    return this.watches.call({ pattern, past, signal: second.signal }, listener);
  }

  history(key: string): VersionHistory {
    const { name: store, parts, replica } = this;
    const history = historyOf(replica.tree, key, (bytes) => parts.values.readHeld(bytes, key));
    giveContext(history, { context: replica.tree.read(key).context, store, key });
    return history;
  }

  caughtUp(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    return this.replica.untilCaughtUp(options);
  }

  close(): void {
    this.replica.close();
    this.watches.close();
  }

  private *present(wanted: KeyPattern): Iterable<VersionNotice> {
    for (const key of this.keys()) {
      const notice = wanted.matches(key) ? this.notice(key) : undefined;
      if (notice !== undefined) yield notice;
    }
  }

  /** undefined, and counted, for what cannot be read with the schema and codec of this node. */
  private notice(key: string): VersionNotice | undefined {
    const { context, values } = this.replica.tree.read(key);
    try {
      const read = (bytes: Uint8Array) => this.parts.values.readHeld(bytes, key);
      const notice = { key, ...siblingsOf(values, read) };
      giveContext(notice, { context, store: this.name, key });
      return notice;
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      this.ports.count("versions.unreadable");
      return undefined;
    }
  }

  private makeResolver(tree: VersionTree): Resolver | undefined {
    const rules: ResolverRule[] = Object.entries(this.parts.resolvers).map(([prefix, rule]) => {
      return { prefix, resolve: typeof rule === "function" ? this.custom(rule) : rule };
    });
    if (rules.every(({ resolve }) => resolve === "manual")) return undefined;
    const isMine = () => this.ports.replicas.peers.isLowest(`${VERSIONS_PREFIX}${this.name}`);
    return new Resolver({ tree, isMine }, rules, this.parts.options);
  }

  /** A rule that throws leaves the conflict to whoever reads it. */
  private custom(rule: ResolveValues<unknown>): Resolve {
    const { values } = this.parts;
    return (key, versions) => {
      const what = `${this.name} ${JSON.stringify(key)}`;
      try {
        const read = (bytes: Uint8Array) => values.readHeld(bytes, what);
        const value = rule(key, siblingsOf(versions, read).values);
        return value === undefined ? undefined : values.write(value, what);
      } catch (error) {
        const where = `the resolver of versions ${this.name} for ${JSON.stringify(key)}`;
        this.ports.onCallbackError(`${where} (${errorText(error)})`, error);
        return "manual";
      }
    };
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
