import { sameBytes } from "../../core/bytes.ts";
import type { PeerId } from "../../core/peer.ts";
import {
  type AppSnapshot,
  decodeAppSnapshot,
  encodeAppSnapshot,
  type PackedSnapshot,
} from "./app-snapshot.ts";
import type { Delivery } from "./delivery.ts";
import type { ItemRow } from "./item-row.ts";
import type { TellingContext } from "./log-context.ts";
import { NOWHERE } from "./order-state.ts";
import type { OrderedPlace } from "./ordered-log.contract.ts";
import type { MessageOf } from "./ordered-log.messages.ts";

/** Least time between two snapshots taken because peers asked. [guess] */
const TAKE_PAUSE_MS = 1_000;

/** The snapshots that this node takes of its applications and gives to peers. [spec raft §7] */
export class Snapshots {
  /** The last one, whether taken here or given by a peer. */
  current: PackedSnapshot | undefined;
  /** The last one on disk. */
  durable: OrderedPlace = NOWHERE;
  private readonly log: TellingContext;
  private readonly assembly: ItemRow;
  private readonly delivery: Delivery;
  private writing: PackedSnapshot | undefined;
  private takenMs = Number.NEGATIVE_INFINITY;

  constructor(log: TellingContext, assembly: ItemRow, delivery: Delivery) {
    this.log = log;
    this.assembly = assembly;
    this.delivery = delivery;
  }

  /** Of what the applications are now, if all have come equally far. */
  take(): PackedSnapshot | undefined {
    const parts = [...this.delivery.parts.values()];
    const states = new Map<string, Uint8Array>();
    let at: OrderedPlace | undefined;
    for (const { application, at: of } of parts) {
      if (application.snapshot === undefined) continue;
      if (at !== undefined && at.place !== of.place) return undefined;
      at = of;
    }
    const isHeld = at !== undefined && at.place >= this.assembly.base.place && at.place > 0;
    if (at === undefined || !isHeld || at.place > this.assembly.through.place) return undefined;
    if (this.current?.place === at.place) return this.current;
    for (const { application, name } of parts) {
      const state = application.snapshot?.();
      if (state !== undefined) states.set(name, state);
    }
    this.takenMs = this.log.env.now();
    const clocks = this.assembly.clocksAt(at.place);
    this.hold(encodeAppSnapshot({ at, clocks, states }), at);
    return this.current;
  }

  hold(bytes: Uint8Array, at: OrderedPlace): void {
    if (bytes.length > this.log.options.snapshotMaxBytes) return this.log.count("snapshotTooLarge");
    this.current = { ...at, bytes, hash: this.log.sha256(bytes) };
  }

  /** The last one is on its way to the disk. */
  onWriting(): void {
    this.writing = this.current;
  }

  onWritten(): void {
    if (this.writing !== undefined) this.durable = placeOf(this.writing);
    this.writing = undefined;
  }

  /** What the disk held. @returns undefined where it cannot be read. */
  recover(bytes: Uint8Array): AppSnapshot | undefined {
    const snapshot = decodeAppSnapshot(bytes);
    if (snapshot === undefined) return undefined;
    this.hold(bytes, snapshot.at);
    this.durable = snapshot.at;
    return snapshot;
  }

  onAsk(from: PeerId, { hash, offset, place }: MessageOf<"snapshotAsk">): void {
    const { env, options } = this.log;
    let found = this.current;
    const isSame = found !== undefined && hash.length > 0 && sameBytes(hash, found.hash);
    if (!isSame) {
      const isLate = found === undefined || found.place < place;
      if (isLate && env.now() - this.takenMs >= TAKE_PAUSE_MS) found = this.take();
    }
    const first = isSame ? offset : 0;
    if (found === undefined || found.place < place || first > found.bytes.length) {
      env.sendNow(from, { kind: "snapshotNone", place });
      return;
    }
    const bytes = found.bytes.subarray(first, first + options.snapshotChunkBytes);
    env.sendNow(from, {
      kind: "snapshotPiece",
      place: found.place,
      offset: first,
      hash: found.hash,
      totalBytes: found.bytes.length,
      bytes,
    });
  }
}

function placeOf({ orderIndex, place }: OrderedPlace): OrderedPlace {
  return { place, orderIndex };
}
