import type { HearsayNode } from "../node/api.ts";
import type { Notice } from "./admin.messages.ts";
import { toJson } from "./json-value.ts";
import type { NoticeQueue } from "./notice-queue.ts";
import { textAndBase64 } from "./payload.ts";
import type { TopicBook } from "./topic-book.ts";

export interface WatchWish {
  readonly topics: readonly string[];
  readonly members: boolean;
  readonly events: boolean;
}

/** Feeds `queue` with what is wished for, from now on. Returns how to stop. */
export function watchNode(
  node: HearsayNode,
  topics: TopicBook,
  wish: WatchWish,
  queue: NoticeQueue,
): () => void {
  const stops: (() => void)[] = [];
  const stop = (): void => {
    for (const stopOne of stops.splice(0)) stopOne();
  };
  const push = (notice: Notice): void => queue.push(notice);
  try {
    if (wish.members) stops.push(node.members.on((event) => push({ kind: "member", event })));
    if (wish.events) stops.push(watchEvents(node, push));
    for (const tag of wish.topics) stops.push(...watchTopic(topics, tag, push));
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

function watchEvents(node: HearsayNode, push: (notice: Notice) => void): () => void {
  return node.serf.onEvent((event) => {
    push({
      kind: "event",
      name: event.name,
      ...textAndBase64(event.payload),
      lTime: event.lTime,
      at: Date.now(),
    });
  });
}

function watchTopic(
  topics: TopicBook,
  tag: string,
  push: (notice: Notice) => void,
): readonly (() => void)[] {
  const topic = topics.open(tag);
  const subscription = topic.subscribe(({ from, value, dot, clock }) => {
    push({ kind: "message", topic: tag, from, value: toJson(value), dot, clock, at: Date.now() });
  });
  const stopRejected = topic.onRejected(({ from, reason, detail }) => {
    push({ kind: "rejected", topic: tag, from, reason, detail });
  });
  return [() => subscription.close(), stopRejected];
}
