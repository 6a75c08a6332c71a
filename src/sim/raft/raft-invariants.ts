import { assert } from "../../core/assert.ts";
import { sameBytes } from "../../core/bytes.ts";
import type { Entry } from "../../raft/entry.ts";
import { hasQuorum } from "../../raft/membership.ts";
import type { RaftMessage } from "../../raft/raft.messages.ts";
import type { Raft } from "../../raft/raft.ts";

/** What a server was like when it was looked at last. */
interface Mirror {
  raft: Raft;
  life: number;
  /** Its entries by index; those that were compacted stay. */
  log: (Entry | undefined)[];
  lastIndex: number;
  commitIndex: number;
  applied: number;
  term: number;
  role: string;
}

/**
 * Watches a group and knows everything: called after every step of a server, it holds the group to
 * what Raft promises. [Ongaro 2014, Figure 3.2; spec raft §10, papers §11] It throws at the first
 * violation, so a run ends where it went wrong.
 */
export class RaftInvariants {
  /** Entries that some server took for committed, by index. */
  readonly committed: (Entry | undefined)[] = [];
  /** How often leaders were elected. */
  electionsCount = 0;
  /** Steps looked at. */
  stepsCount = 0;
  private committedIndex = 0;
  /** The term in which each entry was committed, which may be later than its own. */
  private readonly commitTerms: number[] = [];
  private readonly lostDisks = new Set<number>();
  private readonly mirrors = new Map<number, Mirror>();
  private readonly leaders = new Map<number, string>();
  private readonly entries = new Map<string, { entry: Entry; prevTerm: number | undefined }>();
  private readonly votes = new Map<string, number>();

  /** After a step of server `index` in its `life`. */
  onStep(index: number, life: number, raft: Raft): void {
    this.stepsCount += 1;
    const mirror = this.mirrorOf(index, life, raft);
    this.checkMonotone(index, mirror);
    this.checkLog(index, mirror);
    this.checkRole(index, mirror);
    this.checkCommits(index, mirror);
    mirror.term = raft.term;
    mirror.role = raft.role;
    mirror.commitIndex = raft.state.commitIndex;
    mirror.applied = raft.applied;
  }

  /** A message leaves a server: what it promises must hold over crashes. */
  onMessage(from: number, to: number, message: RaftMessage): void {
    if (message.kind !== "voteReply" || message.verdict !== "granted") return;
    const name = `${from} ${message.disk} in term ${message.term}`;
    const before = this.votes.get(name);
    assert(before === undefined || before === to, `server ${name} votes for ${before} and ${to}`);
    this.votes.set(name, to);
  }

  /** What it had acknowledged counts all the same: it does not vote any more. */
  onDiskLost(index: number): void {
    this.lostDisks.add(index);
  }

  hasLostDisk(index: number): boolean {
    return this.lostDisks.has(index);
  }

  private mirrorOf(index: number, life: number, raft: Raft): Mirror {
    const known = this.mirrors.get(index);
    if (known?.life === life) return known;
    const blank = { lastIndex: 0, commitIndex: 0, applied: 0, term: 0, role: "" };
    const mirror = { raft, life, log: [], ...blank };
    this.mirrors.set(index, mirror);
    return mirror;
  }

  private checkMonotone(index: number, { applied, commitIndex, raft, term }: Mirror): void {
    assert(raft.term >= term, `the term of ${index} falls from ${term} to ${raft.term}`);
    const now = raft.state.commitIndex;
    assert(now >= commitIndex, `the commit index of ${index} falls from ${commitIndex} to ${now}`);
    assert(raft.applied >= applied, `${index} has applied ${raft.applied} after ${applied}`);
    assert(raft.applied <= now, `server ${index} applies ${raft.applied} of ${now}`);
  }

  /** Log matching; and a leader never changes what it has. */
  private checkLog(index: number, mirror: Mirror): void {
    const { log } = mirror.raft.state;
    const { lastIndex: lastBefore } = mirror;
    const isStillLeader = mirror.role === "leader" && mirror.raft.role === "leader";
    if (isStillLeader && mirror.raft.term === mirror.term) {
      const isSame = log.entryAt(lastBefore) === mirror.log[lastBefore];
      const isKept = log.lastIndex >= lastBefore && (isSame || lastBefore <= log.baseIndex);
      assert(isKept, `leader ${index} has changed its own log at ${lastBefore}`);
    }
    for (let at = log.lastIndex; at > log.baseIndex; at -= 1) {
      const entry = log.entryAt(at);
      if (entry === undefined || entry === mirror.log[at]) break;
      mirror.log[at] = entry;
      this.checkEntry(index, entry, log.termAt(at - 1));
    }
    mirror.log.length = log.lastIndex + 1;
    mirror.lastIndex = log.lastIndex;
  }

  private checkEntry(index: number, entry: Entry, prevTerm: number | undefined): void {
    const name = `${entry.index} of term ${entry.term}`;
    const known = this.entries.get(name);
    if (known === undefined) {
      this.entries.set(name, { entry, prevTerm });
      return;
    }
    assert(isSameEntry(known.entry, entry), `server ${index} has another entry ${name}`);
    const isSamePast = known.prevTerm === prevTerm || prevTerm === undefined;
    assert(isSamePast, `server ${index} has another entry before ${name}`);
  }

  private checkRole(index: number, mirror: Mirror): void {
    const { life, raft } = mirror;
    if (raft.role !== "leader") return;
    if (mirror.role !== "leader" || mirror.term !== raft.term) this.checkElected(index, mirror);
    const who = `${index} in life ${life}`;
    const known = this.leaders.get(raft.term) ?? who;
    assert(known === who, `term ${raft.term} has two leaders, ${known} and ${who}`);
    this.leaders.set(raft.term, who);
    this.checkChanges(index, raft);
  }

  /** Leader completeness: it has what was committed in earlier terms. */
  private checkElected(index: number, { raft }: Mirror): void {
    this.electionsCount += 1;
    const { log } = raft.state;
    for (let at = log.baseIndex + 1; at <= this.committedIndex; at += 1) {
      const wanted = this.committed[at]?.term;
      // A candidate may learn late that it has won, when a later leader has committed more.
      const isEarlier = (this.commitTerms[at] ?? 0) < raft.term;
      const isThere = wanted === undefined || !isEarlier || log.termAt(at) === wanted;
      assert(isThere, `leader ${index} of term ${raft.term} lacks ${at}, which is committed`);
    }
  }

  /** At most one change of members is not committed. */
  private checkChanges(index: number, { state }: Raft): void {
    let count = 0;
    for (let at = state.log.lastIndex; at > this.committedIndex; at -= 1) {
      if (state.log.entryAt(at)?.kind === "config") count += 1;
    }
    assert(count <= 1, `leader ${index} has ${count} changes of members under way`);
  }

  /** State machine safety; and what is committed is on the disks of a majority. */
  private checkCommits(index: number, mirror: Mirror): void {
    const { commitIndex: before, raft } = mirror;
    const { commitIndex, log, snapshot } = raft.state;
    if (snapshot !== undefined && snapshot.index > before) {
      const known = this.committed[snapshot.index];
      const isKnown = known === undefined || known.term === snapshot.term;
      assert(isKnown, `server ${index} has a snapshot of another past, at ${snapshot.index}`);
    }
    for (let at = before + 1; at <= commitIndex; at += 1) {
      // A leader may have compacted it in the very step in which it was committed.
      const compacted = raft.role === "leader" ? mirror.log[at] : undefined;
      const entry = log.entryAt(at) ?? compacted;
      assert(
        entry !== undefined || at <= log.baseIndex,
        `server ${index} has no entry ${at}, which it calls committed`,
      );
      if (entry === undefined) continue;
      const known = this.committed[at];
      if (known === undefined) this.onFirstCommit(index, entry, raft);
      else assert(isSameEntry(known, entry), `server ${index} commits another entry at ${at}`);
    }
  }

  private onFirstCommit(index: number, entry: Entry, raft: Raft): void {
    this.committed[entry.index] = entry;
    this.commitTerms[entry.index] = raft.term;
    this.committedIndex = Math.max(this.committedIndex, entry.index);
    // The first entry is there before anybody can count: see `Birth`.
    if (entry.index === 1) return;
    const isDurableAt = (peer: unknown): boolean => {
      if (this.lostDisks.has(Number(peer))) return true;
      const found = this.mirrors.get(Number(peer))?.raft.state;
      if (found === undefined || found.durableIndex < entry.index) return false;
      const has = found.log.termAt(entry.index) === entry.term;
      return has || entry.index < found.log.baseIndex;
    };
    const { voters } = raft.state.membership.current;
    const isKept = hasQuorum(raft.config, isDurableAt);
    const names = voters.map(({ peer }) => peer).join(", ");
    assert(
      isKept,
      `${index} commits ${entry.index}, but not a majority of ${names} has it on disk`,
    );
  }
}

function isSameEntry(one: Entry, other: Entry): boolean {
  if (one === other) return true;
  if (one.term !== other.term || one.kind !== other.kind) return false;
  if (one.kind === "command" && other.kind === "command") {
    return sameBytes(one.command, other.command);
  }
  if (one.kind === "config" && other.kind === "config") {
    return JSON.stringify(one.config) === JSON.stringify(other.config);
  }
  return true;
}
