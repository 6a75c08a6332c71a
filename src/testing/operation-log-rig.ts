/** For the tests of operation logs: replicas in memory, with all that a node gives them. */
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import { HybridClock } from "../core/hybrid-clock.ts";
import { makeOrigin, type Origin, peerId } from "../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import type { StateMachine } from "../data/operation-log/execution.ts";
import { OperationFile } from "../data/operation-log/operation-file.ts";
import type {
  AppendOutcome,
  OperationLogWiring,
  Submission,
} from "../data/operation-log/operation-log.contract.ts";
import type {
  Operation,
  OperationSnapshot,
  Vector,
} from "../data/operation-log/operation-log.messages.ts";
import {
  type OperationLogOptions,
  operationLogDefaults,
} from "../data/operation-log/operation-log.options.ts";
import { OperationLog } from "../data/operation-log/operation-log.ts";
import { operationCodec } from "../data/operation-log/operation-log.wire.ts";
import type { OrderingKind } from "../data/operation-log/ordering.contract.ts";
import { Stability } from "../data/replica-set/stability.ts";
import { FakeJournalChannel } from "./fake-journal-channel.ts";

const NAME = "x";

/** The list of what was executed, in order. */
export class ListMachine implements StateMachine {
  list: string[] = [];

  apply(_: unknown, { payload }: Operation): void {
    this.list.push(decodeUtf8(payload));
  }

  encode(): Uint8Array {
    return encodeUtf8(JSON.stringify(this.list));
  }

  decode(bytes: Uint8Array): boolean {
    this.list = JSON.parse(decodeUtf8(bytes)) as string[];
    return true;
  }

  reset(): void {
    this.list = [];
  }
}

/** Who stands in the set, and what time it is: shared by all replicas of a test. */
export class Town {
  nowMs = 1_000_000;
  members: readonly Origin[] = [];
  readonly gone = new Set<Origin>();
  readonly replicas: TownReplica[] = [];

  /** A further replica, which all know of at once. */
  add(name: string, options: Partial<OperationLogOptions> = {}, boot = 1): TownReplica {
    const replica = new TownReplica(this, { origin: makeOrigin(name, boot), options });
    this.replicas.push(replica);
    this.members = [...this.members, replica.origin].sort();
    for (const one of this.replicas) one.log.onMembers();
    return replica;
  }

  /** Nobody waits for it any more. */
  remove(replica: TownReplica): void {
    this.gone.add(replica.origin);
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    this.members = this.members.filter((origin) => origin !== replica.origin);
    for (const one of this.replicas) one.log.onMembers();
  }

  /** A later life of it takes its place, with its disk. */
  restart(replica: TownReplica, boot: number): TownReplica {
    const { channel, name, options } = replica;
    const heir = new TownReplica(this, { origin: makeOrigin(name, boot), options, channel });
    this.gone.add(replica.origin);
    this.replicas.splice(this.replicas.indexOf(replica), 1, heir);
    this.members = this.members.map((one) => (one === replica.origin ? heir.origin : one)).sort();
    for (const one of this.replicas) one.log.onMembers();
    return heir;
  }
}

interface TownReplicaParts {
  readonly origin: Origin;
  readonly options?: Partial<OperationLogOptions>;
  readonly channel?: FakeJournalChannel;
  readonly begins?: "joined" | "joining";
  readonly ordering?: OrderingKind;
}

export class TownReplica {
  readonly origin: Origin;
  readonly name: string;
  readonly log: OperationLog;
  readonly machine = new ListMachine();
  readonly channel: FakeJournalChannel;
  readonly file: OperationFile;
  readonly options: Partial<OperationLogOptions>;
  readonly counts = new Map<string, number>();
  readonly executed: { readonly key: string; readonly operation: Operation }[] = [];
  readonly stability = new Stability();
  private readonly town: Town;

  constructor(town: Town, parts: TownReplicaParts) {
    const { begins = "joined", channel, options = {}, ordering = "timestamp", origin } = parts;
    this.town = town;
    this.origin = origin;
    this.name = origin.slice(0, origin.lastIndexOf("#"));
    this.options = options;
    this.channel = channel ?? new FakeJournalChannel();
    const numbers = { ...operationLogDefaults, ...options };
    this.file = new OperationFile(this.channel, operationCodec, numbers.checkpointAfterCount);
    this.log = new OperationLog({ ...this.wiring(), ordering }, numbers, begins);
    this.log.listen({
      onExecuted: ({ origin: by, seq }, operation) =>
        this.executed.push({ key: `${by}:${seq}`, operation }),
    });
    this.file.open(this.log);
  }

  get list(): string {
    return this.machine.list.join(" ");
  }

  submit(text: string, given: Partial<Submission> = {}): AppendOutcome {
    return this.log.append({
      id: "",
      class: "causal",
      prev: this.log.val,
      beyond: this.log.beyond,
      payload: encodeUtf8(text),
      submittedAtMs: this.town.nowMs,
      isFinal: false,
      ...(given.prev && { beyond: undefined }),
      ...given,
    });
  }

  snapshot(): OperationSnapshot {
    const snapshot = this.log.snapshot();
    if (snapshot === undefined) throw new Error("a list is written by JSON");
    return snapshot;
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** All that `to` lacks and this one has, and what each has then heard of the other. */
  sendTo(to: TownReplica, budgetBytes = 2 ** 40): boolean {
    const theirs = to.log.seen.clone();
    const wanted = this.log.seen.difference(theirs);
    const delta = this.log.collect(wanted, theirs, budgetBytes);
    let isDeferred = false;
    for (const [dot, record] of delta.updates) {
      if (to.log.apply(dot, record, peerId(this.name)) === "deferred") isDeferred = true;
    }
    if (!isDeferred) to.log.cover(delta.covers, delta.forgotten);
    if (!delta.more) to.hear(this, this.log.seen);
    this.hear(to, to.log.seen);
    return delta.more;
  }

  /** `other` has received all of `seen`. */
  hear(other: TownReplica, seen: ReadonlyDotSet): void {
    this.stability.note(NAME, other.origin, seen);
  }

  private wiring(): OperationLogWiring {
    const { town } = this;
    const others = (): Origin[] => town.members.filter((one) => one !== this.origin);
    return {
      origin: () => this.origin,
      clock: new HybridClock({ wallClock: () => town.nowMs }),
      wallClock: () => town.nowMs,
      afterStep: (body) => body(),
      machine: this.machine,
      counters: { add: (name, by = 1) => this.counts.set(name, this.count(name) + by) },
      members: () => town.members,
      isGone: (origin) => town.gone.has(origin),
      stable: () => this.stability.stable(NAME, this.log.seen, others()),
      isCaughtUp: () => this.stability.isCaughtUp(NAME, this.log.seen, others()),
      isNowhere: (dots) =>
        others().every((one) => {
          return this.stability.seenBy(NAME, one)?.intersection(dots).isEmpty === true;
        }),
      journal: this.file,
    };
  }
}

/** `100`: a vector of one-life replicas, in the order of the names, as the spec writes it. */
export function shortVector(vector: Vector, names: readonly string[]): string {
  return names.map((name) => vector.get(makeOrigin(name, 1)) ?? 0).join("");
}

export function vectorOf(text: string, names: readonly string[]): Vector {
  const entries = names.map((name, at) => [makeOrigin(name, 1), Number(text[at] ?? 0)] as const);
  return new Map(entries.filter(([, upTo]) => upTo > 0));
}
