import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { ReplicaPeers } from "./replica-peers.ts";

export interface AdmissionsPorts {
  readonly peers: Pick<ReplicaPeers, "hasCaughtUp">;
  afterStep(body: () => void): void;
}

/** A replica of this node that nobody is known to wait for yet. */
export interface Newcomer {
  readonly seen: () => ReadonlyDotSet;
  /** Last in a step. */
  readonly onAdmitted: () => void;
}

/**
 * Who has just opened a replica is waited for by nobody before another member has heard of it. That
 * has happened when that member agreed about the sets and told what it has seen; and once all of
 * it is here, too, nothing that was forgotten before can be news here any more.
 */
export class Admissions {
  private readonly ports: AdmissionsPorts;
  private readonly newcomers = new Map<string, Newcomer>();
  /** Looked at when this step has ended: each write of a delta asks for it. */
  private readonly due = new Set<string>();

  constructor(ports: AdmissionsPorts) {
    this.ports = ports;
  }

  /** In every life anew: it costs a round, and what a disk says of others may be old. */
  expect(replica: string, newcomer: Newcomer): void {
    this.newcomers.set(replica, newcomer);
  }

  /** In a step: another has told what it has seen, or given some of it. */
  look(replica: string): void {
    if (!this.newcomers.has(replica) || this.due.has(replica)) return;
    this.due.add(replica);
    this.ports.afterStep(() => {
      this.due.delete(replica);
      const newcomer = this.newcomers.get(replica);
      if (newcomer === undefined) return;
      if (!this.ports.peers.hasCaughtUp(replica, newcomer.seen())) return;
      this.newcomers.delete(replica);
      newcomer.onAdmitted();
    });
  }
}
