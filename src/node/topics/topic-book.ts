import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { parseOrigin } from "../../core/peer.ts";
import type { Subscription, Topic, TopicMessage, TopicOptions } from "../api.ts";
import { chosenCodec } from "./codecs.ts";
import { historyOptions } from "./history-book.ts";
import {
  NodeTopic,
  readTogether,
  type TopicContent,
  type TopicPorts,
  type TopicRumor,
} from "./topic.ts";
import { checkSchema } from "./validation.ts";

const TAG_MAX_BYTES = 255;
/** Each open topic keeps a little memory for ever: its tag, its schema and its last seq. */
const TOPICS_MAX = 4_096;
const OPTION_NAMES: readonly string[] = ["schema", "codec", "history"];
const utf8 = new TextEncoder();

/** What became of a rumour here, which also says whether it may be passed on. */
export type TopicVerdict = "accepted" | "rejected" | "unknown";

export interface TopicBookPorts extends TopicPorts {
  /** Runs `body` when the step has ended: users hear of messages last. */
  afterStep(body: () => void): void;
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
  open(tag: string, options: TopicOptions<StandardSchemaV1 | undefined> = {}): NodeTopic {
    if (this.closed) throw new HearsayError("NODE_STOPPED", "the node was stopped; start another");
    checkTag(tag);
    checkOptions(options);
    checkSchema(options.schema);
    const codec = chosenCodec(options.codec);
    const history = options.history === undefined ? undefined : historyOptions(options.history);
    const content = { schema: options.schema, codec, history };
    const known = this.topics.get(tag);
    if (known === undefined) {
      if (this.topics.size >= TOPICS_MAX) throw tooManyTopics();
      const topic = new NodeTopic(tag, content, this.ports);
      this.topics.set(tag, topic);
      return topic;
    }
    const what = difference(known.content, content);
    if (what === undefined) return known;
    const detail = `${JSON.stringify(tag)} is open with another ${what}; open it once and share it`;
    throw new HearsayError("TOPIC_CONFLICT", detail);
  }

  /** Judges a rumour before it is passed on, and delivers it when the step has ended. */
  onRumor(rumor: TopicRumor): TopicVerdict {
    const topic = this.topics.get(rumor.tag);
    if (topic === undefined) return "unknown";
    const { past } = topic;
    if (past !== undefined && rumor.historySeq !== undefined) return past.hear(rumor);
    const from = parseOrigin(rumor.origin)?.name ?? rumor.origin;
    const reading = topic.read(rumor, from);
    if (reading.kind === "rejected") {
      this.ports.afterStep(() => topic.tellRejected(reading.rejection));
      return "rejected";
    }
    this.ports.afterStep(() => topic.deliver(reading.message));
    return "accepted";
  }

  /** @throws HearsayError CONFIG_OPTION for topics of another node. */
  receive(
    topics: readonly Topic<never, unknown>[],
    signal?: AbortSignal,
  ): Subscription<TopicMessage<unknown>> {
    const own = topics.map((topic) => {
      const found = this.topics.get(topic.tag);
      if (found !== undefined && Object.is(found, topic)) return found;
      const detail = `receive: topic ${JSON.stringify(topic.tag)} was not opened on this node`;
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
  return JSON.stringify(known.history) === JSON.stringify(asked.history) ? undefined : "history";
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

function checkTag(tag: string): void {
  // Half a surrogate pair would arrive as another tag.
  const isText = typeof tag === "string" && !/\p{Surrogate}/u.test(tag);
  const length = isText ? utf8.encode(tag).length : 0;
  if (length >= 1 && length <= TAG_MAX_BYTES) return;
  const detail = `a topic's tag is text of 1 to ${TAG_MAX_BYTES} bytes, not ${JSON.stringify(tag)}`;
  throw new HearsayError("CONFIG_OPTION", detail);
}
