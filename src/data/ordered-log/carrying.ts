import type { Assembly } from "./assembly.ts";
import type { Catchup } from "./catchup.ts";
import type { Delivery } from "./delivery.ts";
import type { LogContext } from "./log-context.ts";
import type { Snapshots } from "./snapshots.ts";

/** So many times `retryMaxMs` until all are asked again, when none had a snapshot. [guess] */
const PAUSE_RATIO = 2;

export interface CarryingDoor {
  readonly assembly: Assembly;
  readonly catchup: Catchup;
  readonly delivery: Delivery;
  readonly snapshots: Snapshots;
}

/**
 * A voter that has no state of a log, which others have opened, can take no snapshot of it; and
 * what no majority of voters has in snapshots is never dropped. So it gets theirs, as often as it
 * would take one itself, and keeps it for newcomers as they do. [spec raft §7]
 */
export class Carrying {
  private readonly log: LogContext;
  private readonly door: CarryingDoor;
  /** What was assembled when a snapshot came last: the next one must reach further. */
  private since = { place: 0, bytes: 0 };
  private askedMs = Number.NEGATIVE_INFINITY;

  constructor(log: LogContext, door: CarryingDoor) {
    this.log = log;
    this.door = door;
  }

  /** Now and then. */
  look(): void {
    const { env, options, order } = this.log;
    const { assembly, catchup, snapshots } = this.door;
    if ((snapshots.current?.place ?? 0) > this.since.place) {
      this.since = { place: assembly.through.place, bytes: assembly.bytesCount };
    }
    if (!this.isMuch() || catchup.inbox.isBusy || this.hasState()) return;
    if (!order.members.voters.includes(env.self)) return;
    if (env.now() - this.askedMs < PAUSE_RATIO * options.retryMaxMs) return;
    this.askedMs = env.now();
    catchup.inbox.need(this.since.place + 1);
  }

  private isMuch(): boolean {
    const { snapshotAfterBytes, snapshotAfterCount } = this.log.options;
    const { bytesCount, through } = this.door.assembly;
    const { bytes, place } = this.since;
    return through.place - place >= snapshotAfterCount || bytesCount - bytes >= snapshotAfterBytes;
  }

  private hasState(): boolean {
    const parts = [...this.door.delivery.parts.values()];
    return parts.some(({ application }) => application.snapshot !== undefined);
  }
}
