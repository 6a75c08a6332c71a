import { assert } from "../core/assert.ts";
import type { JournalPosition } from "../core/env.ts";
import type { OrderGuard } from "../core/orderer.ts";
import type { PeerId } from "../core/peer.ts";
import type { DurableRecord } from "../core/protocol.ts";
import { type Entry, entryBytes, type RaftRecord } from "./entry.ts";
import { RaftLog } from "./log.ts";
import { Membership } from "./membership.ts";
import type { Progress } from "./progress.ts";
import type { RaftEnv, RaftRole, RaftWiring } from "./raft.contract.ts";
import type { RaftBody } from "./raft.messages.ts";
import type { RaftOptions } from "./raft.options.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "./state-bytes.ts";

/** The term of a group's first entry, in which nobody is elected. */
export const BIRTH_TERM = 1;
export const NO_POSITION = 0 as JournalPosition;
/** The log may grow to so many times its size while a peer gets a snapshot. [guess] */
const PATIENCE_RATIO = 4;

/**
 * What one server of a group is and holds. Term, vote, log and snapshot are on disk before anybody
 * hears of them: `send` waits until all that was appended is durable. [Ongaro 2014 §3.8]
 */
export class RaftState {
  readonly env: RaftEnv;
  readonly options: RaftOptions;
  readonly wiring: RaftWiring;
  readonly log = new RaftLog();
  readonly membership = new Membership();
  /** Has a word in what may be kept that is not committed. */
  guard: OrderGuard | undefined;
  role: RaftRole = "unborn";
  leader: PeerId | undefined;
  /** How far the others are, as this server knew when it led last. */
  progress: ReadonlyMap<PeerId, Readonly<Progress>> = new Map();
  snapshot: Snapshot | undefined;
  /** A snapshot of the leader's on its way to the disk; until then no entry is appended. */
  installing: { readonly snapshot: Snapshot; readonly upTo: JournalPosition } | undefined;
  commitIndex = 0;
  disk = 0;
  group = 0;
  private currentTerm = 0;
  private currentVote: PeerId | undefined;
  /** Of the entries that were left when others were compacted last. */
  private bytesBefore = 0;
  private lastPosition = NO_POSITION;
  private durablePosition = NO_POSITION;

  constructor(env: RaftEnv, options: RaftOptions, wiring: RaftWiring) {
    this.env = env;
    this.options = options;
    this.wiring = wiring;
  }

  get term(): number {
    return this.currentTerm;
  }

  /** Whom it has voted for in this term. */
  get vote(): PeerId | undefined {
    return this.currentVote;
  }

  /** What this server's own disk holds of the log. */
  get durableIndex(): number {
    return this.log.durableIndex(this.durablePosition);
  }

  /** A configuration stands in the log that may yet be taken back. */
  get isChanging(): boolean {
    return this.membership.index > this.commitIndex;
  }

  send(to: PeerId, body: RaftBody, term = this.currentTerm): void {
    this.env.send(to, { group: this.group, disk: this.disk, term, ...body });
  }

  /** This server's log is the leader's up to `match`. */
  sendTaken(to: PeerId, match: number): void {
    this.send(to, { kind: "taken", match, keeps: this.guard === undefined ? "unasked" : "asked" });
  }

  /** For what claims nothing about this server's disk. */
  sendNow(to: PeerId, body: RaftBody): void {
    const { currentTerm: term, disk, group } = this;
    this.env.sendNow(to, { group, disk, term, ...body });
  }

  count(what: string): void {
    this.wiring.counters.count(`raft.${what}`);
  }

  sitDown(disk: number, group: number): void {
    this.disk = disk;
    this.group = group;
    this.record({ kind: "seat", disk, group });
  }

  /** @returns where it stands in the journal. */
  setTerm(term: number, vote: PeerId | undefined): JournalPosition {
    const isKept = term > this.currentTerm || this.currentVote === undefined;
    assert(term >= this.currentTerm && isKept, `term ${term} and another vote`);
    this.currentTerm = term;
    this.currentVote = vote;
    return this.recordTerm();
  }

  append(entry: Entry): void {
    this.hold(entry, this.record({ kind: "entry", entry }));
  }

  /** Drops the entries from `index` on, which another leader's replace. Committed ones never. */
  truncateFrom(index: number): void {
    assert(index > this.commitIndex, `${index} is committed up to ${this.commitIndex}`);
    // The journal needs no word of it: the next entry's record replaces them.
    this.log.truncateFrom(index);
    this.membership.truncateFrom(index);
  }

  onDurable(position: JournalPosition): void {
    this.durablePosition = position;
  }

  /** `neededIndex`: behind it stands what a peer will need that gets an older snapshot. */
  wantsSnapshot(neededIndex: number): boolean {
    const { log, options } = this;
    const count = this.commitIndex - (this.snapshot?.index ?? 0);
    const bytes = log.bytes - this.bytesBefore;
    const patience = neededIndex <= log.baseIndex ? PATIENCE_RATIO : 1;
    const leastCount = Math.max(options.snapshotAfterCount, options.trailingEntriesCount + 1);
    if (count >= patience * leastCount) return true;
    return count > 0 && bytes >= patience * options.snapshotAfterBytes;
  }

  /** Puts `bytes` in the place of entries that are committed and applied. */
  compact(index: number, bytes: Uint8Array, neededIndex: number): void {
    const { log, membership, options } = this;
    const term = log.termAt(index);
    const count = index - log.baseIndex;
    const isTooMuch =
      count > PATIENCE_RATIO * options.snapshotAfterCount ||
      log.bytes > PATIENCE_RATIO * options.snapshotAfterBytes;
    const base = Math.min(this.firstTrailing(index) - 1, isTooMuch ? index : neededIndex);
    // Another one would help no more until more has come.
    this.bytesBefore = log.bytes;
    const isNews = index > (this.snapshot?.index ?? 0) && base > log.baseIndex;
    if (term === undefined || index > this.commitIndex || !isNews) return;
    if (this.installing !== undefined) return;
    this.snapshot = { index, term, config: membership.at(index), bytes };
    const upTo = log.positionAt(base);
    log.compactTo(base);
    membership.compactTo(base);
    this.bytesBefore = log.bytes;
    this.env.snapshot(this.keptBytes(this.snapshot, log.baseIndex), upTo);
  }

  /** So many are kept before `index` that followers a little late need no snapshot. */
  private firstTrailing(index: number): number {
    const { log, options } = this;
    const least = Math.max(log.baseIndex, index - options.trailingEntriesCount) + 1;
    let bytes = 0;
    for (let at = index; at >= least; at -= 1) {
      const entry = log.entryAt(at);
      bytes += entry === undefined ? 0 : entryBytes(entry);
      if (bytes > options.snapshotAfterBytes / 2) return at + 1;
    }
    return least;
  }

  /** Begins to put the leader's snapshot in the place of this server's log. */
  install(snapshot: Snapshot): void {
    const { log } = this;
    assert(snapshot.index > this.commitIndex, "a snapshot of what is committed here");
    const keeps = log.has(snapshot) && snapshot.index > log.baseIndex;
    // A record of its own: after a recovery there may be none that it could replace.
    const upTo = keeps ? log.positionAt(snapshot.index) : this.recordTerm();
    this.installing = { snapshot, upTo };
    this.env.snapshot(this.keptBytes(snapshot, snapshot.index, snapshot), upTo);
  }

  /** @returns the leader's snapshot, if it is what is on disk now. */
  onSnapshot(upTo: JournalPosition): Snapshot | undefined {
    const { installing, log, membership } = this;
    if (installing === undefined || upTo < installing.upTo) return undefined;
    const { snapshot } = installing;
    this.installing = undefined;
    const keeps = log.has(snapshot) && snapshot.index > log.baseIndex;
    if (keeps) {
      log.compactTo(snapshot.index);
      membership.compactTo(snapshot.index);
    } else {
      log.reset({ index: snapshot.index, term: snapshot.term });
      membership.reset(snapshot.index, snapshot.config);
    }
    this.snapshot = snapshot;
    this.commitIndex = snapshot.index;
    return snapshot;
  }

  /** Takes back what the disk held. @returns whether it makes sense. */
  recover(bytes: Uint8Array | undefined, tail: readonly DurableRecord<RaftRecord>[]): boolean {
    if (bytes !== undefined && !this.recoverSnapshot(bytes)) return false;
    for (const { position, record } of tail) {
      this.lastPosition = position;
      if (!this.recoverRecord(record, position)) return false;
    }
    this.durablePosition = this.lastPosition;
    // The entry of the group's birth is committed wherever it is: no other can come there.
    if (this.log.termAt(1) === BIRTH_TERM) this.commitIndex = Math.max(1, this.commitIndex);
    return this.commitIndex <= this.log.lastIndex;
  }

  private recoverSnapshot(bytes: Uint8Array): boolean {
    const kept = decodeSnapshot(bytes);
    if (kept === undefined) return false;
    this.disk = kept.disk;
    this.group = kept.group;
    this.currentTerm = kept.term;
    this.currentVote = kept.vote;
    this.log.reset(kept.base);
    this.membership.reset(kept.base.index, kept.baseConfig);
    this.snapshot = kept.snapshot;
    this.commitIndex = kept.snapshot.index;
    return true;
  }

  private recoverRecord(record: RaftRecord, position: JournalPosition): boolean {
    if (record.kind === "seat") {
      this.disk = record.disk;
      this.group = record.group;
      return true;
    }
    if (record.kind === "term") {
      // A snapshot knows later terms than the records behind it.
      if (record.term < this.currentTerm) return true;
      if (record.term > this.currentTerm) this.currentVote = undefined;
      this.currentTerm = record.term;
      this.currentVote ??= record.vote;
      return true;
    }
    const { entry } = record;
    if (entry.index <= this.log.baseIndex) return true;
    if (entry.index > this.log.lastIndex + 1) return false;
    if (entry.index <= this.log.lastIndex) {
      this.log.truncateFrom(entry.index);
      this.membership.truncateFrom(entry.index);
    }
    this.hold(entry, position);
    return true;
  }

  private hold(entry: Entry, position: JournalPosition): void {
    this.log.append(entry, position);
    if (entry.kind === "config") this.membership.append(entry.index, entry.config);
  }

  private recordTerm(): JournalPosition {
    return this.record({ kind: "term", term: this.currentTerm, vote: this.currentVote });
  }

  private record(record: RaftRecord): JournalPosition {
    this.lastPosition = this.env.append(record);
    return this.lastPosition;
  }

  private keptBytes(snapshot: Snapshot, baseIndex: number, installed?: Snapshot): Uint8Array {
    const { currentTerm: term, currentVote: vote, disk, group, log, membership } = this;
    const base = installed ?? { index: baseIndex, term: log.termAt(baseIndex) ?? 0 };
    const baseConfig = installed?.config ?? membership.at(baseIndex);
    return encodeSnapshot({ disk, group, term, vote, base, baseConfig, snapshot });
  }
}
