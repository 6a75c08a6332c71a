import { dotKey } from "../../core/dot.ts";
import type { LogServer } from "../ordered-log/log-server.ts";
import { LogTown } from "../ordered-log/log-town.ts";
import type { Experiment, ExperimentSetting } from "./experiment.ts";
import { type Arrival, causalTimes, fifoTimes } from "./order-times.ts";

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
  proves: "What each order of events costs over none: messages and milliseconds an event.",
  source: "ours",
  parameters,
  runsCount: 1,
  run,
  expected: {
    "fifo: extra (messages)": {
      value: 0,
      tolerance: 0,
      source: "numbers that events have anyway",
    },
    "causal: extra (messages)": {
      value: 0,
      tolerance: 0,
      source: "clocks ride on the events",
    },
  },
};

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const town = new OrdersTown(seed, { ...parameters, ...given });
  town.run(onPass);
  return { values: town.values(), curves: [] };
}

/** A log under load, in which all that happens to events is written down. */
class OrdersTown {
  private readonly given: Record<keyof typeof parameters, number>;
  private readonly town: LogTown;
  private readonly arrivals: Arrival[] = [];
  private readonly sentMs = new Map<string, number>();
  private readonly totalMs: number[] = [];
  private readonly messages = { data: 0, order: 0 };
  private isCounting = false;

  constructor(seed: number, given: Record<keyof typeof parameters, number>) {
    const { latencyMaxMs, latencyMinMs, lossRatio, nodesCount, votersCount } = given;
    this.given = given;
    this.town = new LogTown({
      ...{ seed, latencyMinMs, latencyMaxMs, lossRatio, votersCount },
      sparesCount: nodesCount - votersCount,
    });
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
    for (let count = 0; count < given.eventsCount; count += 1) {
      if (count % 100 === 0) onPass?.(`event ${count} of ${given.eventsCount}`);
      const server = town.raft.random.pick(town.servers);
      if (server !== undefined) town.append(server, "applied");
      simulator.runForMs(town.raft.random.exponential(given.pauseMs));
    }
    const isTold = () => town.servers.every(({ told }) => told.orderIndex >= given.eventsCount);
    if (!simulator.runUntil(isTold, END_MAX_MS)) throw new Error("not all was told");
  }

  values(): Record<string, number> {
    const { arrivals, given, messages, sentMs, totalMs } = this;
    const sent = (name: string): number => sentMs.get(name) ?? 0;
    const noneMs = arrivals.map(({ ms, name }) => ms - sent(name));
    const fifoMs = fifoTimes(arrivals).map(({ ms, name }) => ms - sent(name));
    const causalMs = causalTimes(arrivals).map(({ ms, name }) => ms - sent(name));
    const none = meanOf(noneMs);
    return {
      "none: each event (messages)": messages.data / given.eventsCount,
      "none: to each node (ms)": none,
      "fifo: extra (messages)": 0,
      "fifo: extra (ms)": meanOf(fifoMs) - none,
      "causal: extra (messages)": 0,
      "causal: extra (ms)": meanOf(causalMs) - none,
      "total: extra (messages)": messages.order / given.eventsCount,
      "total: extra (ms)": meanOf(totalMs) - none,
    };
  }

  private watch(server: LogServer): void {
    const { simulator, watch } = this.town;
    const { store } = server.log.log;
    const put = store.put.bind(store);
    store.put = (event) => {
      put(event);
      const { origin, seq } = event.dot;
      const name = dotKey(event.dot);
      const node = server.node.index;
      if (origin === server.origin) this.sentMs.set(name, simulator.nowMs);
      const kind = origin === server.origin ? "sent" : "came";
      this.arrivals.push({ kind, ms: simulator.nowMs, node, origin, seq, name });
    };
    if (server !== this.town.servers[0]) return;
    const onItems = watch.onItems.bind(watch);
    watch.onItems = (told, items) => {
      onItems(told, items);
      for (const item of items) {
        if (item.kind !== "event") continue;
        this.totalMs.push(simulator.nowMs - (this.sentMs.get(dotKey(item.dot)) ?? 0));
      }
    };
    watch.onMessage = (_, __, { kind }) => {
      if (!this.isCounting) return;
      const isData = kind === "push" || kind === "fetch" || kind === "events" || kind === "pending";
      if (isData) this.messages.data += 1;
      else this.messages.order += 1;
    };
    this.town.raft.onLeave = () => {
      if (this.isCounting) this.messages.order += 1;
    };
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
