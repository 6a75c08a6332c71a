import { sameBytes } from "../../core/bytes.ts";
import type { PeerId } from "../../core/peer.ts";
import type { TellingContext } from "./log-context.ts";
import type { MessageOf } from "./ordered-log.messages.ts";

const ANY = new Uint8Array(0);
/** All are asked so often for the rest of what has come in part, before another one is begun. */
const PATIENCE_CYCLES_COUNT = 2;

interface Coming {
  readonly hash: Uint8Array;
  readonly bytes: Uint8Array;
  readonly place: number;
  filledBytes: number;
}

export interface InboxDoor {
  /** Whom to ask, in turn. */
  sources(): PeerId[];
  /**
   * Whole, and its hash is right; `place` is said to be its. False: its content cannot be used.
   * True: who needed it has ended that, and may need a later one by now.
   */
  onSnapshot(bytes: Uint8Array, place: number): boolean;
  /** All who could be asked have none. */
  onNobody(): void;
}

/**
 * Gets a snapshot of the applications from any peer, piece by piece: where one falls silent,
 * another that has the same goes on. It counts when its bytes come to its SHA-256. [spec raft §7]
 */
export class SnapshotInbox {
  private readonly log: TellingContext;
  private readonly door: InboxDoor;
  /** At this place or later; undefined while none is needed. */
  private place: number | undefined;
  private sources: PeerId[] = [];
  private asked: PeerId | undefined;
  private coming: Coming | undefined;
  private nobodyCount = 0;
  private askedCount = 0;
  private cyclesCount = 0;
  /** Times that all were asked since anything of use came. */
  private vainCount = 0;
  private isTimerSet = false;
  private heardMs = 0;

  constructor(log: TellingContext, door: InboxDoor) {
    this.log = log;
    this.door = door;
  }

  get isBusy(): boolean {
    return this.place !== undefined;
  }

  need(place: number): void {
    if (this.place !== undefined) {
      this.place = Math.max(place, this.place);
      return;
    }
    this.place = place;
    this.cyclesCount = 0;
    this.vainCount = 0;
    this.sources = [];
    this.coming = undefined;
    if (!this.isTimerSet) this.arm(0);
  }

  end(): void {
    this.place = undefined;
    this.coming = undefined;
    this.asked = undefined;
  }

  onTimer(): void {
    this.isTimerSet = false;
    if (this.place === undefined) return;
    const { env, options } = this.log;
    const quietMs = env.now() - this.heardMs;
    const leftMs = 2 * options.fetchTimeoutMs - quietMs;
    if (this.asked !== undefined && leftMs > 0) return this.arm(Math.max(1, leftMs));
    this.asked = undefined;
    this.askNext();
  }

  onPiece(from: PeerId, piece: MessageOf<"snapshotPiece">): void {
    if (from !== this.asked || this.place === undefined) return;
    const { bytes, hash, offset, place, totalBytes } = piece;
    const { options } = this.log;
    let { coming } = this;
    const isSame = coming !== undefined && sameBytes(coming.hash, hash);
    if (!isSame && offset === 0 && place >= this.place) {
      // Each may have one of its own: begun anew with each of them, none would ever be whole.
      if (coming !== undefined && this.vainCount < PATIENCE_CYCLES_COUNT) return this.askNext();
      if (totalBytes > options.snapshotMaxBytes) return this.log.count("dropped.largeSnapshot");
      coming = { hash, place, bytes: new Uint8Array(totalBytes), filledBytes: 0 };
      this.coming = coming;
    } else if (!isSame) return this.log.count("dropped.strangePiece");
    if (coming === undefined) return;
    const isNext = offset === coming.filledBytes && totalBytes === coming.bytes.length;
    const isTooMuch = offset + bytes.length > totalBytes;
    if (!isNext || isTooMuch || (bytes.length === 0 && totalBytes > offset)) {
      return this.log.count("dropped.strangePiece");
    }
    coming.bytes.set(bytes, offset);
    coming.filledBytes += bytes.length;
    this.vainCount = 0;
    this.heardMs = this.log.env.now();
    if (coming.filledBytes < totalBytes) this.ask(from);
    else this.onWhole(coming);
  }

  onNone(from: PeerId): void {
    if (from !== this.asked || this.place === undefined) return;
    this.asked = undefined;
    this.nobodyCount += 1;
    this.askNext();
  }

  private onWhole(coming: Coming): void {
    this.coming = undefined;
    if (!sameBytes(this.log.sha256(coming.bytes), coming.hash)) {
      this.log.count("dropped.wrongSnapshot");
    } else if (this.door.onSnapshot(coming.bytes, coming.place)) return;
    // As if nothing had come: or whoever gives what cannot be used is asked again without a pause.
    this.vainCount = Math.max(1, this.cyclesCount);
    this.asked = undefined;
    this.askNext();
  }

  private askNext(): void {
    const { options } = this.log;
    const next = this.sources.shift();
    if (next !== undefined) {
      this.askedCount += 1;
      return this.ask(next);
    }
    const isNowhere = this.askedCount > 0 && this.nobodyCount === this.askedCount;
    if (isNowhere && this.cyclesCount > 1) this.door.onNobody();
    if (this.place === undefined) return;
    this.sources = this.door.sources();
    this.askedCount = 0;
    this.nobodyCount = 0;
    this.vainCount += 1;
    this.cyclesCount = this.vainCount === 1 ? 1 : this.cyclesCount + 1;
    const pauseMs = options.fetchTimeoutMs * (1 << Math.min(10, this.cyclesCount - 1));
    this.arm(this.cyclesCount === 1 ? 0 : Math.min(options.retryMaxMs, pauseMs));
  }

  private ask(peer: PeerId): void {
    const { env, options } = this.log;
    this.asked = peer;
    this.heardMs = env.now();
    const offset = this.coming?.filledBytes ?? 0;
    const hash = this.coming?.hash ?? ANY;
    env.sendNow(peer, { kind: "snapshotAsk", place: this.place ?? 0, offset, hash });
    this.arm(2 * options.fetchTimeoutMs);
  }

  private arm(delayMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.log.env.setTimer({ kind: "snapshot" }, delayMs);
  }
}
