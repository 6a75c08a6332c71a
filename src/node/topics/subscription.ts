import { BoundedQueue, type QueuePolicy } from "../../core/collections/bounded-queue.ts";
import { HearsayError } from "../../core/errors.ts";
import type { OnFull, SubscribeOptions, Subscription } from "../api.ts";

/** A slow reader keeps this many messages waiting before its rule applies. */
const QUEUE_MAX = 1_000;

export interface QueueOptions extends SubscribeOptions {
  /** Called once, when a queue that was open has closed for whatever reason. */
  readonly onClosed?: () => void;
  /** Hears of each message dropped because the queue was full. */
  readonly onDropped?: () => void;
}

/** The options of a queue, and what it begins with. */
export interface PastQueueOptions<M> extends QueueOptions {
  /** Read before anything that is pushed, one when it is asked for. */
  readonly past?: Iterator<M>;
}

/**
 * Messages on their way to one reader: a bounded queue read by `for await`. It is live from its
 * construction, not from the first read, so nothing between the two is lost.
 */
export class MessageQueue<M> implements Subscription<M> {
  dropped = 0;
  private readonly waiting: BoundedQueue<M>;
  private readonly readers: Reader<M>[] = [];
  private readonly options: QueueOptions;
  private past: Iterator<M> | undefined;
  private readonly onAbort = () => this.end(new HearsayError("ABORTED", "the signal was aborted"));
  private closed = false;
  private failure: Error | undefined;

  constructor(options: PastQueueOptions<M> = {}) {
    this.options = options;
    this.past = options.past;
    this.waiting = new BoundedQueue(checkedQueueMax(options.queueMax), policyOf(options.onFull));
    const { signal } = options;
    // Nothing was opened that could close, so `onClosed` is not called.
    if (signal?.aborted) this.closed = true;
    else signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  push(message: M): void {
    if (this.closed) return;
    const reader = this.readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: message });
    const outcome = this.waiting.offer(message);
    if (outcome === "queued") return;
    this.dropped += 1;
    this.options.onDropped?.();
    if (outcome !== "rejected") return;
    const detail = `${this.waiting.size} messages are waiting; read faster or raise queueMax`;
    this.end(new HearsayError("QUEUE_FULL", detail));
  }

  next(): Promise<IteratorResult<M>> {
    const old = this.past?.next();
    if (old?.done === false) return Promise.resolve(old);
    this.past = undefined;
    const message = this.waiting.takeFirst();
    if (message !== undefined) return Promise.resolve({ done: false, value: message });
    if (this.failure !== undefined) return this.fail(this.failure);
    if (this.closed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  /** Called when a `for await` is left early. */
  return(): Promise<IteratorResult<M>> {
    this.past = undefined;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error?: unknown): Promise<IteratorResult<M>> {
    this.close();
    throw error;
  }

  /** No more is taken in; what is waiting can still be read. */
  close(): void {
    this.end(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.waiting.clear();
    this.past = undefined;
    this.close();
  }

  private end(failure: Error | undefined): void {
    if (this.closed) return;
    this.closed = true;
    this.options.signal?.removeEventListener("abort", this.onAbort);
    // An abort asks to stop; only a rule that was broken is an error to the reader.
    if (failure instanceof HearsayError && failure.code === "QUEUE_FULL") this.failure = failure;
    for (const reader of this.readers.splice(0)) {
      if (this.failure === undefined) reader.resolve({ done: true, value: undefined });
      else reader.reject(this.failure);
    }
    this.options.onClosed?.();
  }

  private fail(failure: Error): Promise<never> {
    this.failure = undefined;
    return Promise.reject(failure);
  }
}

interface Reader<M> {
  resolve(result: IteratorResult<M>): void;
  reject(error: Error): void;
}

function checkedQueueMax(queueMax: number | undefined): number {
  const value = queueMax ?? QUEUE_MAX;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  const text = `queueMax is ${String(queueMax)}, but must be a whole number of messages, 1 or more`;
  throw new HearsayError("CONFIG_OPTION", text);
}

function policyOf(onFull: OnFull = "dropOldest"): QueuePolicy {
  if (onFull === "dropOldest" || onFull === "dropNewest") return onFull;
  if (onFull === "fail") return "reject";
  const rule = 'must be "dropOldest", "dropNewest" or "fail"';
  throw new HearsayError("CONFIG_OPTION", `onFull is ${JSON.stringify(onFull)}, but ${rule}`);
}
