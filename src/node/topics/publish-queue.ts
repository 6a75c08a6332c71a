import { RingBuffer } from "../../core/collections/ring-buffer.ts";
import { HearsayError } from "../../core/errors.ts";
import type { NodeTimers } from "../node-host.ts";

/** What happens to a message for which there is no room. */
export type PublishPolicy = "wait" | "dropOldest" | "fail";

export interface PublishQueueOptions {
  readonly policy: PublishPolicy;
  /** How often it is tried again while something waits. */
  readonly retryIntervalMs: number;
  readonly waitingMaxCount: number;
  readonly waitingMaxBytes: number;
}

export interface PublishQueuePorts<Written> {
  readonly timers: NodeTimers;
  readonly count: (name: string) => void;
  /** Sends it on its way. @throws HearsayError; QUEUE_FULL when there is no room now */
  write(payload: Uint8Array): Written;
}

interface Waiting<Written> {
  readonly payload: Uint8Array;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: Error) => void;
  readonly onAbort: () => void;
  readonly signal: AbortSignal | undefined;
  isDone: boolean;
}

/**
 * Stands between publishers and what carries their messages: while that takes no more, messages
 * wait in the order of their calls. What waits is bounded, too.
 */
export class PublishQueue<Written> {
  private readonly options: PublishQueueOptions;
  private readonly ports: PublishQueuePorts<Written>;
  private readonly waiting: RingBuffer<Waiting<Written>>;
  private waitingBytes = 0;
  private timer: number | undefined;

  constructor(options: PublishQueueOptions, ports: PublishQueuePorts<Written>) {
    this.options = options;
    this.ports = ports;
    this.waiting = new RingBuffer(Math.max(1, options.waitingMaxCount));
  }

  get size(): number {
    return this.waiting.size;
  }

  /**
   * What came of it, at once where there is room.
   * @throws HearsayError QUEUE_FULL, and what `write` throws
   */
  put(payload: Uint8Array, signal: AbortSignal | undefined): Written | Promise<Written> {
    if (this.waiting.size === 0) {
      try {
        return this.ports.write(payload);
      } catch (error) {
        if (!isFull(error) || this.options.policy === "fail") throw error;
      }
    }
    return this.wait(payload, signal);
  }

  /** Nobody will make room any more. */
  close(error: HearsayError): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    this.timer = undefined;
    for (let one = this.waiting.takeFirst(); one !== undefined; one = this.waiting.takeFirst()) {
      this.end(one)?.reject(error);
    }
  }

  private wait(payload: Uint8Array, signal: AbortSignal | undefined): Promise<Written> {
    this.makeRoom(payload.length);
    this.ports.count("topics.publishWaited");
    this.timer ??= this.startTimer();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.end(one)?.reject(new HearsayError("ABORTED", "the signal was aborted"));
      };
      // Its caller may write something else there once `publish` has returned.
      const copy = payload.slice();
      const one = { payload: copy, resolve, reject, onAbort, signal, isDone: false };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.waiting.push(one);
      this.waitingBytes += copy.length;
    });
  }

  /** @throws HearsayError QUEUE_FULL */
  private makeRoom(bytesCount: number): void {
    const { policy, waitingMaxBytes } = this.options;
    const isFullNow = (): boolean =>
      this.waiting.isFull || this.waitingBytes + bytesCount > waitingMaxBytes;
    while (this.waiting.size > 0 && isFullNow()) {
      if (policy !== "dropOldest") {
        const detail = `${this.waiting.size} messages wait to be sent; await what publish returns`;
        throw new HearsayError("QUEUE_FULL", detail);
      }
      const oldest = this.waiting.takeFirst();
      if (oldest === undefined) return;
      this.ports.count("topics.publishDropped");
      const detail = "it gave way to newer messages of its topic, as onFull says";
      this.end(oldest)?.reject(new HearsayError("QUEUE_FULL", detail));
    }
  }

  private startTimer(): number {
    return this.ports.timers.startTimer(() => this.onTimer(), this.options.retryIntervalMs);
  }

  private onTimer(): void {
    this.timer = undefined;
    for (let one = this.waiting.get(0); one !== undefined; one = this.waiting.get(0)) {
      if (!one.isDone && !this.tryOne(one)) break;
      this.waiting.takeFirst();
    }
    if (this.waiting.size > 0) this.timer ??= this.startTimer();
  }

  /** False when there is no room yet. */
  private tryOne(one: Waiting<Written>): boolean {
    try {
      const written = this.ports.write(one.payload);
      this.end(one)?.resolve(written);
    } catch (error) {
      if (isFull(error)) return false;
      this.end(one)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  /** The same again; undefined when it has ended before. */
  private end(one: Waiting<Written>): Waiting<Written> | undefined {
    if (one.isDone) return undefined;
    one.isDone = true;
    this.waitingBytes -= one.payload.length;
    one.signal?.removeEventListener("abort", one.onAbort);
    return one;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof HearsayError && error.code === "QUEUE_FULL";
}
