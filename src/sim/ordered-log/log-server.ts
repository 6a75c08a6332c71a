import { type Dot, dotKey } from "../../core/dot.ts";
import { Counters } from "../../core/metrics.ts";
import { makeOrigin, type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { HeldEvent } from "../../data/ordered-log/event.ts";
import type {
  AppendOutcome,
  AppendRequest,
  AppendWait,
  LogView,
  OrderedApplication,
  OrderedItem,
  OrderedPlace,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type {
  LogRecord,
  OrderedLogMessage,
  OrderedLogTimer,
} from "../../data/ordered-log/ordered-log.messages.ts";
import type { OrderedLogOptions } from "../../data/ordered-log/ordered-log.options.ts";
import { OrderedLog } from "../../data/ordered-log/ordered-log.ts";
import { orderedMachinesOptions } from "../../data/ordered-machines/ordered-machines.options.ts";
import { OrderedMachines } from "../../data/ordered-machines/ordered-machines.ts";
import { machinesCodec } from "../../data/ordered-machines/ordered-machines.wire.ts";
import type { Entry } from "../../raft/entry.ts";
import type { RaftServer } from "../raft/raft-server.ts";
import { mountDurable, SimDurableEnv } from "../sim-durable-env.ts";
import type { SimNode } from "../sim-node.ts";
import { simHash } from "./sim-hash.ts";

const CHANNEL = "ordered log";
const LOG = "log/town";
const APPLICATION = "list";
const ALL = { maxBytes: Number.POSITIVE_INFINITY, maxCount: Number.POSITIVE_INFINITY };

/** Whoever watches what servers of a log do. */
export interface LogWatch {
  onAppend(server: LogServer, dot: Dot, bytes: Uint8Array): void;
  /** It holds this event no more. */
  onDrop(server: LogServer, dot: Dot): void;
  onOutcome(server: LogServer, wait: AppendWait, outcome: AppendOutcome): void;
  onStep(server: LogServer): void;
  onItems(server: LogServer, items: readonly OrderedItem[]): void;
  onRestored(server: LogServer, at: OrderedPlace, state: Uint8Array): boolean;
  onGap(server: LogServer, at: OrderedPlace): void;
  onLeave(from: SimNode, to: PeerId, message: OrderedLogMessage): void;
  /** Its part of the order keeps this entry. */
  onKept(server: LogServer, entry: Entry): void;
}

/** What simulated servers of a log need to know of their town. */
export interface LogSetting {
  readonly options: OrderedLogOptions;
  readonly watch: LogWatch;
  /** "carries": it keeps and orders, and tells nobody. */
  readonly applies: (node: SimNode) => "list" | "carries";
  readonly nodesCount: () => number;
  readonly isGone: (origin: Origin) => boolean;
}

const codec = {
  encode: ({ encoded }: LogRecord) => encoded,
  decode: (bytes: Uint8Array): LogRecord => ({ encoded: bytes.slice() }),
};

/** A door that shows what leaves. */
class LogEnv extends SimDurableEnv<OrderedLogMessage, OrderedLogTimer, LogRecord> {
  private readonly watch: LogWatch;

  constructor(node: SimNode, place: number, watch: LogWatch) {
    super(node, place, codec);
    this.watch = watch;
  }

  protected override leave(to: PeerId, message: OrderedLogMessage): void {
    super.leave(to, message);
    this.watch.onLeave(this.node, to, message);
  }
}

/** The origin of a server's life, in which there is no file that counts boots. */
export function originOf(node: SimNode): Origin {
  return makeOrigin(node.name, node.life);
}

/** One life of a server: its log over its part of a Raft group, and a list of what it is told. */
export class LogServer {
  readonly node: SimNode;
  readonly raft: RaftServer;
  readonly life: number;
  readonly origin: Origin;
  readonly log: OrderedLog;
  readonly counters = new Counters();
  /** What its application holds: the place of the last item, and a sum over all. */
  told: { place: number; orderIndex: number; sum: string } = { place: 0, orderIndex: 0, sum: "" };
  /** What it held and was not seen on disk yet. */
  unsynced: HeldEvent[] = [];
  private readonly machines: OrderedMachines;
  private readonly setting: LogSetting;
  private readonly asked = new Map<AppendRequest, AppendWait>();
  private sentCount = 0;

  constructor(raft: RaftServer, setting: LogSetting) {
    this.raft = raft;
    this.node = raft.node;
    this.life = raft.life;
    this.origin = originOf(raft.node);
    this.setting = setting;
    let made: OrderedLog | undefined;
    this.machines = new OrderedMachines(
      {
        orderer: raft,
        codec: machinesCodec,
        counters: this.counters,
        host: { onSnapshotNeeded: () => {} },
        kinds: new Map([["log", (_, order) => (made = this.mount(order))]]),
      },
      orderedMachinesOptions(),
    );
    this.machines.open(LOG);
    if (made === undefined) throw new Error("the log was not made");
    this.log = made;
    this.listen();
    this.watchOrder();
    this.machines.start();
    this.log.start();
    if (setting.applies(this.node) === "list") this.log.attach(APPLICATION, this.application());
  }

  /** In a step of its node. */
  append(bytes: Uint8Array, wait: AppendWait): void {
    this.asked.set(this.log.append(bytes, wait), wait);
  }

  note(text: string): void {
    this.log.note(encodeUtf8(text));
  }

  get isAlive(): boolean {
    return this.node.isAlive && this.node.life === this.life;
  }

  look(): void {
    this.setting.watch.onStep(this);
  }

  private mount(order: ConstructorParameters<typeof OrderedLog>[1]["order"]): OrderedLog {
    const { counters, node, setting } = this;
    const watch = setting.watch;
    return mountDurable(
      node,
      CHANNEL,
      (place) => new LogEnv(node, place, watch),
      (env) => {
        const log = new OrderedLog(
          env,
          {
            order,
            counters,
            origin: this.origin,
            sha256: simHash,
            view: new TownView(node, setting),
            peers: {
              peerOf: (origin) => peerId(Number(parseOrigin(origin)?.name)),
              isGone: (origin) => setting.isGone(origin),
            },
          },
          setting.options,
        );
        this.watchSteps(log);
        return log;
      },
    );
  }

  /** After each step of the log it is looked at. */
  private watchSteps(log: OrderedLog): void {
    const onMessage = log.onMessage.bind(log);
    const onTimer = log.onTimer.bind(log);
    const onDurable = log.onDurable.bind(log);
    const onCommand = log.onCommand.bind(log);
    log.onMessage = (from, message) => this.after(() => onMessage(from, message));
    log.onTimer = (timer) => this.after(() => onTimer(timer));
    log.onDurable = (position) => this.after(() => onDurable(position));
    log.onCommand = (command) => this.after(() => onCommand(command));
  }

  private after(body: () => void): void {
    body();
    this.look();
  }

  private listen(): void {
    this.log.listen({
      onAppended: (request, outcome) => {
        const wait = this.asked.get(request);
        this.asked.delete(request);
        if (wait !== undefined) this.setting.watch.onOutcome(this, wait, outcome);
      },
    });
    const { store } = this.log.log;
    const put = store.put.bind(store);
    this.unsynced = [...store.all()];
    const take = store.take.bind(store);
    store.take = (dot) => {
      this.setting.watch.onDrop(this, dot);
      return take(dot);
    };
    store.put = (event) => {
      put(event);
      this.unsynced.push(event);
      if (event.dot.origin !== this.origin || event.dot.seq <= this.sentCount) return;
      this.sentCount = event.dot.seq;
      this.setting.watch.onAppend(this, event.dot, event.data);
    };
  }

  private watchOrder(): void {
    const { state } = this.raft.raft;
    const { watch } = this.setting;
    const { commitIndex, log } = state;
    for (const entry of log.slice(commitIndex + 1, ALL)) watch.onKept(this, entry);
    const append = state.append.bind(state);
    state.append = (entry) => {
      watch.onKept(this, entry);
      append(entry);
    };
  }

  private application(): OrderedApplication {
    const { watch } = this.setting;
    return {
      onItems: (items) => {
        for (const item of items) this.tell(item);
        watch.onItems(this, items);
        return "more";
      },
      snapshot: () => encodeUtf8(JSON.stringify(this.told)),
      restore: (at, state) => {
        if (!watch.onRestored(this, at, state)) return false;
        this.told = JSON.parse(decodeUtf8(state)) as LogServer["told"];
        return true;
      },
      onGap: (at) => watch.onGap(this, at),
    };
  }

  private tell(item: OrderedItem): void {
    const { orderIndex, place } = item;
    const name = item.kind === "event" ? dotKey(item.dot) : "note";
    const sum = simHash(encodeUtf8(`${this.told.sum} ${place} ${name}`)).slice(0, 8);
    this.told = { place, orderIndex, sum: [...sum].join(".") };
  }
}

/** All machines of the town but one. */
class TownView implements LogView {
  private readonly node: SimNode;
  private readonly setting: LogSetting;

  constructor(node: SimNode, setting: LogSetting) {
    this.node = node;
    this.setting = setting;
  }

  get size(): number {
    return this.setting.nodesCount() - 1;
  }

  sample(random: Random, count: number, out: PeerId[]): number {
    const others = Array.from({ length: this.size }, (_, place) =>
      peerId(place < this.node.index ? place : place + 1),
    );
    const chosen = random.shuffle(others).slice(0, count);
    for (const [place, peer] of chosen.entries()) out[place] = peer;
    return chosen.length;
  }
}
