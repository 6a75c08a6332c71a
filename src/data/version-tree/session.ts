import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { FixedDots } from "../../core/fixed-dots.ts";
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
    this.note(key, { read: read.context, written: FixedDots.none });
    return { status: "ok", ...read };
  }

  /** @throws HearsayError as `VersionTree.put` */
  put(
    tree: VersionTree,
    key: string,
    value: Uint8Array,
    request: VersionRequest = {},
  ): VersionWrite | Behind {
    return this.write(tree, key, request, (whole) => tree.put(key, value, whole));
  }

  /** @throws HearsayError as `VersionTree.delete` */
  delete(tree: VersionTree, key: string, request: VersionRequest = {}): VersionWrite | Behind {
    return this.write(tree, key, request, (whole) => tree.delete(key, whole));
  }

  private write(
    tree: VersionTree,
    key: string,
    { context, requestId }: VersionRequest,
    send: (whole: VersionRequest) => VersionWrite,
  ): VersionWrite | Behind {
    const isFollowing = this.guarantees.has("writes-follow-reads");
    if (isFollowing && !this.frontier.isEmpty) {
      // What the frontier knows of a key cannot be told apart: the replica must have seen it all.
      const missing = tree.missing(key, this.frontier);
      if (!missing.isEmpty) return { status: "behind", missing };
    }
    const seen = isFollowing ? this.byKey.peek(key) : undefined;
    const own = seen === undefined ? FixedDots.none : join(seen.read, seen.written);
    const all = context === undefined ? own : join(own, context);
    const write = send(requestId === undefined ? { context: all } : { context: all, requestId });
    if (write.status === "ok") this.note(key, { read: FixedDots.none, written: write.context });
    else this.note(key, { read: write.context, written: FixedDots.none });
    return write;
  }

  private needed(key: string): ReadonlyDotSet {
    const isMonotonic = this.guarantees.has("monotonic-reads");
    const isOwnRead = this.guarantees.has("read-your-writes");
    const seen = this.byKey.peek(key);
    const read = isMonotonic && seen !== undefined ? seen.read : FixedDots.none;
    const written = isOwnRead && seen !== undefined ? seen.written : FixedDots.none;
    const ofKey = join(written, read);
    const hasFrontier = (isMonotonic || isOwnRead) && !this.frontier.isEmpty;
    return hasFrontier ? this.frontier.union(ofKey) : ofKey;
  }

  private note(key: string, { read, written }: SeenOfKey): void {
    const seen = this.byKey.peek(key);
    if (seen === undefined && this.byKey.size === this.byKey.capacity) this.collapseOldest();
    this.byKey.set(key, {
      read: join(read, seen?.read ?? FixedDots.none),
      written: join(written, seen?.written ?? FixedDots.none),
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

function join(one: ReadonlyDotSet, other: ReadonlyDotSet): FixedDots {
  return FixedDots.from(one).joinedWith(FixedDots.from(other));
}
