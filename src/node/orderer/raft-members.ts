import { type PeerId, peerId } from "../../core/peer.ts";
import type { RaftOrderer } from "../../raft/raft-orderer.ts";
import { type Outcome, waitFor } from "../waits.ts";
import type { OrderOptions } from "./order.options.ts";
import type { OrdererPorts } from "./orderer.contract.ts";

/** Time between two looks at whether the heir still answers. [because: one heartbeat] */
const HEIR_LOOK_MS = 100;
/**
 * Looks that find nobody before this node goes. [because: one that was busy for a while has heard
 * of nobody, and their answers to the next heartbeat are on the way]
 */
const HEIR_LOOKS_COUNT = 4;

interface Absence {
  readonly kind: "left" | "failed";
  readonly sinceMs: number;
}

/**
 * Brings a Raft group and the membership of the cluster together. Who has no leader greets others,
 * and so becomes a learner; who leads removes those that are gone for good. What is removed and
 * still runs greets again, and is a learner: to be rid of it one stops it.
 */
export class RaftMembers {
  private readonly orderer: RaftOrderer;
  private readonly ports: OrdererPorts;
  private readonly options: OrderOptions;
  /** Members of the group that are away, since this node leads. */
  private readonly absent = new Map<PeerId, Absence>();
  /** Voters that the log was told of. */
  private toldUnasked = "";

  constructor(orderer: RaftOrderer, ports: OrdererPorts, options: OrderOptions) {
    this.orderer = orderer;
    this.ports = ports;
    this.options = options;
  }

  onRound(): void {
    const { isLeader, leader } = this.orderer.status;
    this.tellUnasked();
    if (isLeader) return this.removeGone();
    this.absent.clear();
    if (leader !== undefined) return;
    const peers = this.ports.somePeers(this.options.greetPeersCount);
    this.orderer.greet(peers.map(peerId));
  }

  /** Voters that answer are asked to lead, one after another, until one does. */
  async handOver(): Promise<void> {
    const { orderer, ports } = this;
    if (!orderer.status.isLeader || orderer.members.voters.length < 2) return;
    await waitFor<void>({
      what: "another leader",
      timeoutMs: this.options.handOverMaxMs,
      timers: ports.timers,
      begin: (outcome) => this.askHeirs(outcome),
    }).catch(() => {
      // Whoever is left elects a leader by itself.
      ports.logger.warn("no other node has taken over the order before this one left");
    });
  }

  /** @returns what ends it. */
  private askHeirs(outcome: Outcome<void>): () => void {
    const { orderer, ports } = this;
    let timer: number | undefined;
    let vainCount = 0;
    const isOver = () => !orderer.status.isLeader;
    const look = (): void => {
      const heir = orderer.heirs.find((peer) => ports.statusOf(String(peer)) === "alive");
      vainCount = heir === undefined ? vainCount + 1 : 0;
      if (isOver()) return outcome.resolve();
      if (vainCount >= HEIR_LOOKS_COUNT) return outcome.reject(new Error("no other voter answers"));
      // Refused while one that answers is on its way into office.
      if (heir !== undefined) ports.step(() => orderer.transferTo(heir));
      timer = ports.timers.startTimer(look, HEIR_LOOK_MS);
    };
    orderer.listen({ onOutcome: () => {}, onStatus: () => void (isOver() && outcome.resolve()) });
    look();
    return () => void (timer !== undefined && ports.timers.stopTimer(timer));
  }

  /** Once each time that they are others. */
  private tellUnasked(): void {
    const names = this.orderer.unasked.map(String).join(", ");
    if (names === this.toldUnasked) return;
    this.toldUnasked = names;
    if (names === "") return;
    const why = "their version keeps what it is sent without asking whether its data is there";
    this.ports.logger.warn(`voters that do not help to order: ${names}; ${why}: upgrade them`);
  }

  private removeGone(): void {
    const { learners, voters } = this.orderer.members;
    const members = [...voters, ...learners];
    for (const peer of this.absent.keys()) if (!members.includes(peer)) this.absent.delete(peer);
    const gone = members.find((peer) => this.isGone(peer));
    if (gone === undefined || this.ports.objectionToRemoval(String(gone)) !== undefined) return;
    this.ports.count("order.removedGone");
    this.ports.logger.info(`${String(gone)} is removed from the order: it has not come back`);
    // Refused while another change is under way: then the next round asks again.
    this.orderer.change({ kind: "remove", peer: gone });
  }

  private isGone(peer: PeerId): boolean {
    if (String(peer) === this.ports.name) return false;
    const kind = this.absenceOf(peer);
    if (kind === undefined) {
      this.absent.delete(peer);
      return false;
    }
    const nowMs = this.ports.now();
    const known = this.absent.get(peer);
    const absence = known?.kind === kind ? known : { kind, sinceMs: nowMs };
    this.absent.set(peer, absence);
    const { removeFailedAfterMs, removeLeftAfterMs } = this.options;
    const afterMs = kind === "left" ? removeLeftAfterMs : removeFailedAfterMs;
    return nowMs - absence.sinceMs >= afterMs;
  }

  private absenceOf(peer: PeerId): Absence["kind"] | undefined {
    const status = this.ports.statusOf(String(peer));
    if (status === "left") return "left";
    if (status === "failed") return "failed";
    // Members are forgotten some time after they went; which way is remembered here.
    return status === undefined ? (this.absent.get(peer)?.kind ?? "failed") : undefined;
  }
}
