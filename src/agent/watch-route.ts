import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { HearsayError } from "../core/errors.ts";
import type { HearsayNode } from "../node/api.ts";
import type { AgentOptions } from "./agent.options.ts";
import { NoticeQueue, type WrittenNotice } from "./notice-queue.ts";
import type { TopicBook } from "./topic-book.ts";
import { type WatchWish, watchNode } from "./watch.ts";

/** All `/v1/watch` streams of an agent: how many there are, and how to end them. */
export class Watchers {
  private readonly node: HearsayNode;
  private readonly topics: TopicBook;
  private readonly options: AgentOptions;
  private readonly queues = new Set<NoticeQueue>();

  constructor(node: HearsayNode, topics: TopicBook, options: AgentOptions) {
    this.node = node;
    this.topics = topics;
    this.options = options;
  }

  get count(): number {
    return this.queues.size;
  }

  /** Ends every stream, each told why. */
  close(reason: string): void {
    for (const queue of this.queues) queue.close(reason);
  }

  /** @throws HearsayError ADMIN_BUSY, ADMIN_BAD_REQUEST */
  answer(context: Context): Response {
    const wish = readWish(context, this.options.watchTopicsMaxCount);
    if (this.queues.size >= this.options.watchClientsMaxCount) {
      throw new HearsayError("ADMIN_BUSY", `${this.queues.size} clients watch already; end one.`);
    }
    const queue = new NoticeQueue(this.options.watchQueueMaxCount, this.options.watchQueueMaxBytes);
    queue.push({ kind: "ready", node: this.node.name, topics: wish.topics });
    const stop = watchNode(this.node, this.topics, wish, queue);
    this.queues.add(queue);
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => queue.close("the client is gone"));
      try {
        await this.pump(stream, queue);
      } finally {
        stop();
        this.queues.delete(queue);
      }
    });
  }

  private async pump(stream: SSEStreamingApi, queue: NoticeQueue): Promise<void> {
    let id = 0;
    while (!stream.aborted && !queue.isClosed) {
      const notices = await queue.take(this.options.watchHeartbeatMs);
      // Two thousand small writes would cost more than their content: one write a batch.
      let text = notices.length === 0 ? ": still here\n\n" : "";
      for (const notice of notices) {
        id += 1;
        text += formatNotice(notice, id);
      }
      if (!(await wrote(stream, text, this.options.watchStallMs))) {
        stream.abort();
        return;
      }
    }
  }
}

function formatNotice({ kind, json }: WrittenNotice, id: number): string {
  // JSON has no raw line breaks, so one `data:` line holds it all.
  return `event: ${kind}\nid: ${id}\ndata: ${json}\n\n`;
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
  const isEverything = !isNamed && !asked("members") && !asked("events");
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
  };
}
