import { HearsayError } from "../../core/errors.ts";
import type {
  ActiveAlert,
  Gap,
  HearsayNode,
  InfoNotice,
  Topic,
  TopicMessage,
} from "../../node/api.ts";
import type { Notice } from "../admin.messages.ts";
import { toJson } from "../json-value.ts";
import { textAndBase64 } from "../payload.ts";
import type { TopicAsker, TopicBook } from "../topic-book.ts";
import type { MemberHistory } from "./member-history.ts";
import type { NoticeQueue } from "./notice-queue.ts";

/** Where notices come from. */
export interface WatchSources {
  readonly node: HearsayNode;
  readonly topics: TopicBook;
  readonly history: MemberHistory;
}

export interface WatchWish {
  readonly topics: readonly string[];
  readonly members: boolean;
  readonly events: boolean;
  readonly alerts: boolean;
  /** Patterns of keys of infos. */
  readonly infos: readonly string[];
  /** Where a former watch of infos ended. */
  readonly after: string | undefined;
  /** "start": first what the topics have kept. */
  readonly from: "now" | "start";
}

/** Feeds `queue` with what is wished for, from now on. Returns how to stop. */
export function watchNode(
  { history, node, topics }: WatchSources,
  wish: WatchWish & { readonly asker: TopicAsker },
  queue: NoticeQueue,
): () => void {
  const stops: (() => void)[] = [];
  const stop = (): void => {
    for (const stopOne of stops.splice(0)) stopOne();
  };
  const push = (notice: Notice): void => queue.push(notice);
  try {
    if (wish.members) stops.push(watchMembers(history, push));
    if (wish.events) stops.push(watchEvents(node, push));
    if (wish.alerts) stops.push(watchAlerts(node, push));
    for (const pattern of wish.infos) stops.push(watchInfos(node, pattern, wish, push));
    for (const tag of wish.topics) {
      const { asker, from } = wish;
      stops.push(...watchTopic(topics, tag, { asker, from, push, room: () => queue.room() }));
    }
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}

function watchMembers(history: MemberHistory, push: (notice: Notice) => void): () => void {
  return history.on((event, { evidence, number }) => {
    push({ kind: "member", event, number, evidence });
  });
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

function watchAlerts({ monitor }: HearsayNode, push: (notice: Notice) => void): () => void {
  const tell = (state: "raised" | "cleared", { firedBy, id, rule }: ActiveAlert): void => {
    const by = firedBy === undefined ? {} : { firedBy };
    push({ kind: "alert", rule, id, state, ...by, at: Date.now() });
  };
  const stop = monitor.on((event) => {
    if (event.kind === "alertSeen") tell(event.state, event);
  });
  for (const active of monitor.alerts()) tell("raised", active);
  return stop;
}

function watchInfos(
  node: HearsayNode,
  pattern: string,
  { after }: WatchWish,
  push: (notice: Notice) => void,
): () => void {
  const onNotice = ({ cursor, from, key, kind: what, value }: InfoNotice): void => {
    const told = what === "set" ? { value: jsonOf(value) } : {};
    push({ kind: "info", what, key, ...told, from, cursor, at: Date.now() });
  };
  return node.infos.watch(pattern, onNotice, after === undefined ? {} : { after });
}

/** A value too deep for JSON is told by its error, for nobody waits for a notice. */
function jsonOf(value: unknown): unknown {
  try {
    return toJson(value);
  } catch (error) {
    return { $unreadable: error instanceof Error ? error.message : String(error) };
  }
}

interface Watched {
  readonly asker: TopicAsker;
  readonly from: "now" | "start";
  readonly push: (notice: Notice) => void;
  /** Resolves when the next notice need push out no other. */
  readonly room: () => Promise<void>;
}

/** @throws HearsayError ADMIN_BAD_REQUEST for the start of a topic that has none. */
function watchTopic(topics: TopicBook, tag: string, watched: Watched): readonly (() => void)[] {
  const { asker, from, push } = watched;
  // Before it is opened, which uses up room for good.
  if (from === "start" && !topics.hasPast(tag)) {
    const fix = `start the agent with --history ${tag}`;
    throw new HearsayError("ADMIN_BAD_REQUEST", `This agent keeps no past of ${tag}; ${fix}.`);
  }
  const topic = topics.open(tag, asker);
  const stop = from === "start" ? watchPast(topic, watched) : watchNow(topic, push);
  const stopRejected = topic.onRejected(({ from: by, reason, detail }) => {
    push({ kind: "rejected", topic: tag, from: by, reason, detail });
  });
  return [stop, stopRejected];
}

function watchNow(topic: Topic<unknown, unknown>, push: (notice: Notice) => void): () => void {
  const onGap = (gap: Gap): void => push(gapNotice(gap));
  const subscription = topic.subscribe((message) => pushMessage(message, push), { onGap });
  return () => subscription.close();
}

/** As fast as the client takes it: a past may be far longer than what waits for a slow one. */
function watchPast(topic: Topic<unknown, unknown>, { push, room }: Watched): () => void {
  const onGap = (gap: Gap): void => push(gapNotice(gap));
  const subscription = topic.subscribe({ from: "start", onGap });
  const pump = async (): Promise<void> => {
    let droppedCount = 0;
    for await (const message of subscription) {
      const { dropped } = subscription;
      if (dropped > droppedCount) push({ kind: "dropped", count: dropped - droppedCount });
      droppedCount = dropped;
      pushMessage(message, push);
      await room();
    }
  };
  void pump();
  return () => void subscription.return?.();
}

/** Nobody waits for the pump, so nothing may end it: a value too deep for JSON is told as such. */
function pushMessage(message: TopicMessage<unknown>, push: (notice: Notice) => void): void {
  try {
    push(messageNotice(message));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    push({ kind: "rejected", topic: message.tag, from: message.from, reason: "json", detail });
  }
}

function messageNotice(message: TopicMessage<unknown>): Notice {
  const { after, clock, dot, from, tag, value } = message;
  const said = { from, value: toJson(value), dot, clock, ...(after && { after }) };
  return { kind: "message", topic: tag, ...said, at: Date.now() };
}

function gapNotice({ count, ranges, tag }: Gap): Notice {
  return { kind: "gap", topic: tag, count, ranges };
}
