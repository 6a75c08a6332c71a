import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { RumorVerdict } from "../../exchange/broadcast/broadcast.contract.ts";
import type { Subscription, Topic, TopicMessage, TopicOptions, Via } from "../api.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { chosenCodec } from "./codecs.ts";
import { historyOptions, TOPIC_PREFIX } from "./history-book.ts";
import type { PublishPolicy } from "./publish-queue.ts";
import { readTogether } from "./read-together.ts";
import { tagOf } from "./tag-of.ts";
import type { TopicContent, TopicOrder, TopicPorts, TopicRumor } from "./topic.contract.ts";
import { NodeTopic } from "./topic.ts";
import { checkSchema } from "./validation.ts";

const TAG_MAX_BYTES = 255;
/** Each open topic keeps a little memory for ever: its tag, its schema and its last seq. */
const TOPICS_MAX = 4_096;
const OPTION_NAMES: readonly string[] = [
  "schema",
  "reply",
  "codec",
  "history",
  "via",
  "onFull",
  "order",
  "causalGroup",
  "orderWaitMs",
];
const utf8 = new TextEncoder();

type AnyTopicOptions = TopicOptions<StandardSchemaV1 | undefined, StandardSchemaV1 | undefined>;

export interface TopicBookPorts extends TopicPorts {
  /** Passes on a topic that nobody has opened here. */
  relay(way: SpreadWay, tag: string): void;
  /** The ways in which a topic was passed on that is opened now. */
  takeRelays(tag: string): readonly SpreadWay[];
  count(name: string): void;
}

/** All topics that this node has opened, by tag. */
export class TopicBook {
  private readonly topics = new Map<string, NodeTopic>();
  private readonly ports: TopicBookPorts;
  private closed = false;

  constructor(ports: TopicBookPorts) {
    this.ports = ports;
  }

  get openCount(): number {
    return this.topics.size;
  }

  /**
   * The topic `tag`; the same one again for the same schema, codec and history.
   * @throws HearsayError TOPIC_CONFLICT, CONFIG_OPTION, NODE_STOPPED
   */
  open(tag: string, options: AnyTopicOptions = {}): NodeTopic {
    if (this.closed) throw new HearsayError("NODE_STOPPED", "the node was stopped; start another");
    checkTag(tag);
    checkOptions(options);
    checkSchema(options.schema);
    checkSchema(options.reply);
    const codec = chosenCodec(options.codec);
    const history = options.history === undefined ? undefined : historyOptions(options.history);
    const order = topicOrder(options);
    const via = chosenVia(options.via);
    const onFull = chosenPolicy(options.onFull);
    if (order.order === "total") checkTotal(options);
    const { reply, schema } = options;
    const content = { schema, reply, codec, history, via, onFull, ...order };
    const known = this.topics.get(tag);
    if (known === undefined) {
      if (this.topics.size >= TOPICS_MAX) throw tooManyTopics();
      const topic = new NodeTopic(tag, content, this.ports);
      this.topics.set(tag, topic);
      for (const way of this.ports.takeRelays(tag)) topic.join(way);
      return topic;
    }
    const what = difference(known.content, content);
    if (what === undefined) return known;
    const detail = `${JSON.stringify(tag)} is open with another ${what}; open it once and share it`;
    throw new HearsayError("TOPIC_CONFLICT", detail);
  }

  find(tag: string): NodeTopic | undefined {
    return this.topics.get(tag);
  }

  /** Judges a rumour before it is passed on, and delivers it when the step has ended. */
  onRumor(rumor: TopicRumor): RumorVerdict {
    return this.topics.get(rumor.tag)?.hear(rumor) ?? "unknown";
  }

  /**
   * A peer spreads something in a way that this node has not joined with it: a topic that is open
   * here with another way is heard on both, any other is passed on unseen.
   */
  onUnknownReplica(way: SpreadWay, name: string): void {
    if (this.closed || !name.startsWith(TOPIC_PREFIX)) return;
    const tag = name.slice(TOPIC_PREFIX.length);
    const topic = this.topics.get(tag);
    if (topic !== undefined) {
      this.ports.count("topics.otherVia");
      topic.join(way);
    } else if (isTag(tag)) this.ports.relay(way, tag);
  }

  /** @throws HearsayError CONFIG_OPTION for topics of another node. */
  receive(
    topics: readonly Topic<never, unknown>[],
    signal?: AbortSignal,
  ): Subscription<TopicMessage<unknown>> {
    const own = topics.map((topic) => {
      const tag = tagOf(topic);
      const found = tag === undefined ? undefined : this.topics.get(tag);
      if (found !== undefined && Object.is(found, topic)) return found;
      const detail = `receive: topic ${JSON.stringify(tag)} was not opened on this node`;
      throw new HearsayError("CONFIG_OPTION", detail);
    });
    return readTogether(own, signal === undefined ? {} : { signal }, this.ports);
  }

  /** Ends every subscription; what waits in their queues can still be read. */
  close(): void {
    this.closed = true;
    for (const topic of this.topics.values()) topic.close();
  }
}

/** Names what two openings of a topic do not agree in. */
function difference(known: TopicContent, asked: TopicContent): string | undefined {
  if (known.codec !== asked.codec) return "codec";
  if (known.schema !== asked.schema) return "schema";
  if (known.reply !== asked.reply) return "schema of replies";
  if (known.via !== asked.via) return "via";
  if (known.onFull !== asked.onFull) return "onFull";
  if (known.order !== asked.order || known.orderWaitMs !== asked.orderWaitMs) return "order";
  if (known.causalGroup !== asked.causalGroup) return "causalGroup";
  return JSON.stringify(known.history) === JSON.stringify(asked.history) ? undefined : "history";
}

/** @throws HearsayError CONFIG_OPTION */
function chosenVia(via: Via = "piggyback"): Via {
  if (via === "piggyback" || via === "plumtree" || via === "rumor") return via;
  const rule = 'must be "piggyback", "plumtree" or "rumor"';
  throw new HearsayError("CONFIG_OPTION", `via is ${JSON.stringify(via)}, but ${rule}`);
}

/** @throws HearsayError CONFIG_OPTION */
function chosenPolicy(policy: PublishPolicy = "wait"): PublishPolicy {
  if (policy === "wait" || policy === "dropOldest" || policy === "fail") return policy;
  const rule = 'must be "wait", "dropOldest" or "fail"';
  throw new HearsayError("CONFIG_OPTION", `onFull is ${JSON.stringify(policy)}, but ${rule}`);
}

/** @throws HearsayError CONFIG_OPTION */
function topicOrder({ causalGroup, order = "none", orderWaitMs }: AnyTopicOptions): TopicOrder {
  if (order !== "none" && order !== "fifo" && order !== "causal" && order !== "total") {
    const rule = 'must be "none", "fifo", "causal" or "total"';
    throw new HearsayError("CONFIG_OPTION", `order is ${JSON.stringify(order)}, but ${rule}`);
  }
  if (causalGroup !== undefined && (order !== "causal" || !isTag(causalGroup))) {
    const text = `causalGroup is text of 1 to ${TAG_MAX_BYTES} bytes`;
    throw new HearsayError("CONFIG_OPTION", `${text}, and goes with order: "causal"`);
  }
  const rule = "orderWaitMs is a number of milliseconds, 0 or more";
  if (orderWaitMs === undefined || (Number.isFinite(orderWaitMs) && orderWaitMs >= 0)) {
    return { order, causalGroup, orderWaitMs };
  }
  throw new HearsayError("CONFIG_OPTION", rule);
}

/** The log keeps what it orders, and has its own ways to spread it. */
function checkTotal({ history, via }: AnyTopicOptions): void {
  if (history === undefined && (via === undefined || via === "piggyback")) return;
  const fix = "leave history and via out, or choose another order";
  throw new HearsayError("CONFIG_OPTION", `order: "total" is kept by the ordered log; ${fix}`);
}

function tooManyTopics(): HearsayError {
  const detail = `${TOPICS_MAX} topics are open; put what varies into the value, not the tag`;
  return new HearsayError("QUEUE_FULL", detail);
}

/** A word we do not know may be a promise we do not keep, such as an order of delivery. */
function checkOptions(options: object): void {
  if (typeof options !== "object" || options === null) {
    throw new HearsayError("CONFIG_OPTION", "the options of a topic are an object");
  }
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown === undefined) return;
  const known = OPTION_NAMES.join(", ");
  throw new HearsayError("CONFIG_OPTION", `${unknown} is no option of a topic: ${known}.`);
}

function isTag(tag: string): boolean {
  // Half a surrogate pair would arrive as another tag.
  const isText = typeof tag === "string" && !/\p{Surrogate}/u.test(tag);
  const length = isText ? utf8.encode(tag).length : 0;
  return length >= 1 && length <= TAG_MAX_BYTES;
}

function checkTag(tag: string): void {
  if (isTag(tag)) return;
  const detail = `a topic's tag is text of 1 to ${TAG_MAX_BYTES} bytes, not ${JSON.stringify(tag)}`;
  throw new HearsayError("CONFIG_OPTION", detail);
}
