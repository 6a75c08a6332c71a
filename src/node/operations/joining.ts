import { DotSet } from "../../core/dot-set.ts";
import { peerId } from "../../core/peer.ts";
import type { OperationLog } from "../../data/operation-log/operation-log.ts";
import { decodeOperationSnapshot } from "../../data/operation-log/operation-log.wire.ts";
import type { NodeTimers } from "../node-host.ts";
import type { ReplicaPeers } from "../replicas/replica-peers.ts";
import type { Fetched, SnapshotDesk } from "../snapshots/snapshot-desk.ts";
import type { OperationsNumbers } from "./operations.options.ts";

export interface JoiningPorts {
  readonly name: string;
  readonly numbers: OperationsNumbers;
  readonly timers: NodeTimers;
  readonly log: OperationLog;
  readonly peers: Pick<ReplicaPeers, "holders" | "isLowest">;
  readonly desk: Pick<SnapshotDesk, "fetch">;
  /** Others stand in the set, as far as this node knows. */
  readonly hasOthers: () => boolean;
  readonly step: (body: () => void) => void;
  readonly count: (name: string) => void;
}

/**
 * How a replica comes to a state that others have: it asks them, one after the other. Of several
 * that all begin, the one with the lowest name begins with nothing, and gives its state to all.
 */
export class Joining {
  private readonly ports: JoiningPorts;
  private givers: string[] = [];
  private isAsking = false;
  private turns = 0;
  private timer: number | undefined;
  private isClosed = false;

  constructor(ports: JoiningPorts) {
    this.ports = ports;
  }

  /** Outside a step, or after one: asks, if there is something to ask for. */
  look(): void {
    if (this.isClosed || this.isAsking || this.timer !== undefined || !this.isNeeded) return;
    const { name, numbers, peers } = this.ports;
    this.isAsking = true;
    this.givers = peers.holders(name, new DotSet(), numbers.giversMaxCount);
    this.askNext();
  }

  close(): void {
    this.isClosed = true;
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
  }

  private get isNeeded(): boolean {
    const { hasOthers, log } = this.ports;
    // Nobody's state is any good to one that has its order from elsewhere, nor its own to them.
    if (log.order.isForeign) return false;
    return hasOthers() && (log.phase === "joining" || log.isBehind);
  }

  private askNext(): void {
    if (this.isClosed) return;
    const { desk, name, step } = this.ports;
    const giver = this.givers.shift();
    if (giver === undefined) return this.onNobody();
    step(() => desk.fetch(peerId(giver), name, (fetched) => this.onFetched(fetched)));
  }

  /** In a step. */
  private onFetched({ bytes }: Fetched): void {
    const { count, log, timers } = this.ports;
    const snapshot = bytes && decodeOperationSnapshot(bytes);
    if (bytes !== undefined && snapshot === undefined) count("operations.dropped.malformed");
    if (snapshot !== undefined) log.install(snapshot);
    if (!this.isNeeded) return this.rest();
    // Not within this step: the next one is asked in a step of its own.
    this.timer = timers.startTimer(() => {
      this.timer = undefined;
      this.askNext();
    }, 0);
  }

  private onNobody(): void {
    const { count, log, name, numbers, peers, step, timers } = this.ports;
    if (!this.isNeeded) return this.rest();
    this.turns += 1;
    const isFirst = this.turns > 1 && peers.isLowest(name);
    if (log.phase === "joining" && (isFirst || this.turns >= numbers.joinTurnsMaxCount)) {
      if (!isFirst) count("operations.joinedAlone");
      step(() => log.join());
    }
    if (!this.isNeeded) return this.rest();
    this.timer = timers.startTimer(() => {
      this.timer = undefined;
      this.isAsking = false;
      this.look();
    }, numbers.joinRetryMs);
  }

  private rest(): void {
    this.isAsking = false;
    this.turns = 0;
  }
}
