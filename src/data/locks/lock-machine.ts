import type { OrderedMachine } from "../../core/ordered-machine.ts";
import type {
  OrderedCommand,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
} from "../../core/orderer.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { LockSession } from "./lock-session.ts";
import { LockTable } from "./lock-table.ts";
import type { LockTimer, LockWiring } from "./locks.contract.ts";
import type { LockEvent, LockRow } from "./locks.messages.ts";
import type { LockOptions } from "./locks.options.ts";

/** The name of the one machine of all locks in an order. */
export const LOCK_MACHINE = "lock";

/** All locks of a group, as one node sees them; and those it holds itself. */
export class LockMachine implements OrderedMachine {
  /** This node's own. */
  readonly own: LockSession;
  private readonly wiring: LockWiring;
  private readonly table = new LockTable();
  private readonly watch: LeaseWatch;

  constructor(wiring: LockWiring, options: LockOptions) {
    this.wiring = wiring;
    this.own = new LockSession(wiring, this.table, options);
    this.watch = new LeaseWatch(wiring, this.table, options);
    const { counters } = wiring;
    counters.gauge("locks.count", () => this.table.locksCount);
    counters.gauge("locks.sessions", () => this.table.sessionsCount);
    counters.gauge("locks.full", () => this.table.fullCount);
  }

  /** Who holds it, and who waits; undefined while it is free. */
  row(name: string): LockRow | undefined {
    return this.table.rowOf(name);
  }

  /** The locks that are held, at most `maxCount`, in the order of their first acquisition. */
  rows(maxCount: number): LockRow[] {
    const rows: LockRow[] = [];
    for (const name of this.table.names()) {
      if (rows.length >= maxCount) break;
      const row = this.table.rowOf(name);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  onCommand({ command: bytes, position }: OrderedCommand): void {
    const command = this.wiring.codec.decodeCommand(bytes);
    if (command === undefined) return this.wiring.counters.count("locks.dropped.unreadable");
    for (const event of this.table.apply(command, position)) this.tell(event);
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    if (!this.watch.onOutcome(request, outcome)) this.own.onOutcome(request, outcome);
  }

  onStatus(status: OrdererStatus): void {
    this.own.onStatus(status);
    this.watch.look();
  }

  onTimer(timer: LockTimer): void {
    if (timer.kind === "session") this.own.onTimer();
    else this.watch.onTimer();
  }

  snapshot(): Uint8Array {
    return this.wiring.codec.encodeSnapshot(this.table.records());
  }

  restore(_: OrderPosition, state: Uint8Array): boolean {
    const records = this.wiring.codec.decodeSnapshot(state);
    const before = new Set(this.table.names());
    if (records === undefined || !this.table.restore(records)) return false;
    this.own.onRestored();
    this.watch.onRestored();
    for (const name of new Set([...before, ...this.table.names()])) {
      this.wiring.listener.onRow(name);
    }
    return true;
  }

  /** Gives back what this node holds. */
  stop(): void {
    this.own.stop();
  }

  private tell(event: LockEvent): void {
    this.watch.onEvent(event);
    this.own.onEvent(event);
    if (event.kind === "granted" || event.kind === "freed") {
      this.wiring.listener.onRow(event.name);
    } else if (event.kind === "ended" && event.why === "expired") {
      this.wiring.counters.count("locks.expired");
    }
  }
}
