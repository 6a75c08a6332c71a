import type { PeerId } from "../core/peer.ts";
import { entryBytes } from "./entry.ts";
import { Progress } from "./progress.ts";
import type { Keeps, MessageOf } from "./raft.messages.ts";
import type { RaftState } from "./raft-state.ts";
import type { Snapshot } from "./state-bytes.ts";

/**
 * Brings a leader's log to all others. What is appended while nothing is under way to a peer leaves
 * at once; what is appended meanwhile leaves together, with the next acknowledgement or after
 * `flushIntervalMs`. [spec raft §10.6, §10.13]
 */
export class Replication {
  private readonly state: RaftState;
  private readonly peers = new Map<PeerId, Progress>();
  private learners: ReadonlySet<PeerId> = new Set();
  private isFlushSet = false;

  constructor(state: RaftState) {
    this.state = state;
    state.progress = this.peers;
    this.review();
  }

  /** After a change of members. */
  review(): void {
    const { env, log, membership, options } = this.state;
    const { learners, voters } = membership.current;
    const seats = new Map([...voters, ...learners].map(({ disk, peer }) => [peer, disk]));
    seats.delete(env.self);
    this.learners = new Set(learners.map(({ peer }) => peer));
    for (const [peer, { disk }] of this.peers) {
      if (seats.get(peer) !== disk) this.peers.delete(peer);
    }
    for (const [peer, disk] of seats) {
      if (this.peers.has(peer)) continue;
      this.peers.set(peer, new Progress(disk, log.lastIndex + 1, env.now(), options));
    }
  }

  matchOf(peer: PeerId): number {
    return this.peers.get(peer)?.match ?? 0;
  }

  /**
   * Up to here a commit may rest on it. What a voter kept unasked, because it is back with an older
   * version since it said that it asks, it may have kept without its data. [decision 0011]
   */
  countedMatchOf(peer: PeerId): number {
    const progress = this.peers.get(peer);
    if (progress === undefined) return 0;
    const { commitIndex } = this.state;
    const { match } = progress;
    return this.waitsForCommits(peer, progress) ? Math.min(match, commitIndex) : match;
  }

  keepsOf(peer: PeerId): Keeps | undefined {
    return this.peers.get(peer)?.keeps;
  }

  roundOf(peer: PeerId): number {
    return this.peers.get(peer)?.round ?? -1;
  }

  heardMs(peer: PeerId): number {
    return this.peers.get(peer)?.heardMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Behind it stands what a peer that is getting a snapshot will need; infinite when none is. */
  get neededIndex(): number {
    const { env, options } = this.state;
    const sinceMs = env.now() - options.electionTimeoutMinMs;
    let least = Number.POSITIVE_INFINITY;
    for (const { heardMs, snapshot } of this.peers.values()) {
      if (snapshot !== undefined && heardMs >= sinceMs) least = Math.min(least, snapshot.index);
    }
    return least;
  }

  onHeard(from: PeerId): void {
    const progress = this.peers.get(from);
    if (progress !== undefined) progress.heardMs = this.state.env.now();
  }

  onAppended(): void {
    for (const [peer, progress] of this.peers) {
      if (progress.isIdle) this.sendEntries(peer, progress);
      else this.setFlush();
    }
  }

  onFlush(): void {
    this.isFlushSet = false;
    for (const [peer, progress] of this.peers) this.sendEntries(peer, progress);
  }

  /** Those to whom nothing is on its way hear at once that more is committed. */
  onCommitted(): void {
    for (const [peer, progress] of this.peers) {
      if (this.waitsForCommits(peer, progress)) this.sendEntries(peer, progress);
      if (progress.isIdle) this.tellCommit(peer, progress);
    }
  }

  heartbeat(round: number): void {
    for (const [peer, progress] of this.peers) this.tellCommit(peer, progress, round);
  }

  /** @returns whether its match has grown. */
  onTaken(from: PeerId, { keeps, match }: MessageOf<"taken">): boolean {
    const progress = this.peers.get(from);
    const { env, log } = this.state;
    if (progress === undefined || match > log.lastIndex) return false;
    progress.keeps = keeps;
    const isNews = progress.onMatch(match, env.now());
    this.sendEntries(from, progress);
    // It may be the last to acknowledge what others have committed before.
    if (progress.isIdle) this.tellCommit(from, progress);
    return isNews;
  }

  /** Finds where the two logs agree, by whole terms. */
  onMisfit(from: PeerId, message: MessageOf<"misfit">): void {
    const progress = this.peers.get(from);
    if (progress === undefined || message.prevIndex <= progress.match) return;
    // An answer to something sent before this peer was asked anew.
    if (progress.state === "probe" && message.prevIndex !== progress.next - 1) return;
    if (progress.state === "snapshot") return;
    const { log } = this.state;
    const hint = { index: message.hintIndex, term: message.hintTerm };
    const fit = log.lastOfTerm(hint).index;
    progress.begin("probe", Math.max(progress.match, Math.min(fit, message.prevIndex - 1)) + 1);
    this.sendEntries(from, progress);
  }

  onHeartbeatReply(from: PeerId, round: number): void {
    const { env, options } = this.state;
    const progress = this.peers.get(from);
    if (progress === undefined) return;
    progress.round = Math.max(progress.round, round);
    const { waitingSinceMs } = progress;
    if (waitingSinceMs !== undefined && env.now() - waitingSinceMs >= options.resendAfterMs) {
      this.sendAgain(progress);
    }
    this.sendEntries(from, progress);
  }

  onChunkReply(from: PeerId, { index, offset }: MessageOf<"chunkReply">): void {
    const progress = this.peers.get(from);
    const snapshot = progress?.snapshot;
    if (progress === undefined || snapshot?.index !== index) return;
    if (offset > snapshot.bytes.length) return;
    // What was asked for before has been sent: if each of two like answers were followed by a
    // piece, a network that doubles would make them ever more. Who has begun anew waits a little.
    const isNews = offset > progress.snapshotOffset;
    progress.snapshotOffset = offset;
    if (isNews) this.sendChunk(from, progress, snapshot);
  }

  /** What is under way is taken for lost. */
  private sendAgain(progress: Progress): void {
    this.state.count("resent");
    if (progress.state === "snapshot") progress.waitingSinceMs = undefined;
    else progress.begin("probe", progress.match + 1);
  }

  private sendEntries(peer: PeerId, progress: Progress): void {
    if (progress.snapshot !== undefined) {
      if (progress.waitingSinceMs === undefined) this.sendChunk(peer, progress, progress.snapshot);
      return;
    }
    const { env, log, options } = this.state;
    const upTo = this.waitsForCommits(peer, progress) ? this.state.commitIndex : log.lastIndex;
    const bounds = { maxBytes: options.appendMaxBytes, maxCount: options.appendMaxCount, upTo };
    while (progress.hasRoom) {
      const prevIndex = progress.next - 1;
      const prevTerm = log.termAt(prevIndex);
      if (prevTerm === undefined) return this.beginSnapshot(peer, progress);
      const entries = log.slice(progress.next, bounds);
      if (entries.length === 0 && progress.state === "replicate") return;
      const { commitIndex: commit } = this.state;
      this.state.sendNow(peer, { kind: "append", prevIndex, prevTerm, commit, entries });
      const last = prevIndex + entries.length;
      progress.toldCommit = Math.max(progress.toldCommit, Math.min(commit, last));
      const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
      progress.onSent(last, bytes, env.now());
    }
  }

  /**
   * Learners count for nothing, and what commands stand for may come late to them: where that is
   * asked about, they get what is decided, and need not be asked. So does a voter that has not said
   * that it asks: it may be of a version that keeps what it gets, and would be counted for it.
   */
  private waitsForCommits(peer: PeerId, { keeps }: Progress): boolean {
    return this.state.guard !== undefined && (keeps !== "asked" || this.learners.has(peer));
  }

  /** At most what the peer is known to hold: a heartbeat says nothing of the entries before it. */
  private tellCommit(peer: PeerId, progress: Progress, round?: number): void {
    const commit = Math.min(progress.match, this.state.commitIndex);
    if (round === undefined && commit <= progress.toldCommit) return;
    progress.toldCommit = Math.max(progress.toldCommit, commit);
    this.state.sendNow(peer, { kind: "heartbeat", commit, round: round ?? 0 });
  }

  private beginSnapshot(peer: PeerId, progress: Progress): void {
    const { snapshot } = this.state;
    if (snapshot === undefined) return this.state.count("snapshotMissing");
    this.state.count("snapshotsSent");
    progress.beginSnapshot(snapshot);
    this.sendChunk(peer, progress, snapshot);
  }

  private sendChunk(peer: PeerId, progress: Progress, snapshot: Snapshot): void {
    const { env, options } = this.state;
    const { snapshotOffset: offset } = progress;
    const bytes = snapshot.bytes.subarray(offset, offset + options.snapshotChunkBytes);
    const { config, index, term: indexTerm } = snapshot;
    const totalBytes = snapshot.bytes.length;
    progress.waitingSinceMs = env.now();
    const what = { index, indexTerm, config, totalBytes, offset, bytes };
    this.state.sendNow(peer, { kind: "chunk", ...what });
  }

  private setFlush(): void {
    if (this.isFlushSet) return;
    this.isFlushSet = true;
    this.state.env.setTimer({ kind: "flush" }, this.state.options.flushIntervalMs);
  }
}
