import type {
  KeyRange,
  StoreAnswer,
  StoreChange,
  StoreCommit,
  StoreFound,
  StoreItem,
  StoreRequest,
} from "../../orderer/store.messages.ts";

interface Kept extends StoreItem {
  readonly lease: string | undefined;
}

/** etcd's own bounds. */
const OPERATIONS_MAX_COUNT = 128;
const REQUEST_MAX_BYTES = 1.5 * 1024 * 1024;

/** What etcd's store does, one request at a time: keys, revisions, leases and a past. */
export class SimulatedStore {
  revision = 1;
  /** What happened at this revision and before is forgotten. */
  compactedAt = 0;
  onChanges: (changes: readonly StoreChange[]) => void = () => {};
  private readonly kept = new Map<string, Kept>();
  private past: { readonly revision: number; readonly changes: readonly StoreChange[] }[] = [];
  private readonly leases = new Map<string, { ttlMs: number; untilMs: number }>();
  private lastLease = 0;

  answer(request: StoreRequest, nowMs: number): StoreAnswer {
    const { revision } = this;
    if (request.kind === "commit") return this.commit(request);
    if (request.kind === "look") {
      return { kind: "looked", revision, found: request.reads.map((range) => this.find(range)) };
    }
    if (request.kind === "forgetPast") {
      this.forgetPast(request.revision);
      return { kind: "done" };
    }
    return this.answerLease(request, nowMs);
  }

  forgetPast(revision: number): void {
    this.compactedAt = Math.max(this.compactedAt, Math.min(revision, this.revision));
    this.past = this.past.filter((one) => one.revision > this.compactedAt);
  }

  /** What happened from `revision` on; undefined when it is forgotten. */
  since(revision: number): readonly StoreChange[] | undefined {
    if (revision <= this.compactedAt) return undefined;
    return this.past.flatMap((one) => (one.revision >= revision ? one.changes : []));
  }

  /** Keys of leases that are over go. */
  expire(nowMs: number): void {
    for (const [lease, { untilMs }] of this.leases) if (untilMs <= nowMs) this.endLease(lease);
  }

  /** As somebody may who uses the store by other means. */
  putForeign(key: string, value: Uint8Array): void {
    this.write([{ kind: "put", key, value }]);
  }

  deleteForeign(from: string, to: string): void {
    this.write([{ kind: "delete", from, to }]);
  }

  keys(): string[] {
    return [...this.kept.keys()].sort();
  }

  private answerLease(
    request: Extract<StoreRequest, { kind: "grant" | "keepAlive" | "revoke" }>,
    nowMs: number,
  ): StoreAnswer {
    if (request.kind === "grant") {
      this.lastLease += 1;
      const lease = `lease ${this.lastLease}`;
      const ttlMs = Math.max(2_000, Math.ceil(request.ttlMs / 1_000) * 1_000);
      this.leases.set(lease, { ttlMs, untilMs: nowMs + ttlMs });
      return { kind: "leased", lease, ttlMs };
    }
    const { lease } = request;
    if (request.kind === "revoke") {
      this.endLease(lease);
      return { kind: "done" };
    }
    const found = this.leases.get(lease);
    if (found === undefined) return { kind: "leased", lease, ttlMs: 0 };
    found.untilMs = nowMs + found.ttlMs;
    return { kind: "leased", lease, ttlMs: found.ttlMs };
  }

  private endLease(lease: string): void {
    if (!this.leases.delete(lease)) return;
    const keys = [...this.kept.values()].filter((item) => item.lease === lease);
    this.write(keys.map(({ key }) => ({ kind: "delete", from: key })));
  }

  private commit({ compares, reads, writes }: StoreCommit): StoreAnswer {
    const wrong = this.whatIsWrong({ compares, reads, writes });
    if (wrong !== undefined) return wrong;
    const isDone = compares.every(({ key, of, revision }) => {
      const found = this.kept.get(key);
      return ((of === "created" ? found?.createdAt : found?.modifiedAt) ?? 0) === revision;
    });
    if (isDone) this.write(writes);
    const found = isDone ? [] : reads.map((range) => this.find(range));
    return { kind: "committed", revision: this.revision, isDone, found };
  }

  private whatIsWrong({ compares, reads, writes }: StoreCommit): StoreAnswer | undefined {
    const failed = (reason: "denied" | "tooLarge", detail: string) =>
      ({ kind: "failed", reason, detail }) as const;
    const longest = Math.max(compares.length, reads.length, writes.length);
    if (longest > OPERATIONS_MAX_COUNT) return failed("tooLarge", "too many operations");
    const puts = writes.filter((write) => write.kind === "put");
    const bytes = puts.reduce((sum, { value }) => sum + value.length, 0);
    if (bytes > REQUEST_MAX_BYTES) return failed("tooLarge", "request is too large");
    const keys = puts.map(({ key }) => key);
    const isTwice = keys.some(
      (key, index) =>
        keys.indexOf(key) !== index ||
        writes.some((write) => write.kind === "delete" && isIn(key, write)),
    );
    if (isTwice) return failed("denied", "duplicate key given in txn request");
    const hasNoLease = puts.some(({ lease }) => lease !== undefined && !this.leases.has(lease));
    return hasNoLease ? failed("denied", "requested lease not found") : undefined;
  }

  private write(writes: StoreCommit["writes"]): void {
    const revision = this.revision + 1;
    const changes: StoreChange[] = [];
    for (const write of writes) {
      if (write.kind === "put") {
        const { key, lease, value } = write;
        const createdAt = this.kept.get(key)?.createdAt ?? revision;
        const item = { key, value, createdAt, modifiedAt: revision };
        this.kept.set(key, { ...item, lease });
        changes.push({ kind: "put", item });
        continue;
      }
      for (const key of this.keys().filter((one) => isIn(one, write))) {
        this.kept.delete(key);
        changes.push({ kind: "delete", key, revision });
      }
    }
    if (changes.length === 0) return;
    this.revision = revision;
    this.past.push({ revision, changes });
    this.onChanges(changes);
  }

  private find({ from, limitCount, to }: KeyRange): StoreFound {
    const keys = this.keys().filter((key) => isIn(key, to === undefined ? { from } : { from, to }));
    const taken = limitCount === 0 ? keys : keys.slice(0, limitCount);
    const items = taken.flatMap((key) => {
      const found = this.kept.get(key);
      if (found === undefined) return [];
      const { createdAt, modifiedAt, value } = found;
      return [{ key, value, createdAt, modifiedAt }];
    });
    return { items, hasMore: taken.length < keys.length };
  }
}

function isIn(key: string, { from, to }: { readonly from: string; readonly to?: string }): boolean {
  return to === undefined ? key === from : key >= from && key < to;
}
