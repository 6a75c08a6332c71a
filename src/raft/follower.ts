import type { PeerId } from "../core/peer.ts";
import type { MessageOf, RaftMessage } from "./raft.messages.ts";
import type { RaftState } from "./raft-state.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";

/** Takes the leader's log. [Ongaro 2014 §3.5, §5; spec raft §10.6–10] */
export class Follower {
  private readonly state: RaftState;
  private readonly inbox: SnapshotInbox;

  constructor(state: RaftState) {
    this.state = state;
    this.inbox = new SnapshotInbox(state.options.snapshotMaxBytes);
  }

  /** The message is of this term's leader. */
  onMessage(from: PeerId, message: RaftMessage): void {
    if (message.kind === "append") this.onAppend(from, message);
    else if (message.kind === "heartbeat") this.onHeartbeat(from, message);
    else if (message.kind === "chunk") this.onChunk(from, message);
  }

  private onAppend(from: PeerId, message: MessageOf<"append">): void {
    const { state } = this;
    const { commitIndex, log } = state;
    // What is on its way to the disk takes the place of this log.
    if (state.installing !== undefined) return state.count("dropped.installing");
    if (!isInOrder(message)) return state.count("dropped.disorder");
    const { commit, entries, prevIndex, prevTerm } = message;
    if (prevIndex < log.baseIndex || prevIndex < commitIndex) {
      // All that is committed here is what the leader has.
      if (prevIndex + entries.length <= commitIndex) return this.take(from, commitIndex, commit);
    } else if (!log.has({ index: prevIndex, term: prevTerm })) {
      const hint = log.lastOfTerm({ index: prevIndex, term: prevTerm });
      const { index: hintIndex, term: hintTerm } = hint;
      return state.send(from, { kind: "misfit", prevIndex, hintIndex, hintTerm });
    }
    if (!this.appendNew(message)) return state.count("dropped.overCommitted");
    this.take(from, prevIndex + entries.length, commit);
  }

  /** Entries that are here already stay, and with them those behind: the message may be late. */
  private appendNew({ entries }: MessageOf<"append">): boolean {
    const { state } = this;
    const { log } = state;
    for (const entry of entries) {
      const isKnown = entry.index <= log.baseIndex || log.has(entry);
      if (isKnown) continue;
      if (entry.term < (log.termAt(entry.index - 1) ?? 0)) return false;
      if (entry.index <= log.lastIndex) {
        if (entry.index <= state.commitIndex) return false;
        state.truncateFrom(entry.index);
      }
      state.append(entry);
    }
    return true;
  }

  private take(from: PeerId, match: number, commit: number): void {
    const { state } = this;
    state.commitIndex = Math.max(state.commitIndex, Math.min(commit, match));
    state.send(from, { kind: "taken", match });
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
      return state.send(from, { kind: "taken", match: state.commitIndex });
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
