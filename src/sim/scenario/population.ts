import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import { NodeCounters } from "../../node/counters.ts";
import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import type { Inhabitant, MemberTable } from "../checkers/checker.ts";
import type { SimNode } from "../sim-node.ts";
import type { Simulator } from "../simulator.ts";
import type { RunningStack, StackBuilder } from "./running-stack.ts";
import type { Forming } from "./scenario.ts";
import { nameOf } from "./stacks.ts";

/** First and longest pause before an address is joined again, as in src/node/joins.ts. */
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 15_000;
/** How often the seeds' names are looked up again, on average, as in src/node/joins.ts. */
const RESOLVE_AGAIN_MS = 60_000;

/** What the nodes of a run tell. */
export interface PopulationListener {
  onMembership(observer: number, change: MembershipChange, subject: number): void;
  onPublished(node: number, rumor: Rumor): void;
  onDelivered(node: number, rumor: Rumor): void;
  onLeft(node: number): void;
}

/** All nodes of a run, each in its present life. */
export class Population {
  /** Of all nodes together. */
  readonly counters = new NodeCounters();
  private readonly simulator: Simulator;
  private readonly build: StackBuilder;
  private readonly form: Forming;
  private readonly started = new Set<number>();
  private readonly listener: PopulationListener;
  private readonly living: (Resident | undefined)[] = [];
  private readonly indexes = new Map<string, number>();

  constructor(
    simulator: Simulator,
    build: StackBuilder,
    plan: { readonly form: Forming; readonly listener: PopulationListener },
  ) {
    this.simulator = simulator;
    this.build = build;
    this.form = plan.form;
    this.listener = plan.listener;
  }

  /** Starts one more node on one more machine. */
  add(): void {
    const index = this.simulator.nodes.length;
    const name = nameOf(index);
    this.indexes.set(name, index);
    this.simulator.add((host) => this.begin(host), { name });
  }

  of(index: number): Resident | undefined {
    return this.living[index];
  }

  indexOf(name: string): number {
    return this.indexes.get(name) ?? -1;
  }

  /** It is about to die. */
  forget(index: number): void {
    this.living[index] = undefined;
  }

  /** @returns undefined when it may not publish now. */
  publish(index: number, payload: Uint8Array): Rumor | undefined {
    const resident = this.living[index];
    const publish = resident?.stack.publish;
    if (resident === undefined || publish === undefined) return undefined;
    // It hears its own rumour before `publish` has said what it is called.
    const heard: Rumor[] = [];
    resident.ownWord = heard;
    try {
      const rumor = publish(payload);
      this.listener.onPublished(index, rumor);
      for (const one of heard) this.listener.onDelivered(index, one);
      return rumor;
    } catch (error) {
      if (error instanceof HearsayError) return undefined;
      throw error;
    } finally {
      resident.ownWord = undefined;
    }
  }

  private begin(host: SimNode): void {
    const { index, life } = host;
    const resident = new Resident(host);
    const stack = this.build(host, {
      name: host.name,
      count: (counter, by) => this.counters.add(counter, by),
      ear: {
        onMembership: (change, subject) => {
          if (subject === host.name) return;
          this.listener.onMembership(index, change, this.indexOf(subject));
        },
        onRumor: (rumor) => {
          if (resident.ownWord !== undefined) resident.ownWord.push(rumor);
          else this.listener.onDelivered(index, rumor);
        },
        onLeft: () => this.listener.onLeft(index),
      },
    });
    resident.become(stack);
    this.living[index] = resident;
    const isFirstLife = !this.started.has(index);
    this.started.add(index);
    const { begin, restarted } = this.form;
    if (isFirstLife ? begin === "known" : restarted === "remember") return;
    const dice = Random.derive(this.simulator.seed, "join", index, life);
    // Joining is a step of its own: the one that starts the node is not over yet.
    this.simulator.plan(0, () => this.findOthers(resident, dice));
  }

  /** As a real node with a `join` list: all of it at once, then again until one has answered. */
  private findOthers(resident: Resident, dice: Random): void {
    const seeds = this.seedsFor(resident.index);
    if (!this.isCurrent(resident) || seeds.length === 0) return;
    for (const seed of seeds) this.tryJoin(resident, { seed, dice, failedCount: 0 });
    this.keepInMind(resident, dice);
  }

  /** The seeds are names, which may come to stand for other addresses. */
  private keepInMind(resident: Resident, dice: Random): void {
    if (!this.isCurrent(resident)) return;
    if (resident.node.isFlowing) resident.stack.setSeeds(this.seedsFor(resident.index));
    const delayMs = RESOLVE_AGAIN_MS * (0.5 + dice.real());
    this.simulator.plan(delayMs, () => this.keepInMind(resident, dice));
  }

  private tryJoin(resident: Resident, trial: Trial): void {
    if (resident.hasJoined || !this.isCurrent(resident)) return;
    if (!resident.node.isFlowing) return this.tryLater(resident, trial);
    resident.stack.join(trial.seed, (end) => {
      if (end === "joined") resident.hasJoined = true;
      else this.tryLater(resident, { ...trial, failedCount: trial.failedCount + 1 });
    });
  }

  private tryLater(resident: Resident, trial: Trial): void {
    const { dice, failedCount } = trial;
    const doublings = Math.min(10, Math.max(0, failedCount - 1));
    const longestMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * (1 << doublings));
    const delayMs = longestMs * (0.5 + dice.real() / 2);
    this.simulator.plan(delayMs, () => this.tryJoin(resident, trial));
  }

  private isCurrent(resident: Resident): boolean {
    return this.living[resident.index] === resident;
  }

  private seedsFor(index: number): Address[] {
    const seeds = this.simulator.nodes.slice(0, this.form.seedsCount);
    return seeds.filter((seed) => seed.index !== index).map((seed) => seed.address);
  }
}

/** One life of one node. */
export class Resident implements Inhabitant {
  readonly index: number;
  readonly name: string;
  readonly life: number;
  readonly node: SimNode;
  hasJoined = false;
  /** Takes what it hears while it publishes itself. */
  ownWord: Rumor[] | undefined;
  private running: RunningStack | undefined;

  constructor(node: SimNode) {
    this.node = node;
    this.index = node.index;
    this.name = node.name;
    this.life = node.life;
  }

  become(stack: RunningStack): void {
    this.running = stack;
  }

  get stack(): RunningStack {
    if (this.running === undefined) throw new Error(`${this.name} is not built yet`);
    return this.running;
  }

  get membership(): RunningStack["membership"] {
    return this.stack.membership;
  }

  get tables(): readonly MemberTable[] {
    return this.stack.tables;
  }
}

interface Trial {
  readonly seed: Address;
  readonly dice: Random;
  readonly failedCount: number;
}
