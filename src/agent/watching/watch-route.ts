import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { HearsayError } from "../../core/errors.ts";
import type { Notice } from "../admin.messages.ts";
import type { AgentOptions } from "../agent.options.ts";
import type { TopicAsker } from "../topic-book.ts";
import { NoticeQueue, writeNotice } from "./notice-queue.ts";
import { type WatchSources, type WatchWish, watchNode } from "./watch.ts";
import { eventText, readLastEventId, WatchStream } from "./watch-stream.ts";

/** All `/v1/watch` streams of an agent: how many there are, and how to end them. */
export class Watchers {
  private readonly sources: WatchSources;
  private readonly options: AgentOptions;
  private readonly connected = new Set<WatchStream>();
  /** Those whose connection broke, the first to end first. */
  private readonly waiting = new Map<WatchStream, NodeJS.Timeout>();

  constructor(sources: WatchSources, options: AgentOptions) {
    this.sources = sources;
    this.options = options;
  }

  get count(): number {
    return this.connected.size;
  }

  /** Ends every stream, each told why. */
  close(reason: string): void {
    for (const stream of [...this.waiting.keys()]) this.end(stream);
    for (const { queue } of this.connected) queue.close(reason);
  }

  /** Each watcher is to come again and show its token; it goes on where it was. */
  askAgain(): void {
    for (const stream of [...this.connected]) {
      stream.connect();
      this.disconnect(stream);
    }
  }

  /** @throws HearsayError ADMIN_BUSY, ADMIN_BAD_REQUEST */
  answer(context: Context, asker: TopicAsker): Response {
    const wish = readWish(context, this.options.watchTopicsMaxCount);
    const lastId = context.req.header("last-event-id");
    const known = lastId === undefined ? undefined : this.find(lastId, JSON.stringify(wish));
    const stream = known?.stream ?? this.open(wish, asker);
    const resumed = lastId === undefined ? {} : { resumed: known !== undefined };
    const ready = {
      kind: "ready",
      node: this.sources.node.name,
      topics: wish.topics,
      ...resumed,
    } as const;
    const first = known === undefined ? stream.write(writeNotice(ready)) : replay(known, ready);
    const connection = this.connect(stream);
    return streamSSE(context, async (response) => {
      response.onAbort(() => stream.queue.wakeUp());
      let isOver = false;
      try {
        isOver = await this.pump(response, stream, { connection, first });
      } finally {
        if (stream.isCurrent(connection)) this.disconnect(stream, isOver ? 0 : undefined);
      }
    });
  }

  private open(wish: WatchWish, asker: TopicAsker): WatchStream {
    const { watchClientsMaxCount, watchQueueMaxCount } = this.options;
    if (this.connected.size >= watchClientsMaxCount) {
      throw new HearsayError("ADMIN_BUSY", `${this.count} clients watch already; end one.`);
    }
    // Who is there goes before who may come back.
    const [oldest] = this.waiting.keys();
    const isFull = this.connected.size + this.waiting.size >= watchClientsMaxCount;
    if (isFull && oldest !== undefined) this.end(oldest);
    const queue = new NoticeQueue(watchQueueMaxCount, () => this.shareBytes());
    const stop = watchNode(this.sources, { ...wish, asker }, queue);
    return new WatchStream({ queue, wish: JSON.stringify(wish), stop }, this.options);
  }

  /** What may wait for one of them: many slow watchers share what a few would have alone. */
  private shareBytes(): number {
    const { watchQueueMaxBytes, watchQueuesMaxBytes } = this.options;
    const count = Math.max(1, this.connected.size + this.waiting.size);
    return Math.min(watchQueueMaxBytes, watchQueuesMaxBytes / count);
  }

  private find(lastId: string, wish: string): Known | undefined {
    const last = readLastEventId(lastId);
    if (last === undefined) return undefined;
    const all = [...this.connected, ...this.waiting.keys()];
    const stream = all.find((one) => one.id === last.stream && one.wish === wish);
    return stream === undefined ? undefined : { stream, number: last.number };
  }

  private connect(stream: WatchStream): number {
    clearTimeout(this.waiting.get(stream));
    this.waiting.delete(stream);
    this.connected.add(stream);
    return stream.connect();
  }

  /** It may come back: what happens meanwhile waits for it, as much as its queue holds. */
  private disconnect(stream: WatchStream, resumeMs = this.options.watchResumeMs): void {
    this.connected.delete(stream);
    if (resumeMs === 0) return this.end(stream);
    const timer = setTimeout(() => this.end(stream), resumeMs);
    timer.unref();
    this.waiting.set(stream, timer);
  }

  private end(stream: WatchStream): void {
    clearTimeout(this.waiting.get(stream));
    this.waiting.delete(stream);
    stream.stop();
    stream.queue.close("the client is gone");
  }

  /** True when the stream has been told to its end. */
  private async pump(
    response: SSEStreamingApi,
    stream: WatchStream,
    { connection, first }: { readonly connection: number; readonly first: string },
  ): Promise<boolean> {
    const { queue } = stream;
    const { watchHeartbeatMs, watchStallMs } = this.options;
    if (!(await wrote(response, first, watchStallMs))) return false;
    while (!response.aborted && stream.isCurrent(connection)) {
      if (queue.isClosed) return true;
      await queue.wait(watchHeartbeatMs);
      if (response.aborted || !stream.isCurrent(connection)) return false;
      const notices = queue.takeNow();
      // Two thousand small writes would cost more than their content: one write a batch.
      const text = notices.map((notice) => stream.write(notice)).join("");
      if (await wrote(response, text === "" ? ": still here\n\n" : text, watchStallMs)) continue;
      response.abort();
      return false;
    }
    return false;
  }
}

/** A stream that goes on, after the notice of this number. */
interface Known {
  readonly stream: WatchStream;
  readonly number: number;
}

function replay({ number, stream }: Known, ready: Notice): string {
  const { lostCount, text } = stream.since(number);
  const lost = lostCount > 0 ? eventText(writeNotice({ kind: "dropped", count: lostCount })) : "";
  return eventText(writeNotice(ready)) + lost + text;
}

/** False when the client took nothing for `stallMs`. */
async function wrote(stream: SSEStreamingApi, text: string, stallMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, stallMs, false);
  });
  const written = stream.write(text).then(() => true as const);
  const result = await Promise.race([written, stalled]);
  clearTimeout(timer);
  return result;
}

function readWish(context: Context, topicsMaxCount: number): WatchWish {
  const topics = [...new Set(context.req.queries("topic") ?? [])];
  if (topics.length > topicsMaxCount) {
    throw new HearsayError("ADMIN_BAD_REQUEST", `Watch at most ${topicsMaxCount} topics at once.`);
  }
  const asked = (name: string): boolean => context.req.query(name) === "1";
  const infos = [...new Set(context.req.queries("info") ?? [])];
  if (infos.length > topicsMaxCount) {
    throw new HearsayError(
      "ADMIN_BAD_REQUEST",
      `Watch at most ${topicsMaxCount} patterns at once.`,
    );
  }
  const isNamed = topics.length > 0 || infos.length > 0;
  const kinds = ["members", "events", "alerts"];
  const isEverything = !isNamed && !kinds.some(asked);
  const from = context.req.query("from") ?? "now";
  if (from !== "now" && from !== "start") {
    throw new HearsayError("ADMIN_BAD_REQUEST", 'from is "now" or "start".');
  }
  if (from === "start" && topics.length === 0) {
    throw new HearsayError("ADMIN_BAD_REQUEST", "Only topics have a start: name one.");
  }
  return {
    topics,
    infos,
    after: context.req.query("after"),
    from,
    members: isEverything || asked("members"),
    events: isEverything || asked("events"),
    alerts: asked("alerts"),
  };
}
