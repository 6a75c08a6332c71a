import { assert } from "../../core/assert.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { Counters } from "../../core/metrics.ts";
import type { PeerId } from "../../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../../core/protocol.ts";
import type { ApplyVerdict } from "../../exchange/replica.ts";
import { Catchup, type CatchupContext } from "./catchup.ts";
import { Delivery } from "./delivery.ts";
import { FollowedItems } from "./followed-items.ts";
import { FollowerDisk } from "./follower-disk.ts";
import type { OrderedLogEnv } from "./log-context.ts";
import { decodeLogDisk } from "./log-disk.ts";
import { NOWHERE } from "./order-state.ts";
import type {
  OrderedApplication,
  OrderedLogListener,
  OrderedLogReads,
  OrderedLogStatus,
  OrderedPlace,
  Sha256,
  Stalled,
} from "./ordered-log.contract.ts";
import type { LogRecord, OrderedLogMessage, OrderedLogTimer } from "./ordered-log.messages.ts";
import type { OrderedLogOptions } from "./ordered-log.options.ts";
import { decodePrefixUpdate, prefixOrigin } from "./prefix-update.ts";
import { Snapshots } from "./snapshots.ts";

/** Bytes of items held, above which only the very next one is taken. [because: as one snapshot] */
const HELD_MAX_BYTES = 32 * 1024 * 1024;
/** Peers that are known to give items: who came last counts. [guess] */
const SOURCES_MAX_COUNT = 8;
/** Items dropped at a time, to those kept. [because: each time what stays is written anew] */
const DROP_STEP_RATIO = 0.5;

export interface FollowerWiring {
  /** The name of the log, the same on all nodes. */
  readonly log: string;
  readonly counters: Counters;
  readonly sha256: Sha256;
}

/**
 * Reads an ordered log from outside its group. Its items come by anti-entropy, from members or from
 * other followers, in any order; its applications are told them in order, each once, after a
 * snapshot or a gap where nobody holds the items before. It asks nobody for a place, has no vote,
 * and nobody waits for it.
 */
export class LogFollower
  implements OrderedLogReads, DurableProtocol<OrderedLogMessage, OrderedLogTimer, LogRecord>
{
  readonly items: FollowedItems;
  /** Up to here nobody holds items any more, as members say. */
  trimmed: OrderedPlace = NOWHERE;
  private readonly log: CatchupContext;
  private readonly delivery: Delivery;
  private readonly snapshots: Snapshots;
  private readonly catchup: Catchup;
  private readonly disk: FollowerDisk;
  private readonly listeners: OrderedLogListener[] = [];
  private readonly givers = new Set<PeerId>();
  /** The furthest item that was offered. */
  private heard: OrderedPlace = NOWHERE;
  private goneThrough = 0;
  private stalled: Stalled | undefined;
  private life: "fresh" | "running" | "stopped" = "fresh";
  private isFinishing = false;

  constructor(env: OrderedLogEnv, wiring: FollowerWiring, options: OrderedLogOptions) {
    const { counters, log, sha256 } = wiring;
    const end = (): OrderedPlace => this.status.ordered;
    const trimmed = (): OrderedPlace => this.trimmed;
    this.items = new FollowedItems(prefixOrigin(log), options.eventMaxBytes);
    this.log = {
      ...{ env, options, sha256 },
      state: {
        get end() {
          return end();
        },
        get trimmed() {
          return trimmed();
        },
      },
      count: (name, by) => counters.count(`orderedLog.${name}`, by),
    };
    this.delivery = new Delivery(this.log, this.items);
    this.snapshots = new Snapshots(this.log, this.items, this.delivery);
    this.disk = new FollowerDisk(this.log, this.items);
    this.catchup = new Catchup(this.log, {
      ...{ assembly: this.items, delivery: this.delivery, snapshots: this.snapshots },
      sources: () => env.random.shuffle([...this.givers]),
      onJump: () => {},
      onTaken: () => this.writeDown(),
    });
  }

  get status(): OrderedLogStatus {
    const { heldBytes, heldCount, through } = this.items;
    const { life, stalled, trimmed } = this;
    return {
      state: life === "stopped" ? "stopped" : "running",
      leader: undefined,
      ordered: this.heard.place > through.place ? this.heard : through,
      applied: this.delivery.applied,
      dataThrough: through,
      trimmed,
      snapshot: this.snapshots.durable,
      ...{ pendingCount: 0, pendingBytes: 0, heldCount, heldBytes, load: "normal", stalled },
    };
  }

  /** Who gave items, the last ones. */
  get sources(): readonly PeerId[] {
    return [...this.givers];
  }

  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<LogRecord>[]): void {
    const kept = snapshot && decodeLogDisk(snapshot);
    if (snapshot !== undefined && kept === undefined) this.log.count("strangeDisk");
    if (kept !== undefined) {
      this.items.jump(kept.base, kept.clocks);
      const { base } = kept;
      const state = kept.snapshot && this.snapshots.recover(kept.snapshot);
      if (kept.snapshot !== undefined && state === undefined) this.log.count("strangeDisk");
      for (const [index, update] of kept.events.entries()) {
        this.put(base.place + index + 1, update.slice());
      }
    }
    for (const { position, record } of tail) {
      const item = this.disk.recover(position, record.encoded);
      if (item === undefined) this.log.count("strangeDisk");
      else this.put(item.place, item.update);
    }
  }

  start(): void {
    this.life = "running";
    this.finish();
  }

  stop(): void {
    this.life = "stopped";
  }

  listen(listener: OrderedLogListener): void {
    this.listeners.push(listener);
  }

  attach(name: string, application: OrderedApplication, after = 0): void {
    assert(!this.delivery.parts.has(name), `${name} is attached already`);
    this.catchup.onAttached(this.delivery.attach(name, application, after));
    this.finish();
  }

  detach(name: string): void {
    this.delivery.parts.delete(name);
  }

  resume(name: string): void {
    const part = this.delivery.parts.get(name);
    if (part === undefined || part.state === "running") return;
    part.state = "running";
    this.finish();
  }

  /** An item that a peer gives. "deferred" where there is no room for it yet. */
  take(place: number, update: Uint8Array, from: PeerId | undefined): ApplyVerdict {
    if (this.life !== "running") return "deferred";
    if (!this.items.isItem(update)) {
      this.log.count("dropped.strangeItem");
      return "deferred";
    }
    if (from !== undefined) this.onGiver(from);
    this.hear(place, update);
    this.drop();
    if (!this.hasRoom(place, update.length)) return "deferred";
    const kept = update.slice();
    this.put(place, kept);
    this.disk.append({ place, update: kept });
    this.finish();
    return "news";
  }

  /** Items up to `place` are held no more by whoever knows the order. */
  onGone(place: number): void {
    if (place <= Math.max(this.goneThrough, this.items.through.place)) return;
    this.goneThrough = place;
    // It need not be asked for any more; where it ends is known with the item behind it.
    this.items.skip(place);
    this.finish();
  }

  onMessage(from: PeerId, message: OrderedLogMessage): void {
    if (this.life !== "running") return;
    switch (message.kind) {
      case "snapshotAsk":
        this.snapshots.onAsk(from, message);
        break;
      case "snapshotPiece":
        this.catchup.inbox.onPiece(from, message);
        break;
      case "snapshotNone":
        this.catchup.inbox.onNone(from);
        break;
      default:
        this.log.count("dropped.notFollowed");
    }
    this.finish();
  }

  onTimer({ kind }: OrderedLogTimer): void {
    if (this.life !== "running") return;
    if (kind === "deliver") this.delivery.onTimer();
    else if (kind === "snapshot") this.catchup.inbox.onTimer();
    this.finish();
  }

  onDurable(): void {}

  onSnapshot(upTo: JournalPosition): void {
    this.disk.onWritten(upTo);
    this.snapshots.onWritten();
    this.finish();
  }

  private put(place: number, update: Uint8Array): void {
    if (place <= this.items.through.place || this.items.updateAt(place) !== undefined) return;
    this.items.put(place, update);
    this.hear(place, update);
  }

  private hear(place: number, update: Uint8Array): void {
    if (place <= this.heard.place) return;
    const orderIndex = decodePrefixUpdate(update)?.orderIndex;
    if (orderIndex !== undefined) this.heard = { place, orderIndex };
  }

  private hasRoom(place: number, bytesCount: number): boolean {
    const { heldBytes, rowCount, through } = this.items;
    const { fetchAheadCount, trailingCount } = this.log.options;
    if (place > Math.max(through.place, this.goneThrough) + fetchAheadCount) return false;
    // What its readers have not been told yet is kept: then others must keep what comes.
    if (rowCount >= trailingCount + fetchAheadCount + this.dropStepCount) return false;
    const mostBytes = place === through.place + 1 ? 2 * HELD_MAX_BYTES : HELD_MAX_BYTES;
    return heldBytes + bytesCount <= mostBytes;
  }

  private get dropStepCount(): number {
    return Math.max(1, Math.floor(this.log.options.trailingCount * DROP_STEP_RATIO));
  }

  private onGiver(peer: PeerId): void {
    this.givers.delete(peer);
    this.givers.add(peer);
    if (this.givers.size <= SOURCES_MAX_COUNT) return;
    for (const oldest of this.givers) {
      this.givers.delete(oldest);
      return;
    }
  }

  /** Where what is gone ends is known as soon as the item behind it is here. */
  private noteGone(): void {
    const place = this.goneThrough;
    if (place <= Math.max(this.items.through.place, this.trimmed.place)) return;
    const orderIndex = this.items.orderIndexBefore(place + 1);
    if (orderIndex === undefined) return;
    this.trimmed = { place, orderIndex };
    this.catchup.onTrimmed();
  }

  private finish(): void {
    if (this.isFinishing || this.life !== "running") return;
    this.isFinishing = true;
    try {
      this.noteGone();
      this.delivery.deliver();
      if (this.disk.isLong) this.writeDown();
      this.tellStalled();
    } finally {
      this.isFinishing = false;
    }
  }

  /**
   * Some are kept for other followers, and for readers that begin a little later. Not before
   * something new has come: what the disk gave back is there for those who begin with this life.
   */
  private drop(): void {
    const { base, heldBytes, rowCount, through } = this.items;
    const spareCount = rowCount - this.log.options.trailingCount;
    const isMuch = heldBytes > HELD_MAX_BYTES;
    if (spareCount < this.dropStepCount && !isMuch) return;
    const keptCount = isMuch ? Math.floor(rowCount / 2) : rowCount - spareCount;
    const place = Math.min(through.place - keptCount, this.delivery.applied.place);
    if (place <= base.place) return;
    const snapshot = this.snapshots.take() ?? this.snapshots.current;
    this.items.dropUpTo(place);
    if (this.disk.write(snapshot?.bytes)) this.snapshots.onWriting();
  }

  private tellStalled(): void {
    const { env } = this.log;
    if (!this.catchup.inbox.isBusy) {
      this.stalled = undefined;
      return;
    }
    if (this.stalled !== undefined) return;
    const { applied } = this.delivery;
    this.stalled = { at: applied, dot: undefined, sinceMs: env.now() };
    for (const listener of this.listeners) listener.onStalled?.(this.stalled);
  }

  private writeDown(): void {
    const snapshot = this.snapshots.take() ?? this.snapshots.current;
    if (this.disk.write(snapshot?.bytes)) this.snapshots.onWriting();
  }
}
