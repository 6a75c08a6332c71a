import type { Dot } from "../../core/dot.ts";
import { memberOf } from "../../core/peer.ts";
import type { Assembly } from "./assembly.ts";
import type { Delivery } from "./delivery.ts";
import type { LogContext } from "./log-context.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";
import type { PeerReport } from "./ordered-log.messages.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Trimming } from "./trimming.ts";

/** Reports are sent again after so many that would have said the same. [guess] */
const SAME_MAX_COUNT = 10;

/** So often the leader of now was told of an event in vain. [guess] */
const UNHEARD_COUNT = 10;

export interface ReportingDoor {
  readonly assembly: Assembly;
  readonly delivery: Delivery;
  readonly snapshots: Snapshots;
  readonly trimming: Trimming;
  /** Such an event is held no more. */
  onClosed(dot: Dot): void;
}

/** Tells the leader how far this node is, now and then. [spec raft §5, §7] */
export class Reporting {
  private readonly log: LogContext;
  private readonly door: ReportingDoor;
  private last = "";
  private sameCount = 0;

  constructor(log: LogContext, door: ReportingDoor) {
    this.log = log;
    this.door = door;
  }

  arm(): void {
    this.log.env.setTimer({ kind: "report" }, this.log.options.reportIntervalMs);
  }

  onTimer(): void {
    this.arm();
    this.report();
    this.dropClosed();
    this.dropUnwanted();
  }

  report(): void {
    const { env, order } = this.log;
    const { isLeader, leader, term } = order.status;
    const report = this.current();
    if (isLeader) {
      this.door.trimming.onReport(env.self, report);
      this.door.trimming.look();
      return;
    }
    if (leader === undefined) return;
    const text = JSON.stringify([leader, term, report]);
    this.sameCount = text === this.last ? this.sameCount + 1 : 0;
    if (this.sameCount % SAME_MAX_COUNT !== 0) return;
    this.last = text;
    env.send(leader, { kind: "report", report });
  }

  private current(): PeerReport {
    const { assembly, snapshots } = this.door;
    return {
      applied: this.kept(),
      dataThrough: assembly.dataThrough,
      snapshot: snapshots.durable,
    };
  }

  /** What the applications here would have again after a crash. */
  private kept(): OrderedPlace | undefined {
    const { delivery, snapshots } = this.door;
    let least: OrderedPlace | undefined;
    for (const { application, at } of delivery.parts.values()) {
      const kept = application.snapshot === undefined ? at : snapshots.durable;
      if (least === undefined || kept.place < least.place) least = kept;
    }
    return least;
  }

  /** Of lives that were closed by later ones: nothing of them gets a place any more. */
  private dropClosed(): void {
    const { state, store } = this.log;
    for (const { dot } of [...store.pendings()]) {
      if (state.floorOf(dot.origin) < dot.seq) continue;
      store.take(dot);
      this.door.onClosed(dot);
      this.log.count("dropped.closed");
    }
  }

  /** Others' events that no leader has taken note of for a long time. */
  private dropUnwanted(): void {
    const { env, options, order, origin, store } = this.log;
    const agedMs = env.now() - options.pendingTtlMs;
    // Without a leader nobody could take note; a new one is told many times first.
    if (order.status.isLeader || order.status.leader === undefined) return;
    for (const event of [...store.pendings()]) {
      if (event.sinceMs > agedMs || event.ackedTerm >= 0 || event.isProposed) continue;
      if (event.announcedCount < UNHEARD_COUNT) continue;
      if (memberOf(event.dot.origin) === memberOf(origin)) continue;
      store.take(event.dot);
      this.log.count("dropped.unwanted");
    }
  }
}
