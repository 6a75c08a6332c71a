import { HearsayError } from "../../core/errors.ts";
import type { Counters } from "../../core/metrics.ts";
import type { PeerId } from "../../core/peer.ts";
import { FollowerReplica } from "../../data/ordered-log/follower-replica.ts";
import { LogFollower } from "../../data/ordered-log/log-follower.ts";
import type {
  LogRecord,
  OrderedLogMessage,
  OrderedLogTimer,
} from "../../data/ordered-log/ordered-log.messages.ts";
import type { OrderedLogOptions } from "../../data/ordered-log/ordered-log.options.ts";
import { logRecordCodec } from "../../data/ordered-log/ordered-log.wire.ts";
import type { Enrolled } from "../../exchange/enrolled.ts";
import type { FaceParts } from "../data-face.ts";
import { MemoryStore } from "../durable/memory-store.ts";
import { type MountedDurable, mountDurable } from "../durable/mount-durable.ts";
import type { NamedFrames } from "../durable/named-frames.ts";
import { nodeLedgerCrypto } from "../ledger/node-crypto.ts";
import { orderedLogMessages } from "./log-messages.ts";

/** Replicas that are committed prefixes have it before their group and name. */
export const FOLLOWED_PREFIX = "orderedLog/";
/** Time between two comparisons with who has the log. [because: as a round of anti-entropy] */
const COMPARE_MS = 1_000;
/** Random peers that are asked while nobody is known to have it. [guess] */
const STRANGERS_COUNT = 8;
/** Longest name of a group, as where it is made. */
const GROUP_MAX_LENGTH = 64;

export interface FollowedName {
  readonly group: string;
  readonly name: string;
}

/** What a log outside its group is called by anti-entropy. */
export function followedReplica({ group, name }: FollowedName): string {
  const text = group.replaceAll("%", "%25").replaceAll("/", "%2F");
  return `${FOLLOWED_PREFIX}${text}/${name}`;
}

/** Items of a committed prefix are bytes already. */
export const prefixUpdates: Pick<Enrolled, "codec" | "sizeOf"> = {
  sizeOf: (update) => bytesOf(update).length,
  codec: { encode: bytesOf, decode: (bytes) => bytes },
};

export interface FollowedPorts {
  /** Snapshots of applications come by the channel of ordered logs. */
  readonly frames: NamedFrames;
  readonly counters: Counters;
}

interface Followed {
  readonly mounted: MountedDurable<LogFollower>;
  timer: number | undefined;
  /** Whose turn it is among those who gave items. */
  turn: number;
}

/** The logs that this node reads from outside their groups. */
export class FollowedLogs {
  private readonly parts: FaceParts;
  private readonly ports: FollowedPorts;
  private readonly all: Followed[] = [];
  private readonly memory: MemoryStore;

  constructor(parts: FaceParts, ports: FollowedPorts) {
    this.parts = parts;
    this.ports = ports;
    this.memory = new MemoryStore((body) => parts.host.afterStep(body));
  }

  open(followed: FollowedName, options: OrderedLogOptions): LogFollower {
    const { ports, replicas, stack } = this.parts;
    const mounted = this.mount(followed, options);
    const { name } = followed;
    this.ports.frames.take(`log/${name}`, (from, bytes) => mounted.onBytes(from, bytes));
    const one: Followed = { mounted, timer: undefined, turn: 0 };
    this.all.push(one);
    ports.step(() => {
      mounted.start();
      // Without a place in the set: nobody waits for who only reads.
      replicas.open();
      const replica = new FollowerReplica(name, mounted.protocol);
      stack().enrol({ name: followedReplica(followed), replica, ...prefixUpdates });
    });
    this.compare(one);
    return mounted.protocol;
  }

  metrics(): Readonly<Record<string, number>> {
    if (this.all.length === 0) return {};
    const all = this.all.map(({ mounted }) => mounted.protocol.status);
    const sum = (of: (status: (typeof all)[number]) => number): number =>
      all.reduce((total, status) => total + of(status), 0);
    return {
      ...this.ports.counters.snapshot(),
      "orderedLog.followed": all.length,
      "orderedLog.followedLag": sum(
        ({ applied, ordered }) => ordered.orderIndex - applied.orderIndex,
      ),
      "orderedLog.followedHeldBytes": sum(({ heldBytes }) => heldBytes),
    };
  }

  /** In a step, before the links stop. */
  stop(): void {
    for (const { mounted, timer } of this.all) {
      mounted.stop();
      if (timer !== undefined) this.parts.ports.timers.stopTimer(timer);
    }
  }

  private mount({ group, name }: FollowedName, options: OrderedLogOptions) {
    const { die, host, store } = this.parts;
    const { counters, frames } = this.ports;
    const wiring = {
      log: name,
      counters,
      sha256: (bytes: Uint8Array) => nodeLedgerCrypto.sha256(bytes),
    };
    const ports = {
      host,
      store: store ?? this.memory,
      name: `followedLog/${followedReplica({ group, name })}`,
      messages: orderedLogMessages,
      records: logRecordCodec,
      carry: (to: PeerId, bytes: Uint8Array) => {
        const taking = frames.send(`log/${name}`, to, bytes);
        if (taking !== "taken") counters.count("orderedLog.dropped.unsent");
      },
      countDropped: (why: string) => counters.count(`orderedLog.dropped.${why}`),
      die,
    };
    return mountDurable<OrderedLogMessage, OrderedLogTimer, LogRecord, LogFollower>(
      ports,
      (env) => new LogFollower(env, wiring, options),
    );
  }

  /** With one of those who have it, in turn: of a large cluster they are few. */
  private compare(one: Followed): void {
    const { ports, somePeers, stack } = this.parts;
    const { sources } = one.mounted.protocol;
    const next = sources[one.turn % Math.max(1, sources.length)];
    one.turn += 1;
    // Now and then a stranger, for those who had it may be gone.
    const isStranger = next === undefined || one.turn % (2 * sources.length + 1) === 0;
    stack().compareWith(isStranger ? somePeers(STRANGERS_COUNT) : [String(next)]);
    one.timer = ports.timers.startTimer(() => this.compare(one), COMPARE_MS);
  }
}

/** Of what only members of the group can do. */
export function followedError(name: string, group: string): HearsayError {
  const what = `ordered log ${name} is followed here from outside, and is only read`;
  const fix = `append, or read what is certain, on a node of the group "${group}"`;
  return new HearsayError("ORDER_REFUSED", `${what}; ${fix}`);
}

/** `own` is the group that this node is of. @throws HearsayError CONFIG_OPTION */
export function checkFollowed(group: unknown, own: string | undefined): void {
  const isName = typeof group === "string" && group !== "" && group.length <= GROUP_MAX_LENGTH;
  if (!isName) {
    const rule = `the name of a group, a text of 1 to ${GROUP_MAX_LENGTH} characters`;
    throw new HearsayError("CONFIG_OPTION", `follow is ${rule}, such as "main".`);
  }
  if (own === undefined) return;
  const why = `this node has an order of its own, that of the group "${own}"`;
  throw new HearsayError("CONFIG_OPTION", `follow: ${why}; open the log without it.`);
}

function bytesOf(update: unknown): Uint8Array {
  return update instanceof Uint8Array ? update : new Uint8Array(0);
}
