import type { InfoStreamId, StreamEnd } from "../../data/info-network/info-streams.contract.ts";
import type { GrpcOptions } from "./grpc.options.ts";

/** Who hears of a stream, until it has ended. */
export interface StreamEar {
  onBytes(stream: GrpcStream, bytes: Uint8Array): void;
  onWritable(stream: GrpcStream): void;
  /** The other side ended it, or the connection broke. */
  onGone(stream: GrpcStream, why: StreamEnd): void;
  /** Nothing of it is left: neither a timer nor a connection. */
  onReleased(stream: GrpcStream): void;
  onDropped(what: "streamOverflow"): void;
}

export interface StreamParts {
  readonly id: InfoStreamId;
  readonly options: GrpcOptions;
  readonly ear: StreamEar;
}

/**
 * One end of a stream, whichever side opened it: writing is bounded by what the reader takes, and
 * the end is told once.
 */
export abstract class GrpcStream {
  readonly id: InfoStreamId;
  bytesSent = 0;
  bytesReceived = 0;
  protected readonly ear: StreamEar;
  private readonly options: GrpcOptions;
  private queuedBytes = 0;
  private isFull = false;
  private isOver = false;
  private isReleased = false;
  private grace: NodeJS.Timeout | undefined;

  constructor({ ear, id, options }: StreamParts) {
    this.id = id;
    this.ear = ear;
    this.options = options;
  }

  get isWritable(): boolean {
    return !this.isFull && !this.isOver;
  }

  write(bytes: Uint8Array): void {
    if (this.isOver) return;
    const { queueMaxBytes, writeAheadBytes } = this.options;
    if (this.queuedBytes + bytes.length > queueMaxBytes) {
      this.ear.onDropped("streamOverflow");
      this.breakOff("RESOURCE_EXHAUSTED");
      return;
    }
    this.queuedBytes += bytes.length;
    this.bytesSent += bytes.length;
    if (this.queuedBytes >= writeAheadBytes) this.isFull = true;
    this.send(bytes, () => this.onWritten(bytes.length));
  }

  /** After what was written; `ear` hears no more but `onReleased`. */
  end(why: StreamEnd, detail: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.finish(why, detail);
    this.grace = setTimeout(() => this.abort(), this.options.endGraceMs);
  }

  /** At once, whatever was written. */
  abort(): void {
    this.isOver = true;
    this.cut();
    this.release();
  }

  /** Calls `onTaken` when the reader has, or the system has for it. */
  protected abstract send(bytes: Uint8Array, onTaken: () => void): void;
  /** Ends the stream in order, as this side can. */
  protected abstract finish(why: StreamEnd, detail: string): void;
  /** Takes the stream down without asking. */
  protected abstract cut(): void;
  /** Lets go of what lies beneath. Called once. */
  protected dispose(): void {}

  protected onData(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length;
    if (!this.isOver) this.ear.onBytes(this, bytes);
  }

  protected onGone(why: StreamEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    this.ear.onGone(this, why);
  }

  protected release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    clearTimeout(this.grace);
    this.dispose();
    this.ear.onReleased(this);
  }

  private breakOff(why: StreamEnd): void {
    this.onGone(why);
    this.abort();
  }

  private onWritten(bytesCount: number): void {
    this.queuedBytes -= bytesCount;
    // Half, lest a slow reader makes one message go as one turn.
    if (!this.isFull || this.queuedBytes > this.options.writeAheadBytes / 2) return;
    this.isFull = false;
    if (!this.isOver) this.ear.onWritable(this);
  }
}
