import type { JournalPosition } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { hasQuorum, isVoter } from "./membership.ts";
import type { MessageOf } from "./raft.messages.ts";
import { NO_POSITION, type RaftState } from "./raft-state.ts";

export type ElectionCause = MessageOf<"vote">["cause"];

/** Its votes, and the votes it gives. [Ongaro 2014 §3.4, §9.6] */
export class Election {
  private readonly state: RaftState;
  private readonly granted = new Set<PeerId>();
  private readonly refused = new Set<PeerId>();
  /** Where its own vote stands in the journal. */
  private votePosition = NO_POSITION;
  private dueMs = Number.POSITIVE_INFINITY;
  /** When this server heard of a leader, or voted, last. */
  private quietSinceMs = Number.NEGATIVE_INFINITY;

  constructor(state: RaftState) {
    this.state = state;
  }

  /** When an election is due. */
  get deadlineMs(): number {
    return this.dueMs;
  }

  /** The leader was heard. */
  onLeader(): void {
    this.quietSinceMs = this.state.env.now();
    this.draw();
  }

  /** A new time, drawn anew at every reset so that rivals come apart. */
  draw(): void {
    const { env, options } = this.state;
    const { electionTimeoutMaxMs: maxMs, electionTimeoutMinMs: minMs } = options;
    this.dueMs = env.now() + minMs + env.random.real() * (maxMs - minMs);
  }

  /** Asks whether it would win, without disturbing anybody. */
  beginPreVote(): void {
    const { state } = this;
    state.role = "preCandidate";
    state.leader = undefined;
    this.clear();
    this.granted.add(state.env.self);
    const { lastIndex, lastTerm } = state.log;
    this.ask((peer) => state.send(peer, { kind: "preVote", lastIndex, lastTerm }, state.term + 1));
  }

  beginVote(cause: ElectionCause): void {
    const { state } = this;
    state.role = "candidate";
    state.leader = undefined;
    this.votePosition = state.setTerm(state.term + 1, state.env.self);
    this.clear();
    const { lastIndex, lastTerm } = state.log;
    this.ask((peer) => state.send(peer, { kind: "vote", lastIndex, lastTerm, cause }));
  }

  /** Its own vote counts when its disk has it, as any other's. */
  onDurable(position: JournalPosition): "won" | "lost" | "open" {
    const isCandidate = this.state.role === "candidate" && position >= this.votePosition;
    return isCandidate ? this.onReply(this.state.env.self, "granted") : "open";
  }

  /** A vote, or the promise of one, for the election under way. */
  onReply(from: PeerId, verdict: "granted" | "refused"): "won" | "lost" | "open" {
    (verdict === "granted" ? this.granted : this.refused).add(from);
    return this.outcome;
  }

  /** Its own vote counts only where it is a voter. [Ongaro 2014 §4.2.2] */
  get outcome(): "won" | "lost" | "open" {
    const config = this.state.membership.current;
    if (hasQuorum(config, (peer) => this.granted.has(peer))) return "won";
    const isOpen = hasQuorum(config, (peer) => !this.refused.has(peer));
    return isOpen ? "open" : "lost";
  }

  /**
   * Who has heard of a leader lately helps nobody to depose it, but one that it asked itself to
   * take over. [Ongaro 2014 §4.2.3; spec raft §10.3]
   */
  isLoyal(): boolean {
    const { env, leader, options, role } = this.state;
    if (role === "leader") return true;
    const quietMs = env.now() - this.quietSinceMs;
    return leader !== undefined && quietMs < options.electionTimeoutMinMs;
  }

  onPreVote(from: PeerId, request: MessageOf<"preVote">): void {
    const { state } = this;
    const isNewer = request.term > state.term;
    const grants = isNewer && this.isGoodEnough(request);
    // A promise is for the term asked for; a refusal tells the one that this server is in.
    const term = grants ? request.term : state.term;
    const verdict = grants ? "granted" : "refused";
    state.send(from, { kind: "preVoteReply", verdict }, term);
  }

  /** The request is of this server's term. */
  onVote(from: PeerId, request: MessageOf<"vote">): void {
    const { state } = this;
    const isFree = state.vote === undefined ? state.leader === undefined : state.vote === from;
    const grants = isFree && this.isGoodEnough(request);
    if (grants) {
      if (state.vote === undefined) state.setTerm(state.term, from);
      this.draw();
    }
    state.send(from, { kind: "voteReply", verdict: grants ? "granted" : "refused" });
  }

  /**
   * A voter stands for election, as far as it knows; so does one whose removal is not committed:
   * it may be needed to elect the leader that commits it. [Ongaro 2014 §4.2.2]
   */
  mayStand(): boolean {
    const { commitIndex, env, membership } = this.state;
    const { current } = membership;
    return isVoter(current, env.self) || isVoter(membership.at(commitIndex), env.self);
  }

  private isGoodEnough(request: { lastIndex: number; lastTerm: number }): boolean {
    const { lastIndex: index, lastTerm: term } = request;
    return this.state.log.isSurpassedBy({ index, term });
  }

  private clear(): void {
    this.granted.clear();
    this.refused.clear();
    this.draw();
  }

  private ask(request: (peer: PeerId) => void): void {
    const { env, membership } = this.state;
    for (const { peer } of membership.current.voters) if (peer !== env.self) request(peer);
  }
}
