import { type Dot, dotKey } from "../../../core/dot.ts";
import { encodeEvent, type HeldEvent } from "../../../data/ordered-log/event.ts";
import { encodeOrderedLog } from "../../../data/ordered-log/ordered-log.wire.ts";
import { encodeRaft } from "../../../raft/raft.wire.ts";
import type { LogServer } from "../../ordered-log/log-server.ts";
import { LogTown } from "../../ordered-log/log-town.ts";
import type { Experiment, ExperimentSetting } from "../experiment.ts";
import { HeldOrder, type Said } from "./held-order.ts";

const BIRTH_MAX_MS = 20_000;
const END_MAX_MS = 60_000;

const parameters = {
  nodesCount: 10,
  votersCount: 3,
  eventsCount: 300,
  /** Mean time between two events, over all nodes. */
  pauseMs: 10,
  latencyMinMs: 1,
  latencyMaxMs: 10,
  lossRatio: 0.01,
} as const;

/** What each order costs, in the same run: the same events, arriving at the same moments. */
export const orders: Experiment = {
  name: "orders",
  proves: "What each order costs over none: messages, bytes and milliseconds an event.",
  source: "ours",
  parameters,
  runsCount: 1,
  run,
  expected: {
    "fifo and causal: extra (messages)": {
      value: 0,
      tolerance: 0,
      source: "numbers that events have anyway, and clocks that ride on them",
    },
    "fifo: extra (bytes)": {
      value: 0,
      tolerance: 0,
      source: "numbers that events have anyway",
    },
  },
};

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const town = new OrdersTown(seed, { ...parameters, ...given });
  town.run(onPass);
  return { values: town.values(), curves: [] };
}

type Order = "fifo" | "causal";

/** What an order that holds back came to in one run. */
class HeldRun {
  readonly tookMs: number[] = [];
  private readonly parts = new Map<number, HeldOrder>();
  private readonly said = new Map<string, Said>();
  private readonly order: Order;
  private readonly tookFor: (dot: Dot) => number;

  constructor(order: Order, tookFor: (dot: Dot) => number) {
    this.order = order;
    this.tookFor = tookFor;
  }

  /** @returns bytes that the order added to the event. */
  onSent(node: number, event: HeldEvent): number {
    const said = this.part(node).onSent(event.dot);
    this.said.set(dotKey(event.dot), said);
    const bare = encodeEvent({ ...event, needs: [] }).length;
    return encodeEvent({ ...event, needs: said.needs }).length - bare;
  }

  onCame(node: number, { dot }: HeldEvent): void {
    const said = this.said.get(dotKey(dot));
    if (said !== undefined) this.part(node).onCame(said);
  }

  private part(node: number): HeldOrder {
    let part = this.parts.get(node);
    part ??= new HeldOrder(this.order, (dot) => this.tookMs.push(this.tookFor(dot)));
    this.parts.set(node, part);
    return part;
  }
}

/** A log under load: its events go through each of the orders in the steps in which they come. */
class OrdersTown {
  private readonly given: Record<keyof typeof parameters, number>;
  private readonly town: LogTown;
  private readonly sentMs = new Map<string, number>();
  private readonly noneMs: number[] = [];
  private readonly totalMs: number[] = [];
  private readonly held: Record<Order, HeldRun>;
  private readonly messages = { data: 0, order: 0, all: 0 };
  private readonly bytes = { fifo: 0, causal: 0, order: 0 };
  private isCounting = false;

  constructor(seed: number, given: Record<keyof typeof parameters, number>) {
    const { latencyMaxMs, latencyMinMs, lossRatio, nodesCount, votersCount } = given;
    this.given = given;
    this.town = new LogTown({
      ...{ seed, latencyMinMs, latencyMaxMs, lossRatio, votersCount },
      sparesCount: nodesCount - votersCount,
    });
    const tookFor = (dot: Dot): number => this.tookFor(dot);
    this.held = { fifo: new HeldRun("fifo", tookFor), causal: new HeldRun("causal", tookFor) };
  }

  run(onPass: ExperimentSetting["onPass"]): void {
    const { given, town } = this;
    const { simulator } = town;
    for (let left = given.nodesCount - given.votersCount; left > 0; left -= 1) {
      town.raft.addSpare();
    }
    const isReady = (): boolean => {
      const { learners = [], voters = [] } = town.raft.leader?.members ?? {};
      return voters.length + learners.length === given.nodesCount;
    };
    if (!simulator.runUntil(isReady, BIRTH_MAX_MS)) throw new Error("no group was born");
    simulator.runForMs(2_000);
    for (const server of town.servers) this.watch(server);
    this.isCounting = true;
    const before = simulator.counts.packetsSent;
    for (let count = 0; count < given.eventsCount; count += 1) {
      if (count % 100 === 0) onPass?.(`event ${count} of ${given.eventsCount}`);
      const server = town.raft.random.pick(town.servers);
      if (server !== undefined) town.append(server, "applied");
      simulator.runForMs(town.raft.random.exponential(given.pauseMs));
    }
    const isTold = () => town.servers.every(({ told }) => told.orderIndex >= given.eventsCount);
    if (!simulator.runUntil(isTold, END_MAX_MS)) throw new Error("not all was told");
    this.messages.all = simulator.counts.packetsSent - before;
  }

  values(): Record<string, number> {
    const { bytes, given, held, messages, totalMs } = this;
    const none = meanOf(this.noneMs);
    const perEvent = (count: number): number => count / given.eventsCount;
    return {
      "none: each event (messages)": perEvent(messages.data),
      "none: to each node (ms)": none,
      // All that left the nodes, less what the log and its Raft group said.
      "fifo and causal: extra (messages)": perEvent(messages.all - messages.data - messages.order),
      "fifo: extra (bytes)": perEvent(bytes.fifo),
      "fifo: extra (ms)": meanOf(held.fifo.tookMs) - none,
      "causal: extra (bytes)": perEvent(bytes.causal),
      "causal: extra (ms)": meanOf(held.causal.tookMs) - none,
      "total: extra (messages)": perEvent(messages.order),
      "total: extra (bytes)": perEvent(bytes.order),
      "total: extra (ms)": meanOf(totalMs) - none,
    };
  }

  private tookFor(dot: Dot): number {
    return this.town.simulator.nowMs - (this.sentMs.get(dotKey(dot)) ?? 0);
  }

  private watch(server: LogServer): void {
    this.watchStore(server);
    if (server !== this.town.servers[0]) return;
    const { watch } = this.town;
    const onItems = watch.onItems.bind(watch);
    watch.onItems = (told, items) => {
      onItems(told, items);
      for (const item of items) {
        if (item.kind === "event") this.totalMs.push(this.tookFor(item.dot));
      }
    };
    watch.onMessage = (_, __, message) => {
      if (!this.isCounting) return;
      const { kind } = message;
      const isData = kind === "push" || kind === "fetch" || kind === "events" || kind === "pending";
      if (isData) this.messages.data += 1;
      else this.onOrder(encodeOrderedLog(message).length);
    };
    this.town.raft.onLeave = (_, __, message) => {
      if (this.isCounting) this.onOrder(encodeRaft(message).length);
    };
  }

  private onOrder(bytesCount: number): void {
    this.messages.order += 1;
    this.bytes.order += bytesCount;
  }

  private watchStore(server: LogServer): void {
    const { store } = server.log.log;
    const put = store.put.bind(store);
    const { index } = server.node;
    store.put = (event) => {
      put(event);
      const isOwn = event.dot.origin === server.origin;
      if (isOwn) this.sentMs.set(dotKey(event.dot), this.town.simulator.nowMs);
      this.noneMs.push(this.tookFor(event.dot));
      for (const order of ["fifo", "causal"] as const) {
        const held = this.held[order];
        if (isOwn) this.bytes[order] += held.onSent(index, event);
        else held.onCame(index, event);
      }
    };
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
