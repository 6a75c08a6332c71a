import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { VersionRead, VersionRequest, VersionWrite } from "./version-tree.contract.ts";
import type { VersionTree } from "./version-tree.ts";

/** Keys of which a session knows what it has read and written. [spec §6] */
const KEYS_MAX_COUNT = 10_000;
/** Ranges of what it knows of all others together; then it asks for whatever lies between. */
const FRONTIER_RANGES_MAX_COUNT = 1_024;

/** What a session may ask of a replica; it asks for all of it unless told otherwise. */
export type SessionGuarantee = "monotonic-reads" | "read-your-writes" | "writes-follow-reads";

/** This replica has not yet seen what the session has: wait for gossip, or ask another replica. */
export interface Behind {
  readonly status: "behind";
  readonly missing: ReadonlyDotSet;
}

export type SessionRead = ({ readonly status: "ok" } & VersionRead) | Behind;

/** What a session knows of a key. */
export interface SeenOfKey {
  readonly read: ReadonlyDotSet;
  readonly written: ReadonlyDotSet;
}

/** All that a session knows, to be taken elsewhere. */
export interface SessionState {
  readonly guarantees: readonly SessionGuarantee[];
  readonly frontier: ReadonlyDotSet;
  /** The key used longest ago first. */
  readonly keys: readonly (readonly [key: string, seen: SeenOfKey])[];
}

/** All that a replica can promise a session. */
export const sessionGuarantees: readonly SessionGuarantee[] = [
  "monotonic-reads",
  "read-your-writes",
  "writes-follow-reads",
];

const nothing: ReadonlyDotSet = new DotSet().freeze();

/**
 * One client's clock, which it takes from replica to replica: it reads nothing older than what it
 * has read, reads its own writes, and its writes replace what it has read. What it knows of the
 * keys used longest ago becomes one frontier for all of them: safe, but stricter, for a replica
 * must then have seen all of it. [Terry 1994, session guarantees; spec state transfer §6]
 */
export class Session {
  private readonly guarantees: ReadonlySet<SessionGuarantee>;
  private readonly byKey: BoundedMap<string, SeenOfKey>;
  private frontier = new DotSet();

  constructor(
    guarantees: readonly SessionGuarantee[] = sessionGuarantees,
    keysMaxCount = KEYS_MAX_COUNT,
  ) {
    this.guarantees = new Set(guarantees);
    this.byKey = new BoundedMap(keysMaxCount);
  }

  /** The session that went away as `state`, with what this one may know of single keys. */
  static restore({ frontier, guarantees, keys }: SessionState, keysMaxCount?: number): Session {
    const session = new Session(guarantees, keysMaxCount);
    session.frontier = frontier.clone();
    for (const [key, seen] of keys) session.note(key, seen);
    return session;
  }

  state(): SessionState {
    const { byKey, frontier } = this;
    return { guarantees: [...this.guarantees], frontier: frontier.clone(), keys: [...byKey] };
  }

  /** What was read and written of a key does not count any more, as when nobody has it. */
  forget(key: string): void {
    this.byKey.delete(key);
  }

  /** Keys of which it knows more than the frontier. */
  get keysCount(): number {
    return this.byKey.size;
  }

  read(tree: VersionTree, key: string): SessionRead {
    const missing = tree.missing(key, this.needed(key));
    if (!missing.isEmpty) return { status: "behind", missing };
    const read = tree.read(key);
    this.note(key, { read: read.context, written: nothing });
    return { status: "ok", ...read };
  }

  /** @throws HearsayError as `VersionTree.put` */
  put(
    tree: VersionTree,
    key: string,
    value: Uint8Array,
    request: VersionRequest = {},
  ): VersionWrite | Behind {
    return this.write(tree, key, (all) => tree.put(key, value, { ...request, ...all(request) }));
  }

  /** @throws HearsayError as `VersionTree.delete` */
  delete(tree: VersionTree, key: string, request: VersionRequest = {}): VersionWrite | Behind {
    return this.write(tree, key, (all) => tree.delete(key, { ...request, ...all(request) }));
  }

  private write(
    tree: VersionTree,
    key: string,
    send: (all: (request: VersionRequest) => { context: DotSet }) => VersionWrite,
  ): VersionWrite | Behind {
    const isFollowing = this.guarantees.has("writes-follow-reads");
    // What the frontier knows of a key cannot be told apart: the replica must have seen it all.
    const missing = isFollowing ? tree.missing(key, this.frontier) : new DotSet();
    if (!missing.isEmpty) return { status: "behind", missing };
    const seen = this.byKey.get(key);
    const own = isFollowing && seen !== undefined ? seen.read.union(seen.written) : nothing;
    const write = send(({ context }) => ({ context: own.union(context ?? nothing) }));
    const { context } = write;
    if (write.status === "ok") this.note(key, { read: nothing, written: context });
    else this.note(key, { read: context, written: nothing });
    return write;
  }

  private needed(key: string): DotSet {
    const seen = this.byKey.get(key);
    const needed = this.guarantees.has("monotonic-reads") ? this.frontier.clone() : new DotSet();
    if (this.guarantees.has("read-your-writes")) {
      needed.addAll(this.frontier);
      needed.addAll(seen?.written ?? nothing);
    }
    if (this.guarantees.has("monotonic-reads")) needed.addAll(seen?.read ?? nothing);
    return needed;
  }

  private note(key: string, { read, written }: SeenOfKey): void {
    const seen = this.byKey.get(key);
    if (seen === undefined && this.byKey.size === this.byKey.capacity) this.collapseOldest();
    this.byKey.set(key, {
      read: read.union(seen?.read ?? nothing),
      written: written.union(seen?.written ?? nothing),
    });
  }

  private collapseOldest(): void {
    for (const [key, { read, written }] of this.byKey) {
      this.byKey.delete(key);
      this.frontier.addAll(read);
      this.frontier.addAll(written);
      break;
    }
    if (this.frontier.rangesCount > FRONTIER_RANGES_MAX_COUNT) closeGaps(this.frontier);
  }
}

/** Then a replica must have seen whatever lies between, too. */
export function closeGaps(frontier: DotSet): void {
  for (const origin of [...frontier.origins()]) frontier.addRange(origin, 1, frontier.last(origin));
}
