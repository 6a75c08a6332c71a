import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import type { PeerId } from "../../core/peer.ts";
import { CommittedPrefix } from "../../data/ordered-log/committed-prefix.ts";
import type {
  LogRecord,
  OrderedLogMessage,
  OrderedLogTimer,
} from "../../data/ordered-log/ordered-log.messages.ts";
import { orderedLogOptions } from "../../data/ordered-log/ordered-log.options.ts";
import { OrderedLog as OrderedLogMachine } from "../../data/ordered-log/ordered-log.ts";
import { logRecordCodec } from "../../data/ordered-log/ordered-log.wire.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { MemoryStore } from "../durable/memory-store.ts";
import { type MountedDurable, mountDurable } from "../durable/mount-durable.ts";
import { NamedFrames } from "../durable/named-frames.ts";
import { nodeLedgerCrypto } from "../ledger/node-crypto.ts";
import type { ChangeObjection } from "../orderer/node-order.ts";
import { noOrderError, stateLostError } from "../orderer/order-errors.ts";
import { checkStoreName } from "../versions/checks.ts";
import { StoredValues } from "../versions/stored-values.ts";
import {
  checkFollowed,
  FOLLOWED_PREFIX,
  FollowedLogs,
  followedError,
  followedReplica,
  prefixUpdates,
} from "./followed-logs.ts";
import { HeldWatch, heldRatio } from "./held-watch.ts";
import { orderedLogMessages } from "./log-messages.ts";
import { NodeOrderedLog } from "./node-ordered-log.ts";
import { OrderPeers, OrderView } from "./order-peers.ts";
import type { OpenOrderedLog, OrderedLog, OrderedLogOptions } from "./ordered-log.api.ts";

/** Machines that are ordered logs have it before their name. */
const KIND = "log";
/** Data of ordered logs, on links. The number is for ever. */
const ORDERED_LOG_CHANNEL = 16;

type AnyOptions = OrderedLogOptions<StandardSchemaV1 | undefined>;
type Mounted = MountedDurable<OrderedLogMachine>;

interface Open {
  readonly given: AnyOptions;
  readonly face: NodeOrderedLog;
}

/** Ordered logs: those of the group, all of them, and those that users of this node opened. */
export class OrderedLogsFace implements DataFace {
  /** The same as users type it. */
  readonly opener: OpenOrderedLog;
  private readonly parts: FaceParts;
  private readonly counters = new Counters();
  private readonly frames: NamedFrames;
  private readonly machines = new Map<string, Mounted>();
  private readonly opened = new Map<string, Open>();
  private readonly followed: FollowedLogs;
  /** Of those that are being opened: who makes them may be the order. */
  private readonly numbers = new Map<string, NonNullable<AnyOptions["numbers"]>>();

  constructor(parts: FaceParts) {
    this.parts = parts;
    this.opener = openerOf((name, options) => this.openLog(name, options));
    this.frames = new NamedFrames({
      channel: ORDERED_LOG_CHANNEL,
      links: () => parts.stack().links,
      onUnknown: (name, from) => this.onUnknownLog(name, from),
      onDropped: (why) => this.counters.count(`orderedLog.dropped.${why}`),
    });
    this.followed = new FollowedLogs(parts, { frames: this.frames, counters: this.counters });
    parts.order.addKind(KIND, (name, order) => this.make(name, order));
    parts.order.addObjection((kind, peer) => this.objection(kind, peer));
  }

  open(): void {
    this.parts.stack().links.use(ORDERED_LOG_CHANNEL, this.frames, "keep");
  }

  /**
   * The machine of a log, for what is built on one.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL
   */
  machine(name: string): OrderedLogMachine {
    const full = `${KIND}/${checkStoreName(name)}`;
    this.parts.ports.step(() => this.parts.order.machines("node.orderedLog").open(full));
    const made = this.machines.get(full);
    if (made === undefined) throw new Error(`${full} was not made`);
    return made.protocol;
  }

  /** Logs of the group that this node has, by name. */
  get names(): readonly string[] {
    return [...this.machines.keys()].map((full) => full.slice(KIND.length + 1));
  }

  metrics(): Readonly<Record<string, number>> {
    const machines = [...this.machines.values()].map(({ protocol }) => protocol);
    const all = machines.map(({ status }) => status);
    if (all.length === 0) return this.followed.metrics();
    const sum = (of: (status: (typeof all)[number]) => number): number =>
      all.reduce((total, status) => total + of(status), 0);
    return {
      ...this.counters.snapshot(),
      "orderedLog.logs": all.length,
      "orderedLog.ordered": sum(({ ordered }) => ordered.orderIndex),
      "orderedLog.applied": sum(({ applied }) => applied.orderIndex),
      "orderedLog.pending": sum(({ pendingCount }) => pendingCount),
      "orderedLog.held": sum(({ heldCount }) => heldCount),
      "orderedLog.heldBytes": sum(({ heldBytes }) => heldBytes),
      "orderedLog.heldRatio": Math.max(...machines.map(({ log }) => heldRatio(log))),
      "orderedLog.stalled": sum(({ stalled }) => (stalled === undefined ? 0 : 1)),
    };
  }

  /** In a step, before the links stop. */
  stop(): void {
    for (const machine of this.machines.values()) machine.stop();
    this.followed.stop();
  }

  close(): void {
    for (const { face } of this.opened.values()) face.close();
    this.opened.clear();
  }

  private openLog(name: string, options: AnyOptions): NodeOrderedLog {
    const { order, ports } = this.parts;
    ports.checkRunning();
    checkOptions(options);
    if (options.follow === undefined && !order.isChosen && !this.opened.has(name)) {
      const otherwise = ', or read a log from outside: node.orderedLog(name, { follow: "main" })';
      throw noOrderError("node.orderedLog", otherwise);
    }
    const known = this.opened.get(checkStoreName(name));
    if (known !== undefined) return sameOrThrow(name, known, options);
    const face =
      options.follow === undefined ? this.openOwn(name, options) : this.follow(name, options);
    this.opened.set(name, { given: options, face });
    return face;
  }

  private openOwn(name: string, options: AnyOptions): NodeOrderedLog {
    const { logger, order, ports } = this.parts;
    if (options.numbers !== undefined) this.numbers.set(`${KIND}/${name}`, options.numbers);
    const calls = this.machine(name);
    const watch = new HeldWatch(name, calls.log, logger);
    const { codec, schema } = options;
    return new NodeOrderedLog({
      ...ports,
      name,
      calls,
      follows: undefined,
      append: (bytes, wait) => {
        watch.look();
        return calls.append(bytes, wait);
      },
      storage: this.keeping === undefined ? "memory" : "disk",
      values: new StoredValues({ codec, schema }),
      states: new StoredValues({ codec }),
      enders: this.parts.enders,
      readBarrier: (wait) => order.order.read(wait),
      refusal: () => {
        if (order.orderer("node.orderedLog").status.state !== "lost") return undefined;
        const { engine, group } = order.order.status();
        return stateLostError({ engine, group, name: this.parts.name });
      },
    });
  }

  /** A log of a group that this node is not of. */
  private follow(name: string, options: AnyOptions): NodeOrderedLog {
    const { orderer, ports } = this.parts;
    const { codec, follow = "", numbers, schema } = options;
    checkFollowed(follow, orderer?.choice.group);
    const refusal = (): HearsayError => followedError(name, follow);
    return new NodeOrderedLog({
      ...ports,
      name,
      calls: this.followed.open({ name, group: follow }, orderedLogOptions(numbers)),
      follows: follow,
      storage: this.parts.store === undefined ? "memory" : "disk",
      values: new StoredValues({ codec, schema }),
      states: new StoredValues({ codec }),
      enders: this.parts.enders,
      readBarrier: () => Promise.reject(refusal()),
      append: () => {
        throw refusal();
      },
      refusal,
    });
  }

  /** Somebody outside wants to read a log: only now it costs anything. */
  onComparedReplica(replica: string): boolean {
    const { orderer } = this.parts;
    if (orderer === undefined || !replica.startsWith(FOLLOWED_PREFIX)) return false;
    const { group } = orderer.choice;
    for (const [full, { protocol }] of this.machines) {
      const name = full.slice(KIND.length + 1);
      if (followedReplica({ name, group }) !== replica) continue;
      const { assembly } = protocol;
      const prefix = new CommittedPrefix(name, { assembly, store: protocol.log.store });
      this.parts.replicas.open();
      this.parts.stack().enrol({ name: replica, replica: prefix, ...prefixUpdates });
      return true;
    }
    return false;
  }

  /** An event of a log that nobody here knew: its order will come, and its data is wanted now. */
  private onUnknownLog(name: string, from: PeerId): void {
    const { order } = this.parts;
    // Of nobody else: each takes memory here, and is known to all of the group for ever.
    if (!order.isMember(from) || !name.startsWith(`${KIND}/`)) return;
    try {
      order.machines("an ordered log").open(name);
    } catch (error) {
      // Too many, or a name that is none: the frame is dropped and counted.
      if (!(error instanceof HearsayError)) throw error;
    }
  }

  /** In a step. */
  private make(name: string, order: MachineOrder): OrderedLogMachine {
    const { host, ports, stack } = this.parts;
    const options = orderedLogOptions(this.numbers.get(name));
    this.numbers.delete(name);
    // Its events carry the name of this life, which must not change any more.
    const origin = stack().write(() => stack().origin);
    const wiring = {
      origin,
      order,
      view: new OrderView(this.parts.name, () => order.members),
      peers: new OrderPeers({
        members: () => order.members,
        statusOf: (peer) => this.parts.members().get(peer)?.status,
        livingBoot: (peer) => stack().livingBoot(peer),
      }),
      sha256: (bytes: Uint8Array) => nodeLedgerCrypto.sha256(bytes),
      counters: this.counters,
    };
    const mounted = mountDurable<OrderedLogMessage, OrderedLogTimer, LogRecord, OrderedLogMachine>(
      this.durablePorts(name),
      (env) => new OrderedLogMachine(env, wiring, options),
    );
    this.frames.take(name, (from, bytes) => mounted.onBytes(from, bytes));
    this.machines.set(name, mounted);
    // It may ask of the order as soon as it has begun, and has a place there when this returns.
    ports.afterStep(() => host.step(() => mounted.start()));
    return mounted.protocol;
  }

  /** The node's journal; undefined where events are kept in memory. */
  private get keeping() {
    const { order, store } = this.parts;
    return order.storage === "disk" ? store : undefined;
  }

  private durablePorts(name: string) {
    const { die, host } = this.parts;
    return {
      host,
      store: this.keeping ?? this.memory,
      name: `orderedLog/${name}`,
      messages: orderedLogMessages,
      records: logRecordCodec,
      carry: (to: PeerId, bytes: Uint8Array) => {
        const taking = this.frames.send(name, to, bytes);
        if (taking !== "taken") this.counters.count("orderedLog.dropped.unsent");
      },
      countDropped: (why: string) => this.counters.count(`orderedLog.dropped.${why}`),
      die,
    };
  }

  private readonly memory = new MemoryStore((body) => this.parts.host.afterStep(body));

  /** Data of events is on a majority of the voters, and stays so. */
  private objection(kind: "promote" | "remove", peer: PeerId): ChangeObjection | undefined {
    if (this.machines.size === 0) return undefined;
    const { isLeader, leader } = this.parts.order.orderer("node.order").status;
    if (!isLeader) {
      const detail = `only ${String(leader ?? "a leader")} knows who has the data: ask there`;
      return { mayPass: "never", detail };
    }
    for (const [name, { protocol }] of this.machines) {
      const may = kind === "promote" ? protocol.mayPromote(peer) : protocol.mayRemove(peer);
      if (may) continue;
      return {
        mayPass: "soon",
        detail: `the data of ${name} would not be on a majority of the voters`,
      };
    }
    return undefined;
  }
}

function openerOf(open: (name: string, options: AnyOptions) => NodeOrderedLog): OpenOrderedLog {
  function opener<S extends StandardSchemaV1>(
    name: string,
    options: OrderedLogOptions<S> & { readonly schema: S },
  ): OrderedLog<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  function opener<V = unknown>(
    name: string,
    options?: OrderedLogOptions<undefined>,
  ): OrderedLog<V, V>;
  // What comes out has passed the schema, or is what this user says it is.
  function opener(name: string, options: AnyOptions = {}): unknown {
    return open(name, options);
  }
  return opener;
}

/** @throws HearsayError CONFIG_OPTION */
function checkOptions(options: unknown): void {
  const isObject = typeof options === "object" && options !== null;
  const unknown = isObject ? Object.keys(options).find((name) => !NAMES.includes(name)) : "";
  if (isObject && unknown === undefined) return;
  const known = `Known: ${NAMES.join(", ")}.`;
  throw new HearsayError("CONFIG_OPTION", `${unknown} is no option of orderedLog. ${known}`);
}

const NAMES = ["codec", "follow", "numbers", "schema"];

/** @throws HearsayError STORE_CONFLICT */
function sameOrThrow(name: string, { face, given }: Open, options: AnyOptions): NodeOrderedLog {
  const isSame = given.schema === options.schema && given.codec === options.codec;
  if ((isSame && given.follow === options.follow) || Object.keys(options).length === 0) return face;
  const detail = `ordered log ${name} is open with another schema, codec or group`;
  throw new HearsayError("STORE_CONFLICT", `${detail}; open it once and share it`);
}
