import type { Address } from "../../core/address.ts";
import type { ByteStream, StreamListener } from "../transport.ts";

/** What a stream needs of the network it runs over. */
export interface Line {
  /** Runs `arrive` after one delay; later, and still in order, while the two ends are cut off. */
  carry(from: Address, to: Address, arrive: () => void): void;
  readonly highWaterBytes: number;
}

type Piece = { readonly kind: "bytes"; readonly bytes: Uint8Array } | { readonly kind: "end" };

/** One end of a connection in memory, with the half-closes and the back-pressure of TCP. */
export class MemoryStream implements ByteStream {
  readonly local: Address;
  readonly remote: Address;
  private readonly line: Line;
  private readonly onGone: (stream: MemoryStream) => void;
  private listener: StreamListener | undefined;
  private peer: MemoryStream | undefined;
  private readonly queue: Piece[] = [];
  private queuedBytes = 0;
  private isHeldBack = false;
  private isUnderWay = false;
  private isPaused = false;
  /** What is queued here waits for the peer to resume. */
  private isHeldUp = false;
  private hasEnded = false;
  private hasPeerEnded = false;
  private closesSoon = false;
  private isClosed = false;

  constructor(line: Line, ends: StreamEnds, onGone: (stream: MemoryStream) => void) {
    this.line = line;
    this.local = ends.local;
    this.remote = ends.remote;
    this.onGone = onGone;
  }

  listen(listener: StreamListener): void {
    this.listener = listener;
  }

  /** The dial was answered: from here on bytes flow to `peer`. */
  connectTo(peer: MemoryStream): void {
    this.peer = peer;
    this.pump();
  }

  open(): void {
    if (!this.isClosed) this.listener?.onOpen?.();
  }

  get isOver(): boolean {
    return this.isClosed;
  }

  write(bytes: Uint8Array): boolean {
    if (this.hasEnded || this.isClosed) return true;
    // As with a socket, the caller may use its buffer again.
    this.queue.push({ kind: "bytes", bytes: bytes.slice() });
    this.queuedBytes += bytes.length;
    this.pump();
    this.isHeldBack = this.queuedBytes >= this.line.highWaterBytes;
    return !this.isHeldBack;
  }

  get waitingBytes(): number {
    return this.isClosed ? 0 : this.queuedBytes;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.peer?.goOn();
  }

  end(): void {
    if (this.hasEnded || this.isClosed) return;
    this.hasEnded = true;
    this.queue.push({ kind: "end" });
    this.pump();
  }

  destroy(): void {
    if (this.isClosed) return;
    const peer = this.peer;
    if (peer !== undefined) {
      this.line.carry(this.local, this.remote, () => peer.close(connectionReset()));
    }
    this.isClosed = true;
    // The caller may be in the middle of something; its listener hears of the end afterwards.
    queueMicrotask(() => this.tellClosed(undefined));
  }

  /** Sends what is queued, then closes without waiting for the peer to end its half. */
  endSoon(): void {
    this.closesSoon = true;
    this.end();
    if (this.peer === undefined) this.destroy();
    else this.closeWhenBothEnded();
  }

  /** The end of it all, from outside. */
  close(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.tellClosed(error);
  }

  private tellClosed(error: Error | undefined): void {
    this.queue.length = 0;
    this.onGone(this);
    const { listener } = this;
    this.listener = undefined;
    listener?.onClose(error);
  }

  private pump(): void {
    if (this.isUnderWay || this.peer === undefined || this.queue.length === 0) return;
    this.isUnderWay = true;
    this.line.carry(this.local, this.remote, () => this.arrive());
  }

  /** All that was queued while one piece was under way arrives with it. */
  private arrive(): void {
    this.isUnderWay = false;
    if (this.peer?.isPaused === true) {
      this.isHeldUp = true;
      return;
    }
    const pieces = this.queue.splice(0);
    this.queuedBytes = 0;
    for (const piece of pieces) this.peer?.take(piece);
    if (this.isClosed) return;
    if (this.isHeldBack) {
      this.isHeldBack = false;
      this.listener?.onDrain?.();
    }
    this.closeWhenBothEnded();
  }

  /** The peer takes bytes again. */
  private goOn(): void {
    if (!this.isHeldUp) return;
    this.isHeldUp = false;
    this.pump();
  }

  private take(piece: Piece): void {
    if (this.isClosed) return;
    if (piece.kind === "bytes") {
      this.listener?.onBytes(piece.bytes);
      return;
    }
    this.hasPeerEnded = true;
    this.listener?.onEnd?.();
    this.closeWhenBothEnded();
  }

  private closeWhenBothEnded(): void {
    const hasSentAll = this.hasEnded && this.queue.length === 0 && !this.isUnderWay;
    if (hasSentAll && (this.hasPeerEnded || this.closesSoon)) this.close(undefined);
  }
}

export interface StreamEnds {
  readonly local: Address;
  readonly remote: Address;
}

/** What TCP reports when the other end cut the stream off. */
export function connectionReset(): Error {
  return Object.assign(new Error("connection reset by peer"), { code: "ECONNRESET" });
}
