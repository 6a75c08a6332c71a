import { Counters } from "../../core/metrics.ts";
import type { Orderer } from "../../core/orderer.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { MakeMachine } from "../../data/ordered-machines/ordered-machines.contract.ts";
import { orderedMachinesOptions } from "../../data/ordered-machines/ordered-machines.options.ts";
import { OrderedMachines } from "../../data/ordered-machines/ordered-machines.ts";
import { machinesCodec } from "../../data/ordered-machines/ordered-machines.wire.ts";
import type { DataFace, DataParts } from "../data-face.ts";
import { MemoryStore } from "../durable/memory-store.ts";
import { KeepingOrderer } from "./kept-state.ts";
import { MachineSnapshots } from "./machine-snapshots.ts";
import { type ChangeObjection, NodeOrder } from "./node-order.ts";
import { noOrderError, stateLostError } from "./order-errors.ts";
import { keepToOneOrder } from "./order-mark.ts";
import type { OrdererChoice } from "./orderer.api.ts";
import type { MountedOrderer, OrderChosen } from "./orderer.contract.ts";

/** How often members and peers are looked after. [because: nothing of it is urgent] */
const ROUND_MS = 1_000;

/** What speaks against a change of members: what a machine needs kept would not be. */
export type Objection = (kind: "promote" | "remove", peer: PeerId) => ChangeObjection | undefined;

interface Running {
  readonly mounted: MountedOrderer;
  readonly orderer: Orderer;
  readonly machines: OrderedMachines;
  readonly snapshots: MachineSnapshots;
  readonly order: NodeOrder;
}

/**
 * The order of a node and all that lives in it. Faces of what lives there tell before `open` of
 * which kind it is; `open` comes after that of all others.
 */
export class OrderFace implements DataFace {
  private readonly parts: DataParts;
  private readonly chosen: OrderChosen | undefined;
  private readonly kinds = new Map<string, MakeMachine>();
  private readonly objections: Objection[] = [];
  private readonly counters = new Counters();
  private running: Running | undefined;
  private timer: number | undefined;
  private isLostTold = false;

  constructor(parts: DataParts) {
    this.parts = parts;
    this.chosen = parts.orderer;
  }

  /** Whether the node has an order at all. */
  get isChosen(): boolean {
    return this.chosen !== undefined;
  }

  /** Where it, and what lives in it, is kept. */
  get storage(): "disk" | "memory" {
    return this.chosen?.choice.storage ?? "disk";
  }

  /** What machines of this kind are made of: "lock", "log" … The same on all nodes. */
  addKind(kind: string, make: MakeMachine): void {
    this.kinds.set(kind, make);
  }

  /** Asked before members are changed by hand. */
  addObjection(objection: Objection): void {
    this.objections.push(objection);
  }

  /** `node.order`. @throws HearsayError CONFIG_OPTION on a node without an order */
  get order(): NodeOrder {
    return this.need("node.order").order;
  }

  /** `what` begins the sentence that refuses. @throws HearsayError CONFIG_OPTION */
  machines(what: string): OrderedMachines {
    return this.need(what).machines;
  }

  /** As `machines`: the engine itself. */
  orderer(what: string): Orderer {
    return this.need(what).orderer;
  }

  /** Whether what this peer sends is of the group, as far as this node can know. */
  isMember(peer: PeerId): boolean {
    if (this.running === undefined) return false;
    const { mounted, orderer } = this.running;
    const { learners, voters } = orderer.members;
    return mounted.learners === "anyone" || voters.includes(peer) || learners.includes(peer);
  }

  open(): void {
    if (this.chosen === undefined) return;
    const { choice, engine } = this.chosen;
    const { ports } = this.parts;
    ports.step(() => {
      const { store } = this.parts;
      if (store !== undefined && this.storage === "disk") keepToOneOrder(store, choice);
      const mounted = engine.mount(this.ordererPorts());
      const running = this.makeRunning(choice, mounted);
      this.running = running;
      const { orderer } = running;
      running.machines.start(orderer instanceof KeepingOrderer ? orderer.takeKept() : undefined);
      mounted.start();
    });
    this.arm();
  }

  async handOver(): Promise<void> {
    await this.running?.mounted.handOver?.();
  }

  metrics(): Readonly<Record<string, number>> {
    return { ...this.counters.snapshot(), ...this.running?.mounted.metrics?.() };
  }

  close(): void {
    if (this.timer !== undefined) this.parts.ports.timers.stopTimer(this.timer);
    const { running } = this;
    if (running === undefined) return;
    running.snapshots.close();
    running.machines.stop();
    running.order.close();
  }

  /** In a step, before the links stop. */
  stop(): void {
    this.running?.mounted.stop();
  }

  async closed(): Promise<void> {
    await this.running?.mounted.closed?.();
  }

  private makeRunning(choice: OrdererChoice, mounted: MountedOrderer): Running {
    const orderer = this.keeping(choice, mounted);
    const machines = new OrderedMachines(
      {
        orderer,
        kinds: this.kinds,
        codec: machinesCodec,
        counters: this.counters,
        host: { onSnapshotNeeded: () => snapshots.onNeeded() },
      },
      orderedMachinesOptions(),
    );
    const { enders, name, ports, somePeers, stack } = this.parts;
    const snapshots = new MachineSnapshots({
      ...ports,
      group: choice.group,
      links: () => stack().links,
      somePeers,
      machines: () => machines,
      onTaken: (snapshot) => {
        if (orderer instanceof KeepingOrderer) orderer.keep(snapshot);
      },
    });
    snapshots.open();
    const order = new NodeOrder({
      ...ports,
      name,
      engine: choice.engine,
      group: choice.group,
      orderer,
      learners: mounted.learners ?? "listed",
      log: () => mounted.log?.(),
      enders,
      machines: () => machines.status,
      objection: (kind, peer) => this.objection(kind, peer),
    });
    return { mounted, orderer, machines, snapshots, order };
  }

  private keeping(choice: OrdererChoice, { keepsState, orderer }: MountedOrderer): Orderer {
    if (keepsState === "engine") return orderer;
    const { host, store } = this.parts;
    const disk = choice.storage === "disk" ? store : undefined;
    const kept = disk ?? new MemoryStore((body) => host.afterStep(body));
    const name = `order/${choice.engine}/${choice.group}`;
    const inStep = (body: () => void): void => {
      try {
        host.step(body);
      } catch (error) {
        this.parts.die(error);
      }
    };
    return new KeepingOrderer(orderer, { store: kept, name, inStep });
  }

  private ordererPorts() {
    const { die, host, logger, members, name, ports, somePeers, stack, store } = this.parts;
    return {
      ...ports,
      name,
      host,
      store,
      logger,
      links: () => stack().links,
      somePeers,
      objectionToRemoval: (peer: string) => this.objection("remove", peerId(peer))?.detail,
      statusOf: (peer: string) => members().get(peer)?.status,
      die,
    };
  }

  private objection(kind: "promote" | "remove", peer: PeerId): ChangeObjection | undefined {
    for (const objection of this.objections) {
      const why = objection(kind, peer);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  private arm(): void {
    this.timer = this.parts.ports.timers.startTimer(() => this.onRound(), ROUND_MS);
  }

  private onRound(): void {
    const { running } = this;
    if (running === undefined) return;
    this.parts.ports.step(() => running.mounted.onRound?.());
    running.order.look();
    this.tellLost(running);
    this.arm();
  }

  private tellLost({ orderer }: Running): void {
    if (this.isLostTold || orderer.status.state !== "lost") return;
    this.isLostTold = true;
    const { logger, name } = this.parts;
    const { engine = "", group = "" } = this.chosen?.choice ?? {};
    logger.error(stateLostError({ engine, group, name }).message);
  }

  private need(what: string): Running {
    this.parts.ports.checkRunning();
    if (this.running !== undefined) return this.running;
    throw noOrderError(what);
  }
}
