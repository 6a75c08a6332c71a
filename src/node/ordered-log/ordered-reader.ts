import { HearsayError } from "../../core/errors.ts";
import type {
  OrderedApplication,
  OrderedItem,
  OrderedPlace,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type {
  OrderedEntry,
  OrderedGap,
  OrderedReader,
  OrderedSubscribeOptions,
} from "./ordered-log.api.ts";
import { trimmedError } from "./trimmed-error.ts";

/** A slow reader keeps this many entries waiting before the log waits for it. */
const QUEUE_MAX = 1_000;

export interface ReaderPorts {
  readonly log: string;
  /** undefined: it cannot be read here, and was counted. */
  readonly entryOf: (item: OrderedItem) => OrderedEntry<unknown> | undefined;
  /** There is room again. */
  readonly resume: () => void;
  /** Some more was told. */
  readonly onTold: () => void;
  readonly onClosed: () => void;
  readonly onCallbackError: (where: string, error: unknown) => void;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<OrderedEntry<unknown>>) => void;
  reject(error: Error): void;
}

/** Entries on their way to one `for await`. When they are too many the log waits, here alone. */
export class NodeOrderedReader implements OrderedReader<OrderedEntry<unknown>>, OrderedApplication {
  private readonly ports: ReaderPorts;
  private readonly options: OrderedSubscribeOptions;
  private readonly queueMax: number;
  private queue: OrderedEntry<unknown>[] = [];
  private readonly waiters: Waiter[] = [];
  private lastIndex = 0;
  private isPaused = false;
  private isClosed = false;
  private failure: Error | undefined;
  private readonly onAbort = (): void => this.close();

  constructor(ports: ReaderPorts, options: OrderedSubscribeOptions) {
    this.ports = ports;
    this.options = options;
    this.queueMax = checkedMax(options.queueMax);
    options.signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  onItems(items: readonly OrderedItem[]): "more" | "pause" {
    for (const item of items) {
      this.lastIndex = item.orderIndex;
      const entry = this.ports.entryOf(item);
      if (entry !== undefined) this.push(entry);
    }
    this.ports.onTold();
    this.isPaused = this.queue.length >= this.queueMax;
    return this.isPaused ? "pause" : "more";
  }

  onGap(at: OrderedPlace): void {
    const gap = { afterIndex: this.lastIndex, throughIndex: at.orderIndex };
    this.lastIndex = at.orderIndex;
    if (this.options.onGap === undefined) return this.end(this.trimmed(gap));
    try {
      this.options.onGap(gap);
    } catch (error) {
      this.ports.onCallbackError(`onGap of ordered log ${this.ports.log}`, error);
    }
  }

  next(): Promise<IteratorResult<OrderedEntry<unknown>>> {
    const value = this.queue.shift();
    if (this.isPaused && this.queue.length * 2 <= this.queueMax) {
      this.isPaused = false;
      this.ports.resume();
    }
    if (value !== undefined) return Promise.resolve({ done: false, value });
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.isClosed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<OrderedEntry<unknown>>> {
    this.queue = [];
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error?: unknown): Promise<IteratorResult<OrderedEntry<unknown>>> {
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
    await this.return();
  }

  private trimmed(gap: OrderedGap): HearsayError {
    const fix =
      "give onGap to go on behind them, or follow the log by fold, which is given a state";
    return trimmedError(`ordered log ${this.ports.log}`, gap, fix);
  }

  private push(entry: OrderedEntry<unknown>): void {
    if (this.isClosed) return;
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.queue.push(entry);
    else waiter.resolve({ done: false, value: entry });
  }

  private end(failure: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.options.signal?.removeEventListener("abort", this.onAbort);
    this.failure = failure;
    for (const waiter of this.waiters.splice(0)) {
      if (this.failure === undefined) waiter.resolve({ done: true, value: undefined });
      else waiter.reject(this.failure);
      this.failure = undefined;
    }
    this.ports.onClosed();
  }
}

function checkedMax(queueMax: number = QUEUE_MAX): number {
  if (Number.isSafeInteger(queueMax) && queueMax >= 1) return queueMax;
  const rule = "must be a whole number of entries, 1 or more";
  throw new HearsayError("CONFIG_OPTION", `queueMax is ${String(queueMax)}, but ${rule}`);
}
