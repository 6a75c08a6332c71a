import type { JournalPosition, TimerId } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../core/protocol.ts";
import { Birth } from "./birth.ts";
import { Election, type ElectionCause } from "./election.ts";
import type { GroupConfig, RaftRecord, Seat } from "./entry.ts";
import { Follower } from "./follower.ts";
import { Leadership } from "./leadership.ts";
import { knownDisk } from "./membership.ts";
import type { RaftEnv, RaftRole, RaftWiring, ReadName } from "./raft.contract.ts";
import {
  isOfLeader,
  type MemberChange,
  type RaftMessage,
  type RaftTimer,
  type RefusalReason,
  type WishReply,
} from "./raft.messages.ts";
import type { RaftOptions } from "./raft.options.ts";
import { RaftState } from "./raft-state.ts";
import { Telling } from "./telling.ts";

const NOT_LEADER: WishReply = { kind: "refused", reason: "notLeader" };

/**
 * One server of a Raft group. [Ongaro and Ousterhout 2014; Ongaro 2014, with PreVote, CheckQuorum,
 * ReadIndex and the repaired single-server change; spec raft §10]
 */
export class Raft implements DurableProtocol<RaftMessage, RaftTimer, RaftRecord> {
  /** For checkers, which may look and not touch. */
  readonly state: RaftState;
  private readonly birth: Birth;
  private readonly election: Election;
  private readonly follower: Follower;
  private readonly telling: Telling;
  private leadership: Leadership | undefined;
  private electionTimer: TimerId | undefined;
  private electionTimerMs = Number.POSITIVE_INFINITY;

  constructor(env: RaftEnv, wiring: RaftWiring, options: RaftOptions) {
    this.state = new RaftState(env, options, wiring);
    this.birth = new Birth(this.state);
    this.election = new Election(this.state);
    this.follower = new Follower(this.state);
    this.telling = new Telling(this.state);
  }

  get role(): RaftRole {
    return this.state.role;
  }

  get term(): number {
    return this.state.term;
  }

  get leader(): PeerId | undefined {
    return this.state.leader;
  }

  get config(): GroupConfig {
    return this.state.membership.current;
  }

  /** Up to here its listener has heard everything. */
  get applied(): number {
    return this.telling.applied;
  }

  /** An entry of this term is committed, so that it knows all that was. */
  get isSettled(): boolean {
    return this.leadership?.isSettled() ?? false;
  }

  /** So much stands behind the last snapshot that another one helps. */
  get wantsSnapshot(): boolean {
    return this.state.wantsSnapshot(this.neededIndex);
  }

  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<RaftRecord>[]): void {
    if (!this.state.recover(snapshot, tail)) {
      this.state.count("strangeDisk");
      this.state.role = "lost";
    }
  }

  start(): void {
    const { state } = this;
    if (state.role === "lost") return;
    this.telling.restore();
    if (state.log.lastIndex > 0 || state.term > 0) state.role = "follower";
    else this.birth.begin();
    this.election.draw();
    this.finish();
  }

  stop(): void {
    this.endLeadership();
    this.state.role = "stopped";
  }

  onMessage(from: PeerId, message: RaftMessage): void {
    const { state } = this;
    if (state.role === "stopped" || state.role === "lost" || !this.isOurs(message)) return;
    if (this.onBirthMessage(from, message)) return this.finish();
    if (state.role === "unborn") return state.count("dropped.unborn");
    if (this.agreesOnTerm(from, message)) this.dispatch(from, message);
    this.finish();
  }

  onTimer(timer: RaftTimer): void {
    const { role, term } = this.state;
    if (role === "stopped" || role === "lost") return;
    if (timer.kind === "hello") this.birth.onTimer();
    else if (timer.kind === "election") this.onElectionTimer();
    else if (timer.kind === "flush") this.leadership?.replication.onFlush();
    else if (timer.kind === "heartbeat" && timer.term === term) this.onHeartbeatTimer();
    this.finish();
  }

  onDurable(position: JournalPosition): void {
    this.state.onDurable(position);
    this.onElection(this.election.onDurable(position));
    this.leadership?.advanceCommit();
    this.finish();
  }

  onSnapshot(upTo: JournalPosition): void {
    const installed = this.state.onSnapshot(upTo);
    if (installed === undefined) return;
    this.telling.restore();
    const { leader } = this.state;
    if (leader !== undefined) this.state.sendTaken(leader, installed.index);
    this.finish();
  }

  /** What the guard did not let pass may be kept by now. */
  reconsider(): void {
    if (this.state.role !== "follower") return;
    this.follower.reconsider();
    this.finish();
  }

  /** Appends a command, if this server leads. */
  propose(command: Uint8Array): WishReply {
    const reply = this.leadership?.propose(command) ?? NOT_LEADER;
    this.finish();
    return reply;
  }

  change(change: MemberChange): WishReply {
    const reply = this.leadership?.change(change) ?? NOT_LEADER;
    this.finish();
    return reply;
  }

  /** `listener.onRead` tells what came of it, unless it is refused here. */
  read(read: ReadName): RefusalReason | undefined {
    if (this.leadership === undefined) return "notLeader";
    const reason = this.leadership.read(read);
    this.finish();
    return reason;
  }

  transferTo(to: PeerId): RefusalReason | undefined {
    if (this.leadership === undefined) return "notLeader";
    const reason = this.leadership.transferTo(to);
    this.finish();
    return reason;
  }

  /** What a leader knows of the others; undefined in any other role. */
  get leading(): Pick<Leadership, "heirs" | "unasked"> | undefined {
    return this.leadership;
  }

  /** `bytes` stands for all commands up to `index`, which were handed over. */
  compact(index: number, bytes: Uint8Array): void {
    this.state.compact(Math.min(index, this.telling.applied), bytes, this.neededIndex);
  }

  private get neededIndex(): number {
    return this.leadership?.replication.neededIndex ?? Number.POSITIVE_INFINITY;
  }

  private isOurs({ group, kind }: RaftMessage): boolean {
    const mine = this.state.group;
    if (group === mine || (kind === "hello" && group === 0)) return true;
    if (mine === 0 && (kind === "welcome" || kind === "lost")) return true;
    this.state.count("dropped.foreign");
    return false;
  }

  private onBirthMessage(from: PeerId, message: RaftMessage): boolean {
    const { state } = this;
    if (message.kind === "hello") {
      const { disk } = message;
      if (this.birth.onHello(from, message)) this.admit({ peer: from, disk });
    } else if (message.kind === "welcome") {
      if (this.birth.onWelcome(message)) this.election.draw();
    } else if (message.kind === "lost") {
      if (state.role === "unborn") state.role = "lost";
    } else return false;
    return true;
  }

  /** It asks again until it has an answer, so that nothing needs to be sent twice. */
  private admit({ disk, peer }: Seat): void {
    const { state } = this;
    const { leader } = state;
    if (this.leadership === undefined) {
      if (leader !== undefined) state.sendNow(leader, { kind: "admit", peer, newDisk: disk });
      return;
    }
    const verdict = this.birth.judge({ peer, disk });
    if (verdict === "lost") state.send(peer, { kind: "lost" });
    else if (verdict === "newcomer") this.leadership.change({ kind: "addLearner", peer, disk });
  }

  /** Rules 1 and 3 of spec §10. @returns whether the message is of this server's term now. */
  private agreesOnTerm(from: PeerId, message: RaftMessage): boolean {
    const { state } = this;
    const { kind, term } = message;
    const asksForVote = kind === "vote" || kind === "preVote";
    const isHandedOver = kind === "vote" && message.cause === "transfer";
    if (asksForVote && !isHandedOver && this.election.isLoyal()) {
      state.count("votesIgnored");
      return false;
    }
    const isPromise = kind === "preVoteReply" && message.verdict === "granted";
    if (term > state.term) {
      if (kind !== "preVote" && !isPromise) this.becomeFollower(term);
      return true;
    }
    if (kind === "preVote" || term === state.term) return true;
    // Whoever is behind learns of this term, or it would stay so. [spec §10.3]
    if (kind === "vote") state.send(from, { kind: "voteReply", verdict: "refused" });
    else if (isOfLeader(message)) state.send(from, { kind: "heartbeatReply", round: 0 });
    return false;
  }

  private dispatch(from: PeerId, message: RaftMessage): void {
    if (isOfLeader(message)) return this.onLeaderMessage(from, message);
    switch (message.kind) {
      case "preVote":
        return this.election.onPreVote(from, message);
      case "vote":
        return this.election.onVote(from, message);
      case "preVoteReply":
      case "voteReply":
        return this.onVoteReply(from, message);
      case "admit":
        return this.admit({ peer: message.peer, disk: message.newDisk });
      case "timeoutNow":
        return this.onTimeoutNow();
      default:
        return this.onFollowerMessage(from, message);
    }
  }

  private onLeaderMessage(from: PeerId, message: RaftMessage): void {
    const { state } = this;
    if (state.role === "leader") return state.count("dropped.twoLeaders");
    state.role = "follower";
    state.leader = from;
    this.election.onLeader();
    this.follower.onMessage(from, message);
  }

  private onFollowerMessage(from: PeerId, message: RaftMessage): void {
    const { leadership } = this;
    if (leadership === undefined || !this.isSeated(from, message)) return;
    leadership.replication.onHeard(from);
    if (message.kind === "taken") leadership.onTaken(from, message);
    else if (message.kind === "misfit") leadership.replication.onMisfit(from, message);
    else if (message.kind === "heartbeatReply") leadership.onHeartbeatReply(from, message);
    else if (message.kind === "chunkReply") leadership.replication.onChunkReply(from, message);
  }

  private onVoteReply(from: PeerId, message: RaftMessage): void {
    if (!("verdict" in message) || !this.isSeated(from, message)) return;
    const { role, term } = this.state;
    const isPre = message.kind === "preVoteReply";
    if (role !== (isPre ? "preCandidate" : "candidate")) return;
    // A promise is for the next term; one for another is of an earlier question.
    if (isPre && message.verdict === "granted" && message.term !== term + 1) return;
    this.onElection(this.election.onReply(from, message.verdict));
  }

  /** What is promised under another disk's name counts for nothing. */
  private isSeated(from: PeerId, message: RaftMessage): boolean {
    const disk = knownDisk(this.state.membership.current, from);
    if (disk === message.disk || disk === undefined) return true;
    this.state.count("dropped.otherDisk");
    return false;
  }

  private onElectionTimer(): void {
    const { env } = this.state;
    this.electionTimer = undefined;
    this.electionTimerMs = Number.POSITIVE_INFINITY;
    if (env.now() < this.election.deadlineMs) return;
    this.election.draw();
    if (this.state.role === "leader") return;
    // A learner, or one that was removed: it stands for nothing, and has lost its leader, too.
    if (!this.election.mayStand()) this.state.leader = undefined;
    this.stand("timeout");
  }

  private onTimeoutNow(): void {
    if (this.state.role !== "leader") this.stand("transfer");
  }

  private stand(cause: ElectionCause): void {
    const { state } = this;
    if (state.installing !== undefined || !this.election.mayStand()) return;
    if (cause === "transfer" || state.options.preVote === "off") this.election.beginVote(cause);
    else this.election.beginPreVote();
    this.onElection(this.election.outcome);
  }

  private onElection(outcome: "won" | "lost" | "open"): void {
    const { role } = this.state;
    if (outcome === "open") return;
    if (outcome === "lost") {
      // It waits for the next timeout, in which another one may win.
      this.state.role = "follower";
    } else if (role === "preCandidate") {
      this.election.beginVote("timeout");
    } else if (role === "candidate") {
      this.becomeLeader();
    }
  }

  private becomeLeader(): void {
    const { state } = this;
    state.role = "leader";
    state.leader = state.env.self;
    this.leadership = new Leadership(state);
    this.leadership.begin();
  }

  private becomeFollower(term: number): void {
    const { state } = this;
    this.endLeadership();
    state.role = "follower";
    state.leader = undefined;
    if (term > state.term) state.setTerm(term, undefined);
  }

  private endLeadership(): void {
    if (this.leadership === undefined) return;
    this.telling.answerLater(this.leadership.takeAllReads(), NOT_LEADER);
    this.leadership = undefined;
    this.election.draw();
  }

  private onHeartbeatTimer(): void {
    if (this.leadership === undefined || this.leadership.onHeartbeatTimer()) return;
    this.state.count("steppedDown");
    this.becomeFollower(this.state.term);
  }

  /** What is told last in a step; and the election's timer, whose time may have changed. */
  private finish(): void {
    if (this.telling.isBusy) return;
    this.telling.handOver();
    this.leaveIfRemoved();
    this.answerReads();
    this.telling.tellRest();
    this.armElection();
  }

  /** A leader leads until its own removal is committed. [Ongaro 2014 §4.2.2] */
  private leaveIfRemoved(): void {
    const { env, isChanging, membership } = this.state;
    if (this.leadership === undefined || isChanging) return;
    if (membership.current.voters.some(({ peer }) => peer === env.self)) return;
    this.becomeFollower(this.state.term);
  }

  private answerReads(): void {
    let answered = this.leadership?.takeReads();
    while (answered !== undefined) {
      const { index, reads } = answered;
      this.telling.answerLater(reads, { kind: "readable", index });
      answered = this.leadership?.takeReads();
    }
  }

  private armElection(): void {
    const { env, role } = this.state;
    const { deadlineMs } = this.election;
    if (role === "unborn" || role === "lost" || role === "leader") return;
    if (deadlineMs >= this.electionTimerMs) return;
    if (this.electionTimer !== undefined) env.clearTimer(this.electionTimer);
    this.electionTimerMs = deadlineMs;
    const delayMs = Math.max(0, deadlineMs - env.now());
    this.electionTimer = env.setTimer({ kind: "election" }, delayMs);
  }
}
