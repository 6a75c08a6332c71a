import type { PeerId } from "../core/peer.ts";
import type { Entry } from "./entry.ts";
import { HeldBack } from "./held-back.ts";
import type { MessageOf, RaftMessage } from "./raft.messages.ts";
import type { RaftState } from "./raft-state.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";

/** Takes the leader's log. [Ongaro 2014 §3.5, §5; spec raft §10.6–10] */
export class Follower {
  private readonly state: RaftState;
  private readonly inbox: SnapshotInbox;
  private readonly heldBack: HeldBack;

  constructor(state: RaftState) {
    this.state = state;
    this.heldBack = new HeldBack(state.options.heldBackMaxBytes);
    this.inbox = new SnapshotInbox(state.options.snapshotMaxBytes);
  }

  /** The message is of this term's leader. */
  onMessage(from: PeerId, message: RaftMessage): void {
    if (message.kind === "append") this.onAppend(from, message);
    else if (message.kind === "heartbeat") this.onHeartbeat(from, message);
    else if (message.kind === "chunk") this.onChunk(from, message);
  }

  /** What was held back may be kept by now. */
  reconsider(): void {
    const { leader, term } = this.state;
    const append = this.heldBack.take(term);
    if (append !== undefined && leader !== undefined) this.takeEntries(leader, append);
  }

  private onAppend(from: PeerId, message: MessageOf<"append">): void {
    const { state } = this;
    if (!isInOrder(message)) return state.count("dropped.disorder");
    if (this.heldBack.isBefore(message)) {
      this.holdBack(message);
      if (this.heldBack.isDecided) this.reconsider();
    } else this.takeEntries(from, message);
    if (this.state.guard === undefined || this.heldBack.isEmpty) return;
    // Whoever is asked about all of them together can get what is missing together.
    for (const entry of message.entries) this.mayKeep(entry);
  }

  private takeEntries(from: PeerId, message: MessageOf<"append">): void {
    const { state } = this;
    const { commitIndex, log } = state;
    // What is on its way to the disk takes the place of this log.
    if (state.installing !== undefined) return state.count("dropped.installing");
    const { commit, entries, prevIndex, prevTerm } = message;
    if (prevIndex < log.baseIndex || prevIndex < commitIndex) {
      // All that is committed here is what the leader has.
      if (prevIndex + entries.length <= commitIndex) return this.take(from, commitIndex, commit);
    } else if (!log.has({ index: prevIndex, term: prevTerm })) {
      const hint = log.lastOfTerm({ index: prevIndex, term: prevTerm });
      const { index: hintIndex, term: hintTerm } = hint;
      return state.send(from, { kind: "misfit", prevIndex, hintIndex, hintTerm });
    }
    const end = this.appendNew(message);
    if (end === undefined) return state.count("dropped.overCommitted");
    // Of what is held back nothing is said: its leader sends it again, and hears no less of others.
    if (end > prevIndex || entries.length === 0) this.take(from, end, commit);
  }

  /**
   * Entries that are here already stay, and with them those behind: the message may be late.
   * @returns the last one that is here now
   */
  private appendNew(message: MessageOf<"append">): number | undefined {
    const { state } = this;
    const { log } = state;
    const { commit, entries, prevIndex } = message;
    for (const [at, entry] of entries.entries()) {
      const isKnown = entry.index <= log.baseIndex || log.has(entry);
      if (isKnown) continue;
      const before = log.termAt(entry.index - 1) ?? 0;
      if (entry.term < before) return undefined;
      if (entry.index <= log.lastIndex && entry.index <= state.commitIndex) return undefined;
      // What is committed is decided: there is nothing to be asked any more.
      if (entry.index > commit && !this.mayKeep(entry)) {
        const rest = { prevIndex: entry.index - 1, prevTerm: before, entries: entries.slice(at) };
        this.holdBack({ ...message, ...rest });
        return entry.index - 1;
      }
      if (entry.index <= log.lastIndex) state.truncateFrom(entry.index);
      state.append(entry);
    }
    return prevIndex + entries.length;
  }

  private mayKeep(entry: Entry): boolean {
    return entry.kind !== "command" || this.state.guard?.mayKeep(entry.command) !== false;
  }

  private holdBack(message: MessageOf<"append">): void {
    const { state } = this;
    state.count(this.heldBack.put(message) ? "heldBack" : "dropped.heldBack");
  }

  private take(from: PeerId, match: number, commit: number): void {
    const { state } = this;
    state.commitIndex = Math.max(state.commitIndex, Math.min(commit, match));
    state.sendTaken(from, match);
  }

  private onHeartbeat(from: PeerId, { commit, round }: MessageOf<"heartbeat">): void {
    const { state } = this;
    // The leader knows that this log is its own up to `commit`.
    if (state.installing === undefined && commit <= state.log.lastIndex) {
      state.commitIndex = Math.max(state.commitIndex, commit);
    }
    // What only tells of commits wants no answer.
    if (round > 0) state.sendNow(from, { kind: "heartbeatReply", round });
  }

  private onChunk(from: PeerId, message: MessageOf<"chunk">): void {
    const { state } = this;
    const { index } = message;
    if (state.installing !== undefined) return;
    if (index <= state.commitIndex) {
      return state.sendTaken(from, state.commitIndex);
    }
    const result = this.inbox.onChunk(from, message);
    if (result === undefined) return state.count("dropped.chunk");
    if (typeof result === "number") {
      return state.send(from, { kind: "chunkReply", index, offset: result });
    }
    state.install(result);
  }
}

/** Indexes go up by one and terms do not fall, as in any log. */
function isInOrder({ entries, prevIndex, prevTerm, term }: MessageOf<"append">): boolean {
  let before = { index: prevIndex, term: prevTerm };
  for (const entry of entries) {
    if (entry.index !== before.index + 1 || entry.term < before.term) return false;
    before = entry;
  }
  return before.term <= term;
}
