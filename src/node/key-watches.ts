import type { Subscription } from "./api.ts";
import { callListener } from "./call-listener.ts";
import { KeyPattern } from "./infos/key-pattern.ts";
import { PastFirst } from "./past-first.ts";
import { MessageQueue, type QueueOptions } from "./topics/subscription.ts";

export interface KeyWatchPorts {
  onCallbackError(where: string, error: unknown): void;
  /** A slow reader lost something. */
  onDropped(): void;
}

export interface WatchedKeys<Notice> {
  readonly pattern: string;
  /** Told first: what there is already. */
  readonly past: (pattern: KeyPattern) => Iterable<Notice>;
  readonly signal?: AbortSignal | undefined;
  /** Which notices of such keys are told. Default: all. */
  readonly accepts?: ((notice: Notice) => boolean) | undefined;
}

interface Watch<Notice> {
  readonly pattern: KeyPattern;
  readonly tell: (notice: Notice) => void;
  readonly accepts: ((notice: Notice) => boolean) | undefined;
}

/** Who wants to hear of which keys of one store: callbacks, and queues read by `for await`. */
export class KeyWatches<Notice> {
  private readonly ports: KeyWatchPorts;
  /** Completes "a watcher of …" where one throws. */
  private readonly what: string;
  private readonly watches = new Set<Watch<Notice>>();
  private readonly queues = new Set<MessageQueue<Notice>>();
  private isClosed = false;

  constructor(ports: KeyWatchPorts, what: string) {
    this.ports = ports;
    this.what = what;
  }

  get size(): number {
    return this.watches.size;
  }

  /** @returns what ends it. @throws HearsayError CONFIG_OPTION */
  call(watched: WatchedKeys<Notice>, listener: (notice: Notice) => void): () => void {
    const where = `a watcher of ${this.what}`;
    const onError = (error: unknown) => this.ports.onCallbackError(where, error);
    return this.begin(watched, (notice) => callListener(listener, notice, onError));
  }

  /** @throws HearsayError CONFIG_OPTION */
  queue(
    watched: WatchedKeys<Notice>,
    options: Pick<QueueOptions, "queueMax" | "onFull">,
  ): Subscription<Notice> {
    const { signal, ...others } = watched;
    let end = (): void => {};
    const queue: MessageQueue<Notice> = new MessageQueue<Notice>({
      ...options,
      ...(signal && { signal }),
      onDropped: () => this.ports.onDropped(),
      onClosed: () => {
        end();
        this.queues.delete(queue);
      },
    });
    if (queue.isClosed) return queue;
    this.queues.add(queue);
    end = this.begin(others, (notice) => queue.push(notice));
    if (this.isClosed) queue.close();
    return queue;
  }

  /** `make` is called only when somebody wants to know; what it leaves undefined is not told. */
  tell(key: string, make: () => Notice | undefined): void {
    let notice: Notice | undefined;
    for (const watch of [...this.watches]) {
      if (!watch.pattern.matches(key)) continue;
      notice ??= make();
      if (notice === undefined) return;
      if (watch.accepts?.(notice) !== false) watch.tell(notice);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const queue of [...this.queues]) queue.close();
    this.watches.clear();
  }

  private begin(
    { accepts, past, pattern: text, signal }: WatchedKeys<Notice>,
    tell: (notice: Notice) => void,
  ): () => void {
    const pattern = new KeyPattern(text);
    if (this.isClosed || signal?.aborted) return () => {};
    const listener = new PastFirst(tell);
    const watch = { pattern, accepts, tell: (notice: Notice) => listener.take(notice) };
    const known = [...past(pattern)];
    this.watches.add(watch);
    listener.begin(known);
    const end = (): void => {
      this.watches.delete(watch);
      signal?.removeEventListener("abort", end);
    };
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }
}
