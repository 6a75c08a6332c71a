import { HearsayError } from "../../core/errors.ts";
import { resolveOptions } from "../../core/options.ts";
import { type HistoryOptions, historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import {
  historyCodec,
  historyUpdateBytes,
  historyUpdateCodec,
} from "../../data/history/history.wire.ts";
import { HistoryFile } from "../../data/history/history-file.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { NodeStore } from "../node-store.ts";
import type { ReplicaBook } from "../replicas/replica-book.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import type { CausalFrontier } from "./causal-frontier.ts";
import { KEPT_HEAD_MAX_BYTES } from "./kept-message.ts";
import { RecentMessages, type RecentOptions, topicMessages } from "./recent-messages.ts";
import { Relays } from "./relays.ts";
import type { TopicOrder } from "./topic.contract.ts";
import {
  type HistoryReader,
  type MakeOrder,
  TopicHistory,
  type TopicHistoryPorts,
} from "./topic-history.ts";
import { TopicOrders } from "./topic-orders.ts";
import type { TopicsOptions } from "./topics.options.ts";

/** Replicas that are topics have it before their tag. */
export const TOPIC_PREFIX = "topic:";
/** How often what has grown too old is forgotten, and journals that have grown are cut short. */
const UPKEEP_MS = 10_000;
/** More would not fit a snapshot with all that stands beside the payloads. */
const KEPT_MAX_BYTES = 128 * 1024 * 1024;
/** The same, for what stands beside the payload of each: a name of 128 bytes, and numbers. */
const KEPT_MAX_COUNT = 500_000;

export interface HistoryBookPorts extends Omit<TopicHistoryPorts, "durable" | "hasRoom"> {
  readonly options: TopicsOptions;
  /** Largest encoded value of broadcasts. */
  readonly valueMaxBytes: number;
  readonly store: NodeStore | undefined;
  enrolIn(way: SpreadWay, enrolled: Enrolled): void;
  readonly wallClock: () => number;
  step<R>(body: () => R): R;
  enrol(enrolled: Enrolled): void;
  /** Takes this node's place in the replica set. */
  readonly replicas: Pick<ReplicaBook, "open" | "sets">;
}

interface Kept {
  readonly messages: { expire(): void };
  readonly file: HistoryFile | undefined;
  readonly replica: TopicHistory;
}

/** The pasts of all topics that have one: made, kept on disk, and kept within their bounds. */
export class HistoryBook {
  private readonly ports: HistoryBookPorts;
  private readonly kept: Kept[] = [];
  private readonly relays: Relays;
  private readonly orders: TopicOrders;
  private timer: number | undefined;

  constructor(ports: HistoryBookPorts) {
    this.ports = ports;
    this.orders = new TopicOrders(ports.options, ports);
    const { relayMaxBytes: keptMaxBytes, relayMaxCount: keptMaxCount } = ports.options;
    this.relays = new Relays({
      maxCount: ports.options.relayTopicsMaxCount,
      open: () => this.makeRecent({ keptMaxBytes, keptMaxCount }),
      enrol: (way, tag, replica) => this.enrol(way, tag, replica),
      count: (name) => ports.count(name),
    });
  }

  /** The past of a topic that was just opened, with what the disk holds of it. */
  open(reader: HistoryReader, options: HistoryOptions, order: TopicOrder): TopicHistory {
    const { ports } = this;
    const { store } = ports;
    const name = `${TOPIC_PREFIX}${reader.tag}`;
    const afterStep = (body: () => void): void => ports.afterStep(body);
    const aside = store?.channel(`${name} (unreadable)`);
    const file = store && new HistoryFile(store.channel(name), historyCodec, options, aside);
    const wiring = { origin: ports.origin, wallClock: ports.wallClock, afterStep };
    const history = new History(
      file === undefined ? wiring : { ...wiring, journal: file },
      options,
    );
    const strangeCount = file?.open(history) ?? 0;
    if (strangeCount > 0) ports.count("topics.strangeRecords", strangeCount);
    const { payloadMaxBytes } = options;
    const replica = new TopicHistory(
      reader,
      history,
      {
        payloadMaxBytes,
        order: this.withHistory(order),
        limitName: "payloadMaxBytes of its history",
      },
      {
        ...this.replicaPorts(),
        takeTurn: ports.takeTurn,
        isEvicted: (origin) => ports.replicas.sets.standingOf(name, origin) === "evicted",
        hasRoom: () => store?.hasRoom ?? true,
        durable: async () => {
          await store?.durable();
          return store !== undefined;
        },
      },
    );
    this.keep({ messages: history, file, replica });
    const discard = (): void => replica.discard();
    const participant = { name, seen: () => history.seen, forgets: "bounds", discard } as const;
    ports.step(() => ports.replicas.open(participant));
    ports.enrol({ name, replica, sizeOf: historyUpdateBytes, codec: historyUpdateCodec });
    return replica;
  }

  /** What a topic without a past remembers for a while. */
  openRecent(reader: HistoryReader, order: TopicOrder): TopicHistory {
    const { recentMaxBytes: keptMaxBytes, recentMaxCount: keptMaxCount } = this.ports.options;
    const recent = this.makeRecent({ keptMaxBytes, keptMaxCount });
    const { payloadMaxBytes } = this;
    const replica = new TopicHistory(
      reader,
      recent,
      { payloadMaxBytes, order: this.withoutHistory(order), limitName: "topics.valueMaxBytes" },
      {
        ...this.replicaPorts(),
        hasRoom: () => true,
        durable: () => Promise.resolve(false),
      },
    );
    this.keep({ messages: recent, file: undefined, replica });
    return replica;
  }

  /** What the replica of a topic tells of spreads this way from now on. */
  enrol(way: SpreadWay, tag: string, replica: Enrolled["replica"]): void {
    const name = `${TOPIC_PREFIX}${tag}`;
    const { ports } = this;
    ports.enrolIn(way, { name, replica, sizeOf: historyUpdateBytes, codec: historyUpdateCodec });
  }

  /** What this node's messages in the topic of this tag come after. */
  frontier(tag: string, order: TopicOrder): CausalFrontier {
    return this.orders.causal(tag, order).frontier;
  }

  relay(way: SpreadWay, tag: string): void {
    this.startUpkeep();
    this.relays.open(way, tag);
  }

  takeRelays(tag: string): readonly SpreadWay[] {
    return this.relays.takeWays(tag);
  }

  /** Topics that are passed on although nobody has opened them here. */
  get relaysCount(): number {
    return this.relays.size;
  }

  close(): void {
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    for (const { replica } of this.kept) replica.close();
  }

  private keep(kept: Kept): void {
    this.kept.push(kept);
    this.startUpkeep();
  }

  private startUpkeep(): void {
    this.timer ??= this.ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
  }

  private get payloadMaxBytes(): number {
    const { options, valueMaxBytes } = this.ports;
    return Math.max(options.valueMaxBytes, valueMaxBytes) + KEPT_HEAD_MAX_BYTES;
  }

  private makeRecent(bounds: Pick<RecentOptions, "keptMaxBytes" | "keptMaxCount">) {
    const { afterStep, count, now, options, origin } = this.ports;
    const { gapsMaxCount, originsMaxCount, recentMaxMs: keptMaxMs } = options;
    const { payloadMaxBytes } = this;
    const others = { keptMaxMs, payloadMaxBytes, originsMaxCount, gapsMaxCount };
    const wiring = { afterStep, count, now, origin };
    return new RecentMessages(wiring, { ...bounds, ...others }, topicMessages);
  }

  private replicaPorts() {
    const { afterStep, count, now, observe, origin, timers } = this.ports;
    return { afterStep, count, now, observe, origin, timers };
  }

  /** What waits is kept by the history anyway: only time bounds the wait. */
  private withHistory(order: TopicOrder): MakeOrder | undefined {
    const all = Number.POSITIVE_INFINITY;
    return this.orders.of(order, {
      waitMs: order.orderWaitMs ?? this.ports.options.orderHistoryWaitMs,
      waitingMaxCount: all,
      waitingMaxBytes: all,
      beginning: "first",
    });
  }

  private withoutHistory(order: TopicOrder): MakeOrder | undefined {
    const { options } = this.ports;
    return this.orders.of(order, {
      waitMs: order.orderWaitMs ?? options.orderWaitMs,
      waitingMaxCount: options.orderWaitingMaxCount,
      waitingMaxBytes: options.orderWaitingMaxBytes,
      beginning: "heard",
    });
  }

  private onUpkeep(): void {
    const { ports } = this;
    this.timer = ports.timers.startTimer(() => this.onUpkeep(), UPKEEP_MS);
    ports.step(() => {
      this.relays.expire();
      for (const { file, messages } of this.kept) {
        messages.expire();
        file?.compact();
      }
    });
  }
}

/** @throws HearsayError CONFIG_OPTION */
export function historyOptions(given: unknown): HistoryOptions {
  if (typeof given !== "object" || given === null) {
    const fix = "such as { keptMaxCount: 1_000 }, or {} for the defaults";
    throw new HearsayError("CONFIG_OPTION", `history is an object of bounds ${fix}.`);
  }
  const options = resolveOptions("history", historyDefaults, { ...given });
  const { keptMaxBytes, keptMaxCount } = options;
  if (keptMaxBytes > KEPT_MAX_BYTES) throw refusal(`keptMaxBytes is at most ${KEPT_MAX_BYTES}`);
  if (keptMaxCount > KEPT_MAX_COUNT) throw refusal(`keptMaxCount is at most ${KEPT_MAX_COUNT}`);
  if (keptMaxCount > 0) return options;
  throw refusal("keptMaxCount is 1 or more");
}

function refusal(rule: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `history: ${rule}.`);
}
