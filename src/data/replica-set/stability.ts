import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";

interface Report {
  readonly hash: number;
  /** Shared between all who have seen the same, and so not to be changed. */
  readonly seen: ReadonlyDotSet;
}

/** The last answer, and to what. */
interface Answer {
  readonly ownHash: number;
  readonly others: readonly Origin[];
  readonly stable: ReadonlyDotSet;
}

/**
 * What each origin of a replica set is known to have seen, and so what all of them have: *stable*.
 * An origin of which nothing was heard yet has seen nothing, as far as this goes. None of it
 * outlives the process: what is stable is found out anew.
 */
export class Stability {
  private readonly byReplica = new Map<string, Map<Origin, Report>>();
  /** The last sets that were the same as this node's own, so that many peers share one copy. */
  private readonly copies = new Map<string, Report>();

  /** For a delta it is asked hundreds of times, and each answer looks at all of every report. */
  private readonly answers = new Map<string, Answer>();

  /** `origin` has seen all of `seen`, and perhaps more. */
  note(replica: string, origin: Origin, seen: ReadonlyDotSet): void {
    let reports = this.byReplica.get(replica);
    if (reports === undefined) {
      reports = new Map();
      this.byReplica.set(replica, reports);
    }
    const before = reports.get(origin);
    const hash = seen.hash();
    if (before?.hash === hash || before?.seen.contains(seen) === true) return;
    this.answers.delete(replica);
    if (before === undefined || seen.contains(before.seen)) {
      reports.set(origin, this.copyOf(replica, seen, hash));
      return;
    }
    const all = before.seen.union(seen);
    reports.set(origin, { hash: all.hash(), seen: all });
  }

  /** What `origin` was heard to have seen; undefined before anything was. */
  seenBy(replica: string, origin: Origin): ReadonlyDotSet | undefined {
    return this.byReplica.get(replica)?.get(origin)?.seen;
  }

  /** Of what this node has seen, all that each of `others` has seen too. */
  stable(replica: string, own: ReadonlyDotSet, others: readonly Origin[]): ReadonlyDotSet {
    const ownHash = own.hash();
    const answer = this.answers.get(replica);
    if (answer?.ownHash === ownHash && isSame(answer.others, others)) return answer.stable;
    const stable = this.find(replica, own, others).freeze();
    this.answers.set(replica, { ownHash, others: [...others], stable });
    return stable;
  }

  /** False when one of `others` is known to have seen what this node has not. */
  isCaughtUp(replica: string, own: ReadonlyDotSet, others: readonly Origin[]): boolean {
    const reports = this.byReplica.get(replica);
    return others.every((origin) => {
      const report = reports?.get(origin);
      return report === undefined || report.hash === own.hash() || own.contains(report.seen);
    });
  }

  /** Forgets what was heard of others than `origins`. */
  keepOnly(replica: string, origins: readonly Origin[]): void {
    const reports = this.byReplica.get(replica);
    if (reports === undefined) return;
    const kept = new Set(origins);
    for (const origin of reports.keys()) {
      if (kept.has(origin)) continue;
      reports.delete(origin);
      this.answers.delete(replica);
    }
  }

  private find(replica: string, own: ReadonlyDotSet, others: readonly Origin[]): DotSet {
    const reports = this.byReplica.get(replica);
    let stable: DotSet | undefined;
    for (const origin of others) {
      const report = reports?.get(origin);
      if (report === undefined) return new DotSet();
      if (report.hash === own.hash()) continue;
      stable = (stable ?? own).intersection(report.seen);
    }
    return stable ?? own.clone();
  }

  private copyOf(replica: string, seen: ReadonlyDotSet, hash: number): Report {
    const known = this.copies.get(replica);
    if (known?.hash === hash) return known;
    const copy = { hash, seen: seen.clone().freeze() };
    this.copies.set(replica, copy);
    return copy;
  }
}

function isSame(some: readonly Origin[], others: readonly Origin[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
