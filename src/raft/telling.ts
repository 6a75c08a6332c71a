import type { Entry } from "./entry.ts";
import type { ReadName } from "./raft.contract.ts";
import type { WishReply } from "./raft.messages.ts";
import type { RaftState } from "./raft-state.ts";

/** Entries handed over in one go. [because: a listener should not get a list of any length] */
const HANDED_MAX_COUNT = 1_024;

/** Tells the listener what it must know, once each and in order; last in a step. */
export class Telling {
  private readonly state: RaftState;
  private appliedIndex = 0;
  private isHanding = false;
  private toldRole = "";
  private answers: { read: ReadName; reply: WishReply }[] = [];

  constructor(state: RaftState) {
    this.state = state;
  }

  /** Up to here the listener has heard everything. */
  get applied(): number {
    return this.appliedIndex;
  }

  /** Something is being told, and what is called meanwhile is part of that. */
  get isBusy(): boolean {
    return this.isHanding;
  }

  answerLater(reads: readonly ReadName[], reply: WishReply): void {
    for (const read of reads) this.answers.push({ read, reply });
  }

  /** A snapshot stands for what was not handed over one by one. */
  restore(): void {
    const { snapshot, wiring } = this.state;
    if (snapshot === undefined || snapshot.index <= this.appliedIndex) return;
    this.appliedIndex = snapshot.index;
    wiring.listener.onSnapshot(snapshot);
  }

  handOver(): void {
    const { state } = this;
    this.isHanding = true;
    while (this.appliedIndex < state.commitIndex) {
      const entries: Entry[] = [];
      while (entries.length < HANDED_MAX_COUNT && this.appliedIndex < state.commitIndex) {
        this.appliedIndex += 1;
        const entry = state.log.entryAt(this.appliedIndex);
        if (entry !== undefined) entries.push(entry);
      }
      state.wiring.listener.onCommitted(entries);
    }
    this.isHanding = false;
  }

  tellRest(): void {
    const { leader, role, term, wiring } = this.state;
    const { answers } = this;
    this.answers = [];
    for (const { read, reply } of answers) wiring.listener.onRead(read, reply);
    const now = `${role} ${term} ${String(leader)}`;
    if (now === this.toldRole) return;
    this.toldRole = now;
    wiring.listener.onRole();
  }
}
