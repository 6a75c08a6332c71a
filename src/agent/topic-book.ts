import { HearsayError } from "../core/errors.ts";
import type { HearsayNode, HistoryChoice, Topic, TopicOptions, Via } from "../node/api.ts";
import type { AgentOptions } from "./agent.options.ts";

/** Topics whose past an agent keeps, and how much of it. */
export type Histories = Readonly<Record<string, HistoryChoice>>;

/** Topics whose messages an agent tells in an order. */
export type Orders = Readonly<
  Record<string, Pick<TopicOptions<undefined>, "order" | "causalGroup">>
>;

/** Topics that travel otherwise than on packets. */
export type Ways = Readonly<Record<string, Via>>;

/** How an agent opens topics. */
export interface AgentTopics {
  readonly ways?: Ways | undefined;
  readonly histories?: Histories | undefined;
  readonly orders?: Orders | undefined;
}

/** Who names a topic: one who may also write, or one who may only read. */
export type TopicAsker = "reader" | "writer";

type TopicBounds = Pick<AgentOptions, "readerTopicsMaxCount" | "topicsMaxCount">;

/**
 * The topics clients of this agent have named. Bounded: any client could name new ones for ever,
 * and none is ever closed. Readers have room of their own, so that they cannot use up that of
 * writers.
 */
export class TopicBook {
  private readonly node: Pick<HearsayNode, "topic">;
  private readonly bounds: TopicBounds;
  private readonly histories: Histories;
  private readonly orders: Orders;
  private readonly ways: Ways;
  private readonly topics = new Map<string, Topic<unknown, unknown>>();
  /** Those that only readers have named. */
  private readonly readOnly = new Set<string>();

  /** Those that were named are open from the start: a past is not kept for clients only. */
  constructor(node: Pick<HearsayNode, "topic">, bounds: TopicBounds, topics: AgentTopics = {}) {
    const { histories = {}, orders = {}, ways = {} } = topics;
    this.node = node;
    this.bounds = bounds;
    this.histories = histories;
    this.orders = orders;
    this.ways = ways;
    for (const tag of Object.keys({ ...histories, ...orders, ...ways })) this.open(tag);
  }

  hasPast(tag: string): boolean {
    return Object.hasOwn(this.histories, tag);
  }

  /** @throws HearsayError ADMIN_BUSY, and what `node.topic` throws for a bad tag. */
  open(tag: string, asker: TopicAsker = "writer"): Topic<unknown, unknown> {
    const known = this.topics.get(tag);
    if (known !== undefined) {
      // A topic that is written to is no reader's any more; without room it stays what it was.
      if (asker === "writer" && this.hasRoom("writer")) this.readOnly.delete(tag);
      return known;
    }
    if (!this.hasRoom(asker)) throw this.full(asker);
    const history = this.hasPast(tag) ? this.histories[tag] : undefined;
    const order = Object.hasOwn(this.orders, tag) ? this.orders[tag] : {};
    const via = Object.hasOwn(this.ways, tag) ? this.ways[tag] : undefined;
    const asked = { ...(history && { history }), ...(via && { via }), ...order };
    const topic = this.node.topic(tag, asked);
    this.topics.set(tag, topic);
    if (asker === "reader") this.readOnly.add(tag);
    return topic;
  }

  private hasRoom(asker: TopicAsker): boolean {
    const { readerTopicsMaxCount, topicsMaxCount } = this.bounds;
    if (asker === "reader") return this.readOnly.size < readerTopicsMaxCount;
    return this.topics.size - this.readOnly.size < topicsMaxCount;
  }

  private full(asker: TopicAsker): HearsayError {
    const { readerTopicsMaxCount, topicsMaxCount } = this.bounds;
    const detail =
      asker === "reader"
        ? `For readers this agent has opened ${readerTopicsMaxCount} topics that nobody else has ` +
          "named, and opens no more; ask with a token of the role write, or restart it."
        : `This agent has opened ${topicsMaxCount} topics and opens no more; restart it or use ` +
          "fewer.";
    return new HearsayError("ADMIN_BUSY", detail);
  }
}
