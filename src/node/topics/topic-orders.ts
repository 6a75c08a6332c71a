import { CausalOrder } from "./causal-order.ts";
import type { OrderingOptions } from "./ordering.ts";
import { Sequencer } from "./sequencer.ts";
import type { TopicOrder } from "./topic.contract.ts";
import type { MakeOrder } from "./topic-history.ts";
import type { TopicsOptions } from "./topics.options.ts";

export interface TopicOrdersPorts {
  /** In a step, at whose end readers are told. */
  step<R>(body: () => R): R;
  readonly afterStep: (body: () => void) => void;
  readonly count: (name: string, by?: number) => void;
}

/** In which order the messages of topics are delivered; a causal group has one for all of them. */
export class TopicOrders {
  private readonly options: TopicsOptions;
  private readonly ports: TopicOrdersPorts;
  private readonly byGroup = new Map<string, CausalOrder>();

  constructor(options: TopicsOptions, ports: TopicOrdersPorts) {
    this.options = options;
    this.ports = ports;
  }

  /** undefined where messages are delivered as they come. */
  of(order: TopicOrder, options: OrderingOptions): MakeOrder | undefined {
    if (order.order === "none") return undefined;
    // Of timers, too, readers hear last: what they say then waits until all have heard.
    const afterStep = (body: () => void): void => this.ports.step(() => this.ports.afterStep(body));
    if (order.order === "fifo") {
      const make: MakeOrder["make"] = (_tag, room, ports) =>
        new Sequencer(room, options, { ...ports, afterStep });
      return { kind: "fifo", make };
    }
    return {
      kind: "causal",
      make: (tag, room, ports) => {
        return this.causal(tag, order).join({ tag, room, options, ports: { ...ports, afterStep } });
      },
    };
  }

  /** The order of the group of the topic of this tag. */
  causal(tag: string, { causalGroup }: TopicOrder): CausalOrder {
    const name = causalGroup === undefined ? `topic ${tag}` : `group ${causalGroup}`;
    const known = this.byGroup.get(name);
    if (known !== undefined) return known;
    const order = new CausalOrder(this.options, (count, by) => this.ports.count(count, by));
    this.byGroup.set(name, order);
    return order;
  }
}
