import type { PeerId } from "../core/peer.ts";
import { type Entry, entryBytes, type GroupConfig } from "./entry.ts";
import { changed, hasQuorum, isVoter, quorumIndex } from "./membership.ts";
import type { ReadName } from "./raft.contract.ts";
import type { MemberChange, MessageOf, RefusalReason, WishReply } from "./raft.messages.ts";
import type { RaftState } from "./raft-state.ts";
import { Reads } from "./reads.ts";
import { Replication } from "./replication.ts";

/** Whoever missed so many heartbeats is no heir. [because: one may be lost on the way] */
const HEIR_MISSES_COUNT = 3;

interface Transfer {
  readonly to: PeerId;
  readonly untilMs: number;
  isTold: boolean;
}

/** What a leader does that a follower does not, in the one term in which it is one. */
export class Leadership {
  readonly replication: Replication;
  private readonly state: RaftState;
  private readonly reads: Reads;
  private transfer: Transfer | undefined;
  private uncommittedBytes = 0;

  constructor(state: RaftState) {
    this.state = state;
    this.replication = new Replication(state);
    this.reads = new Reads(state.options.requestsMaxCount);
  }

  /**
   * Nothing of an earlier term is committed by counting, so an entry of this one comes first.
   * [Ongaro 2014 §6.4; spec raft §10.5]
   */
  begin(): void {
    const { state } = this;
    const { env, log, options, term } = state;
    state.append({ kind: "noop", index: log.lastIndex + 1, term });
    this.onAppended(0);
    env.setTimer({ kind: "heartbeat", term }, options.heartbeatIntervalMs);
    // Before any entry: who hears of a leader first does not stand against it.
    this.heartbeat();
  }

  propose(command: Uint8Array): WishReply {
    const { log, options, term } = this.state;
    if (command.length > options.commandMaxBytes) return refusal("tooLarge");
    if (this.transfer !== undefined) return refusal("transferring");
    if (this.uncommittedBytes >= options.uncommittedMaxBytes) return refusal("full");
    if (this.state.guard?.mayKeep(command) === false) return refusal("busy");
    const entry: Entry = { kind: "command", index: log.lastIndex + 1, term, command };
    this.state.append(entry);
    this.onAppended(entryBytes(entry));
    return { kind: "appended", index: entry.index, entryTerm: term };
  }

  change(change: MemberChange): WishReply {
    const { state } = this;
    const { log, membership, options, term } = state;
    if (this.transfer !== undefined) return refusal("transferring");
    if (!this.mayChange() || this.isFarBehind(change)) return refusal("busy");
    const config = changed(membership.current, change);
    if (config === undefined || membersCount(config) > options.membersMaxCount) {
      return refusal("absurd");
    }
    const entry: Entry = { kind: "config", index: log.lastIndex + 1, term, config };
    state.append(entry);
    this.replication.review();
    this.onAppended(0);
    return { kind: "appended", index: entry.index, entryTerm: term };
  }

  /**
   * One change at a time, and none before an entry of this term is committed: two changes of
   * different terms could have majorities that do not meet. [Ongaro, raft-dev 2015; spec §10.9]
   */
  mayChange(): boolean {
    return !this.state.isChanging && this.isSettled();
  }

  /** A voter that has nothing yet would be missing in majorities until it has. [Ongaro §4.2.1] */
  private isFarBehind(change: MemberChange): boolean {
    if (change.kind !== "promote") return false;
    const { commitIndex, options } = this.state;
    return this.replication.matchOf(change.peer) < commitIndex - options.trailingEntriesCount;
  }

  /** All that any leader before this one committed is committed here, too. */
  isSettled(): boolean {
    const { commitIndex, log, term } = this.state;
    return log.termAt(commitIndex) === term;
  }

  /** @returns undefined: it will be answered by `takeReads`. */
  read(read: ReadName): RefusalReason | undefined {
    if (!this.reads.hasRoom) return "full";
    this.reads.add(read);
    this.beginReads();
    return undefined;
  }

  /** Reads whose round was answered by a majority, and where they may read. */
  takeReads(): { readonly index: number; readonly reads: readonly ReadName[] } | undefined {
    if (!this.reads.isUnderWay || !this.isRoundAnswered()) return undefined;
    const answered = this.reads.takeAnswered();
    this.beginReads();
    return answered;
  }

  takeAllReads(): readonly ReadName[] {
    return this.reads.takeAll();
  }

  /** A heartbeat that began after the reads came has reached a majority. [Ongaro 2014 §6.4] */
  isRoundAnswered(): boolean {
    const { env, membership } = this.state;
    const { round } = this.reads;
    const has = (peer: PeerId) => peer === env.self || this.replication.roundOf(peer) >= round;
    return hasQuorum(membership.current, has);
  }

  /** Other voters that answer now; who could lead at once comes first. */
  heirs(): readonly PeerId[] {
    const { env, membership } = this.state;
    const { replication } = this;
    const voters = membership.current.voters.map(({ peer }) => peer);
    const heard = voters.filter((peer) => peer !== env.self && this.isHeard(peer));
    return heard.sort((a, b) => {
      const ahead = replication.matchOf(b) - replication.matchOf(a);
      return ahead || replication.heardMs(b) - replication.heardMs(a);
    });
  }

  /** Voters that do not help to decide, for they would keep what no guard was asked about. */
  unasked(): readonly PeerId[] {
    const { guard, membership } = this.state;
    if (guard === undefined) return [];
    const voters = membership.current.voters.map(({ peer }) => peer);
    return voters.filter((peer) => this.replication.keepsOf(peer) === "unasked");
  }

  /**
   * Where a majority asks nobody, this leader decides nothing. One of them can, by rules in which
   * nobody needs to be asked, and needs this server's vote as little as what it has proposed.
   */
  private yieldToUnasked(): void {
    const { env, membership, options } = this.state;
    const unasked = this.unasked();
    if (this.transfer !== undefined || unasked.length === 0) return;
    const answering = this.heirs().filter((peer) => unasked.includes(peer));
    const [to] = answering;
    if (to === undefined || !hasQuorum(membership.current, (peer) => answering.includes(peer))) {
      return;
    }
    this.state.count("yielded");
    this.transfer = { to, untilMs: env.now() + options.electionTimeoutMinMs, isTold: true };
    this.state.sendNow(to, { kind: "timeoutNow" });
  }

  private isHeard(peer: PeerId): boolean {
    const { env, options } = this.state;
    const patienceMs = HEIR_MISSES_COUNT * options.heartbeatIntervalMs;
    return env.now() - this.replication.heardMs(peer) < patienceMs;
  }

  /**
   * Hands the office over; to another one than before, when that one has fallen silent.
   * [Ongaro 2014 §3.10]
   */
  transferTo(to: PeerId): RefusalReason | undefined {
    const { env, membership, options } = this.state;
    const former = this.transfer?.to;
    if (former !== undefined && (former === to || this.isHeard(former))) return "transferring";
    if (to === env.self || !isVoter(membership.current, to)) return "absurd";
    if (former !== undefined) this.state.count("transfersAborted");
    const untilMs = env.now() + options.electionTimeoutMinMs;
    this.transfer = { to, untilMs, isTold: false };
    this.tellSuccessor();
    return undefined;
  }

  /** @returns false when it hears too few voters to be their leader. [Ongaro 2014 §6.2] */
  onHeartbeatTimer(): boolean {
    const { env, membership, options, term } = this.state;
    const sinceMs = env.now() - options.electionTimeoutMinMs;
    const hears = (peer: PeerId) => peer === env.self || this.replication.heardMs(peer) >= sinceMs;
    if (!hasQuorum(membership.current, hears)) return false;
    if (this.transfer !== undefined && env.now() > this.transfer.untilMs) {
      this.state.count("transfersAborted");
      this.transfer = undefined;
    }
    this.yieldToUnasked();
    env.setTimer({ kind: "heartbeat", term }, options.heartbeatIntervalMs);
    this.heartbeat();
    return true;
  }

  onTaken(from: PeerId, message: MessageOf<"taken">): void {
    if (!this.replication.onTaken(from, message)) return;
    this.advanceCommit();
    this.tellSuccessor();
  }

  onHeartbeatReply(from: PeerId, message: MessageOf<"heartbeatReply">): void {
    this.replication.onHeartbeatReply(from, message.round);
  }

  /** Some of its own log has become durable, or was answered. */
  advanceCommit(): void {
    const { env, membership } = this.state;
    const matchOf = (peer: PeerId) =>
      peer === env.self ? this.state.durableIndex : this.replication.countedMatchOf(peer);
    const index = quorumIndex(membership.current, matchOf);
    if (index <= this.state.commitIndex || !this.isCommittable(index)) return;
    this.onCommitted(index);
  }

  /** Only entries of its own term are committed by counting. [Ongaro 2014 §3.6.2, Figure 3.7] */
  isCommittable(index: number): boolean {
    return this.state.log.termAt(index) === this.state.term;
  }

  private onCommitted(index: number): void {
    const { state } = this;
    for (let at = state.commitIndex + 1; at <= index; at += 1) {
      const entry = state.log.entryAt(at);
      const isOwn = entry?.kind === "command" && entry.term === state.term;
      if (isOwn) this.uncommittedBytes -= entryBytes(entry);
    }
    state.commitIndex = index;
    this.replication.onCommitted();
    this.beginReads();
  }

  private onAppended(bytes: number): void {
    this.uncommittedBytes += bytes;
    this.replication.onAppended();
    // A group of one has its majority as soon as its own disk has it.
    this.advanceCommit();
  }

  private beginReads(): void {
    if (this.isSettled() && this.reads.begin(this.state.commitIndex)) this.heartbeat();
  }

  private heartbeat(): void {
    this.replication.heartbeat(this.reads.round);
  }

  private tellSuccessor(): void {
    const { log } = this.state;
    const { transfer } = this;
    if (transfer === undefined || transfer.isTold) return;
    if (this.replication.matchOf(transfer.to) < log.lastIndex) return;
    transfer.isTold = true;
    this.state.sendNow(transfer.to, { kind: "timeoutNow" });
  }
}

function refusal(reason: RefusalReason): WishReply {
  return { kind: "refused", reason };
}

function membersCount({ learners, voters }: GroupConfig): number {
  return learners.length + voters.length;
}
