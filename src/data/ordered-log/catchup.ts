import type { PeerId } from "../../core/peer.ts";
import type { AppSnapshot } from "./app-snapshot.ts";
import { decodeAppSnapshot } from "./app-snapshot.ts";
import type { Delivery, LogPart } from "./delivery.ts";
import type { ItemRow } from "./item-row.ts";
import type { TellingContext } from "./log-context.ts";
import type { OrderState } from "./order-state.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";
import { SnapshotInbox } from "./snapshot-inbox.ts";
import type { Snapshots } from "./snapshots.ts";

export interface CatchupContext extends TellingContext {
  readonly state: Pick<OrderState, "end" | "trimmed">;
}

export interface CatchupDoor {
  readonly assembly: ItemRow;
  readonly delivery: Delivery;
  readonly snapshots: Snapshots;
  /** Whom to ask for a snapshot, in turn. */
  sources(): PeerId[];
  /** The order has leapt over places. */
  onJump(): void;
  /** A snapshot of a peer was taken: it should be on disk. */
  onTaken(): void;
}

/**
 * For whoever is behind what is still held: an application gets a snapshot, this node's own or a
 * peer's; one that takes none, or for which nobody has any, is told of a gap. [spec raft §7]
 */
export class Catchup {
  readonly inbox: SnapshotInbox;
  private readonly log: CatchupContext;
  private readonly door: CatchupDoor;

  constructor(log: CatchupContext, door: CatchupDoor) {
    this.log = log;
    this.door = door;
    this.inbox = new SnapshotInbox(log, {
      sources: () => door.sources(),
      onSnapshot: (...whole) => this.onSnapshot(...whole),
      onNobody: () => this.onNobody(),
    });
  }

  onAttached(part: LogPart): void {
    const { current } = this.door.snapshots;
    const own = current && decodeAppSnapshot(current.bytes);
    if (own !== undefined && own.at.place > part.at.place) this.restore(part, own);
    this.look();
  }

  /** Some places are held no more, here or anywhere. */
  onTrimmed(): void {
    const { assembly, delivery } = this.door;
    const { state } = this.log;
    assembly.dropUpTo(Math.min(state.trimmed.place, delivery.applied.place));
    this.look();
  }

  /** Whether anybody here needs what is held no more. */
  look(): void {
    const { assembly, delivery } = this.door;
    const { trimmed } = this.log.state;
    const isCut = assembly.through.place < trimmed.place;
    const least = isCut ? trimmed : assembly.base;
    const parts = [...delivery.parts.values()].filter(({ at }) => at.place < least.place);
    const inNeed = parts.filter(({ application }) => application.restore !== undefined);
    if (inNeed.length > 0) return this.inbox.need(least.place);
    if (isCut) this.leap(trimmed);
    for (const part of parts) delivery.skip(part, least);
  }

  private onSnapshot(bytes: Uint8Array, place: number): boolean {
    const { assembly, delivery, snapshots } = this.door;
    const snapshot = decodeAppSnapshot(bytes);
    if (snapshot?.at.place !== place) {
      this.log.count("dropped.strangeSnapshot");
      return false;
    }
    let restoredCount = 0;
    for (const part of delivery.parts.values()) {
      if (part.at.place < snapshot.at.place && this.restore(part, snapshot)) restoredCount += 1;
    }
    if (restoredCount === 0 && !this.isMissedByNobody(snapshot)) return false;
    this.log.count("snapshotsTaken");
    // Who was given it to keep keeps its data, too: others may need that until it is trimmed.
    if (restoredCount > 0 && snapshot.at.place > assembly.through.place) {
      assembly.jump(snapshot.at, snapshot.clocks);
      this.door.onJump();
    }
    if (snapshot.at.place > (snapshots.current?.place ?? 0)) snapshots.hold(bytes, snapshot.at);
    this.inbox.end();
    this.door.onTaken();
    this.look();
    return true;
  }

  /** All here are as far, or get there by what is held; and the order has come so far. */
  private isMissedByNobody({ at }: AppSnapshot): boolean {
    const { base, through } = this.door.assembly;
    if (at.place > this.log.state.end.place) return false;
    const least = at.place <= through.place ? Math.min(base.place, at.place) : at.place;
    return [...this.door.delivery.parts.values()].every((part) => part.at.place >= least);
  }

  private restore(part: LogPart, { at, states }: AppSnapshot): boolean {
    const state = states.get(part.name);
    if (state === undefined || part.application.restore === undefined) return false;
    if (!part.application.restore(at, state)) {
      this.log.count("dropped.strangeAppState");
      return false;
    }
    part.at = at;
    return true;
  }

  private onNobody(): void {
    const { assembly, delivery } = this.door;
    const { trimmed } = this.log.state;
    this.inbox.end();
    const isCut = assembly.through.place < trimmed.place;
    // Who only carries a log misses nothing by having none.
    if (!isCut && delivery.behind.length === 0) return;
    this.log.count("gaps");
    if (isCut) this.leap(trimmed);
    for (const part of delivery.behind) delivery.skip(part, assembly.base);
  }

  /** Over what nobody holds any more: a snapshot that is kept here for others knows the clocks. */
  private leap(trimmed: OrderedPlace): void {
    const { assembly, delivery, snapshots } = this.door;
    const { current } = snapshots;
    const isCarried = delivery.parts.size === 0 && (current?.place ?? 0) >= trimmed.place;
    const kept = isCarried ? current && decodeAppSnapshot(current.bytes) : undefined;
    const clocks = kept?.clocks ?? assembly.clocksAt(assembly.through.place);
    assembly.jump(kept?.at ?? trimmed, clocks);
    this.door.onJump();
  }
}
