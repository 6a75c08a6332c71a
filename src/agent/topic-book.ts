import { HearsayError } from "../core/errors.ts";
import type { HearsayNode, HistoryChoice, Topic, TopicOptions, Via } from "../node/api.ts";

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

/**
 * The topics clients of this agent have named. Bounded: any client could name new ones for ever.
 */
export class TopicBook {
  private readonly node: Pick<HearsayNode, "topic">;
  private readonly maxCount: number;
  private readonly histories: Histories;
  private readonly orders: Orders;
  private readonly ways: Ways;
  private readonly topics = new Map<string, Topic<unknown, unknown>>();

  /** Those that were named are open from the start: a past is not kept for clients only. */
  constructor(node: Pick<HearsayNode, "topic">, maxCount: number, topics: AgentTopics = {}) {
    const { histories = {}, orders = {}, ways = {} } = topics;
    this.node = node;
    this.maxCount = maxCount;
    this.histories = histories;
    this.orders = orders;
    this.ways = ways;
    for (const tag of Object.keys({ ...histories, ...orders, ...ways })) this.open(tag);
  }

  hasPast(tag: string): boolean {
    return Object.hasOwn(this.histories, tag);
  }

  /** @throws HearsayError ADMIN_BUSY, and what `node.topic` throws for a bad tag. */
  open(tag: string): Topic<unknown, unknown> {
    const known = this.topics.get(tag);
    if (known !== undefined) return known;
    if (this.topics.size >= this.maxCount) {
      throw new HearsayError(
        "ADMIN_BUSY",
        `This agent has opened ${this.maxCount} topics and opens no more; restart it or use fewer.`,
      );
    }
    const history = this.hasPast(tag) ? this.histories[tag] : undefined;
    const order = Object.hasOwn(this.orders, tag) ? this.orders[tag] : {};
    const via = Object.hasOwn(this.ways, tag) ? this.ways[tag] : undefined;
    const asked = { ...(history && { history }), ...(via && { via }), ...order };
    const topic = this.node.topic(tag, asked);
    this.topics.set(tag, topic);
    return topic;
  }
}
