import type { Gap, SubscribeOptions, Subscription, TopicMessage } from "../api.ts";
import { MessageQueue } from "./subscription.ts";
import type { TopicPorts } from "./topic.contract.ts";
import type { PastPicture } from "./topic-history.ts";

/** A topic, as far as those who read it need it. */
export interface ReadTopic {
  pastFor(options: SubscribeOptions): PastPicture | undefined;
  attach(sink: (message: TopicMessage<unknown>) => void, onEnd: () => void): () => void;
  attachGaps(listener: ((gap: Gap) => void) | undefined): () => void;
}

/** One queue over several topics. */
export function readTogether(
  topics: readonly ReadTopic[],
  options: SubscribeOptions,
  ports: Pick<TopicPorts, "onDropped">,
): Subscription<TopicMessage<unknown>> {
  const detachers: (() => void)[] = [];
  const own = [...new Set(topics)].map((topic) => ({ topic, picture: topic.pastFor(options) }));
  const { onGap = () => {} } = options;
  const pictures = own.flatMap(({ picture }) => picture ?? []);
  const queue = new MessageQueue<TopicMessage<unknown>>({
    ...options,
    past: pastOf(pictures, onGap),
    onClosed: () => endAll(detachers),
    onDropped: () => ports.onDropped(),
  });
  if (queue.isClosed) return queue;
  for (const { picture, topic } of own) {
    const sink = (message: TopicMessage<unknown>) => {
      if (picture?.seen.has(message.dot) !== true) queue.push(message);
    };
    detachers.push(
      topic.attach(sink, () => queue.close()),
      topic.attachGaps(options.onGap),
    );
  }
  return queue;
}

function* pastOf(
  pictures: readonly PastPicture[],
  onGap: (gap: Gap) => void,
): IterableIterator<TopicMessage<unknown>> {
  for (const picture of pictures) yield* picture.messages(onGap);
}

export function endAll(detachers: (() => void)[]): void {
  for (const detach of detachers.splice(0)) detach();
}
