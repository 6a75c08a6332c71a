import { Random } from "../../core/random.ts";
import type { HearsayNode } from "../../node/api.ts";
import type { RunningNode } from "../../node/running-node.ts";
import type { TestLife } from "./cluster-api.ts";
import type { SimHost } from "./sim-host.ts";

interface LifeName {
  readonly name: string;
  readonly number: number;
  readonly seed: number;
}

/** From a start to a crash: one node, and what user code runs on it. */
export class MachineLife<App> implements TestLife {
  readonly node: RunningNode;
  readonly name: string;
  readonly number: number;
  // Closures, for user code hands them on without their object.
  readonly now = (): number => this.host.now();
  readonly wallClock = (): number => this.host.wallClock();
  readonly random = (): number => this.dice.real();
  readonly delay = (ms: number): Promise<void> =>
    new Promise((resolve) => this.host.startTimer(resolve, ms));
  private readonly host: SimHost;
  private readonly dice: Random;
  private readonly ending = new AbortController();
  private made: { readonly app: App } | undefined;

  constructor(node: RunningNode, host: SimHost, { name, number, seed }: LifeName) {
    this.node = node;
    this.host = host;
    this.name = name;
    this.number = number;
    this.dice = Random.derive(seed, name, number, "test");
  }

  /** What `setup` returned. */
  get app(): App {
    if (this.made !== undefined) return this.made.app;
    throw new Error(`the setup of ${this.name} has not ended`);
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  async setUp(setup: (node: HearsayNode, life: TestLife) => App | Promise<App>): Promise<void> {
    this.made = { app: await setup(this.node, this) };
  }

  end(): void {
    this.ending.abort();
  }
}
