import type { OrdererChoice } from "../../node/api.ts";
import type { OrderChosen, OrdererEngine } from "../../node/orderer/orderer.contract.ts";
import type { TestClusterOptions, TestNodeOptions } from "./cluster-api.ts";

/** What each node of a cluster was asked to be, by its name. */
export class NodeChoices {
  private readonly given: NonNullable<TestClusterOptions<unknown>["options"]>;
  private readonly asked = new Map<string, TestNodeOptions>();
  private readonly engines = new Map<OrdererChoice, OrdererEngine>();

  constructor(given: TestClusterOptions<unknown>["options"] = {}) {
    this.given = given;
  }

  /** The same in all lives of the node. */
  of(name: string): TestNodeOptions {
    const known = this.asked.get(name);
    if (known !== undefined) return known;
    const { given } = this;
    const options = typeof given === "function" ? given(name) : given;
    this.asked.set(name, options);
    return options;
  }

  /** Loads the code that the node needs: it starts within a step, which waits for nothing. */
  async load(name: string): Promise<void> {
    const { orderer } = this.of(name);
    if (orderer === undefined || this.engines.has(orderer)) return;
    this.engines.set(orderer, await orderer.load());
  }

  orderOf(name: string): OrderChosen | undefined {
    const { orderer: choice } = this.of(name);
    const engine = choice && this.engines.get(choice);
    return choice && engine && { choice, engine };
  }
}
