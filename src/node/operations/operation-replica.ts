import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HybridClock } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import { OperationFile } from "../../data/operation-log/operation-file.ts";
import type { AppendOutcome, Submission } from "../../data/operation-log/operation-log.contract.ts";
import type { OperationLogOptions } from "../../data/operation-log/operation-log.options.ts";
import { OperationLog } from "../../data/operation-log/operation-log.ts";
import {
  encodeOperationSnapshot,
  operationCodec,
  operationUpdateBytes,
  operationUpdateCodec,
} from "../../data/operation-log/operation-log.wire.ts";
import type { OrderingKind } from "../../data/operation-log/ordering.contract.ts";
import type { OrderedLogCalls } from "../../data/ordered-log/ordered-log.contract.ts";
import type { ReplicaPorts } from "../data-face.ts";
import { pull } from "../replicas/pull.ts";
import type { GiverPhase } from "../snapshots/snapshot.messages.ts";
import type { SnapshotDesk } from "../snapshots/snapshot-desk.ts";
import { SpreadReplica } from "../topics/spread-replica.ts";
import { Conditions } from "./conditions.ts";
import { Joining } from "./joining.ts";
import type { OperationsNumbers } from "./operations.options.ts";
import { OrderedTotal } from "./ordered-total.ts";
import type { ReducerMachine } from "./reducer-machine.ts";

export interface OperationReplicaPorts extends ReplicaPorts {
  readonly numbers: OperationsNumbers;
  readonly clock: () => HybridClock;
  readonly desk: () => Pick<SnapshotDesk, "fetch">;
}

export interface OperationReplicaParts {
  /** What the replica is called on every node, and on this node's disk. */
  readonly name: string;
  readonly options: OperationLogOptions;
  readonly machine: ReducerMachine;
  /** Absent where times order what is in one order. */
  readonly ordered?: OrderedLogCalls | undefined;
}

/** An operation log on a node: on its disk, under its exchanges, and kept within its bounds. */
export class OperationReplica {
  readonly name: string;
  readonly log: OperationLog;
  readonly conditions: Conditions;
  readonly payloadMaxBytes: number;
  private readonly ports: OperationReplicaPorts;
  private readonly file: OperationFile | undefined;
  private readonly joining: Joining;
  private readonly total: OrderedTotal | undefined;
  private known: readonly Origin[] | undefined;
  private upkeepTimer: number | undefined;
  private markTimer: number | undefined;
  private isClosed = false;

  /** @throws HearsayError CODEC_FAILED when the state on disk cannot be read */
  constructor(
    ports: OperationReplicaPorts,
    { machine, name, options, ordered }: OperationReplicaParts,
  ) {
    this.ports = ports;
    this.name = name;
    this.payloadMaxBytes = options.payloadMaxBytes;
    const { enders, numbers, timers } = ports;
    this.conditions = new Conditions({ ...numbers, enders, timers });
    const channel = ports.store?.channel(name);
    this.file = channel && new OperationFile(channel, operationCodec, options.checkpointAfterCount);
    this.log = this.makeLog(machine, options, ordered === undefined ? "timestamp" : "ordered");
    this.recover();
    this.joining = new Joining({
      name,
      numbers,
      timers,
      log: this.log,
      peers: ports.replicas.peers,
      desk: { fetch: (...asked) => ports.desk().fetch(...asked) },
      hasOthers: () => this.members.length > 1,
      step: (body) => ports.step(body),
      count: (count) => ports.count(count),
    });
    this.listen();
    this.takePart();
    this.total = ordered && this.followOrder(ordered);
    this.armUpkeep();
  }

  /** In a step of its own. */
  append(submission: Submission): AppendOutcome {
    this.ports.checkRunning();
    return this.ports.step(() => this.log.append(submission));
  }

  /** False where nothing is kept beyond this process. */
  get isKept(): boolean {
    return this.ports.store !== undefined;
  }

  /**
   * Whether what was written is on disk, once it is.
   * @throws HearsayError WRITE_UNCERTAIN
   */
  async durable(): Promise<boolean> {
    const { store } = this.ports;
    await store?.durable();
    return store !== undefined;
  }

  /** Whether most replicas of the set have received `dots`, this one among them. */
  isHeldByMost(dots: ReadonlyDotSet): boolean {
    const withUs = 1 + this.ports.replicas.peers.countWith(this.name, dots);
    return withUs * 2 > this.members.length;
  }

  /** Asks other replicas for `dots`, or for whatever they have. */
  pull(dots: ReadonlyDotSet): void {
    if (!this.isClosed) pull(this.ports, this.name, dots, this.ports.numbers.pullPeersCount);
  }

  /** Tells all living members, to hear soon that they have it. */
  tellAll(): void {
    const { peers } = this.ports.replicas;
    this.ports.compareWith(peers.holders(this.name, new DotSet(), this.members.length));
  }

  /** What only this node has is handed over: resolves when somebody has it, or in vain. */
  async handOver(): Promise<void> {
    const own = new DotSet();
    const origin = this.ports.origin();
    const last = this.log.seen.last(origin);
    if (last === 0 || this.members.length <= 1) return;
    own.addRange(origin, 1, last);
    const isHeld = (): boolean => this.ports.replicas.peers.countWith(this.name, own) > 0;
    const timeoutMs = this.ports.numbers.handOverMaxMs;
    const isDone = await this.conditions.until(isHeld, { timeoutMs }, () => this.tellAll());
    if (!isDone) this.ports.count("operations.notHandedOver");
  }

  /** For a newcomer. */
  give(): { readonly phase: GiverPhase; readonly bytes: Uint8Array | undefined } {
    const { phase } = this.log;
    if (phase === "joining") return { phase, bytes: undefined };
    const snapshot = this.log.snapshot();
    if (snapshot === undefined) return { phase: "none", bytes: undefined };
    return { phase, bytes: encodeOperationSnapshot(snapshot) };
  }

  close(): void {
    this.isClosed = true;
    this.joining.close();
    this.total?.close();
    for (const timer of [this.upkeepTimer, this.markTimer]) {
      if (timer !== undefined) this.ports.timers.stopTimer(timer);
    }
  }

  /** The replica set, this node in it; the same array while it is the same. */
  private get members(): readonly Origin[] {
    this.known ??= this.ports.replicas.sets.members(this.name);
    return this.known;
  }

  private makeLog(machine: ReducerMachine, options: OperationLogOptions, ordering: OrderingKind) {
    const { file, name, ports } = this;
    const { peers } = ports.replicas;
    const wiring = {
      origin: ports.origin,
      clock: {
        now: () => ports.clock().now(),
        observe: (time: Parameters<HybridClock["observe"]>[0]) => ports.clock().observe(time),
      },
      wallClock: ports.wallClock,
      afterStep: (body: () => void) => ports.afterStep(body),
      machine,
      ordering,
      counters: { add: (count: string, by?: number) => ports.count(count, by) },
      members: () => this.members,
      isGone: (origin: Origin) => peers.isFormer(name, origin),
      stable: () => ports.replicas.stable(name),
      isNowhere: (dots: ReadonlyDotSet) => peers.isNowhere(name, dots),
      isCaughtUp: () => peers.hasAll(name, this.log.seen),
    };
    const whole = file === undefined ? wiring : { ...wiring, journal: file };
    return new OperationLog(whole, options, "joining");
  }

  private recover(): void {
    const recovered = this.file?.open(this.log);
    if (recovered === undefined) return;
    const { isReadable, strangeCount } = recovered;
    if (strangeCount > 0) this.ports.count("operations.strangeRecords", strangeCount);
    if (this.log.order.isForeign) {
      const fix = "open it as before, or another name";
      const detail = `${this.name} is on this disk with another order for "total": ${fix}`;
      throw new HearsayError("STORE_CONFLICT", detail);
    }
    if (isReadable) return;
    const fix = "open it with the codec and schemas that wrote it, or remove the data directory";
    const detail = `the state of ${this.name} on this disk cannot be read: ${fix}`;
    throw new HearsayError("CODEC_FAILED", detail);
  }

  private listen(): void {
    const { afterStep, replicas } = this.ports;
    this.log.listen({
      onExecuted: () => this.conditions.check(),
      onInstalled: () => this.conditions.check(),
      onBehind: () => this.joining.look(),
      onMarkWanted: () => this.armMark(),
    });
    this.log.subscribe({ onNews: () => this.conditions.check() });
    replicas.sets.listen({
      onChange: ({ replica }) => {
        if (replica !== this.name || this.isClosed) return;
        this.known = undefined;
        afterStep(() => this.onMembers());
      },
    });
  }

  private onMembers(): void {
    if (this.isClosed) return;
    this.ports.step(() => this.log.onMembers());
    this.joining.look();
    this.conditions.check();
  }

  private takePart(): void {
    const { log, name, ports } = this;
    const discard = (): void => log.discard();
    ports.step(() => ports.replicas.open({ name, seen: () => log.seen, discard }));
    this.known = undefined;
    const kind = { name, sizeOf: operationUpdateBytes, codec: operationUpdateCodec };
    ports.enrol({ ...kind, replica: log });
    const spread = new SpreadReplica(log);
    log.subscribe({
      onNews: (dot, record, from) => {
        // The ordered log brings it to all.
        const isBrought = record.kind === "operation" && record.class === "ordered";
        if (from === undefined && !isBrought) spread.spread(dot, record);
      },
    });
    ports.enrolInTrees({ ...kind, replica: spread });
    this.pull(log.seen);
  }

  private followOrder(ordered: OrderedLogCalls): OrderedTotal | undefined {
    const { log, name, ports } = this;
    const { given } = log.order;
    if (given === undefined) return undefined;
    return new OrderedTotal({
      ...ports,
      log,
      given,
      ordered,
      members: () => this.members,
      stable: () => ports.replicas.stable(name),
      isHeldByMost: (dots) => this.isHeldByMost(dots),
    });
  }

  private armMark(): void {
    if (this.markTimer !== undefined || this.isClosed) return;
    this.markTimer = this.ports.timers.startTimer(() => {
      this.markTimer = undefined;
      this.ports.step(() => this.log.order.writeMark());
      this.conditions.check();
    }, this.ports.numbers.markDelayMs);
  }

  private armUpkeep(): void {
    this.upkeepTimer = this.ports.timers.startTimer(() => {
      this.armUpkeep();
      this.ports.step(() => {
        this.log.truncate();
        this.file?.compact();
      });
      this.joining.look();
    }, this.ports.numbers.upkeepIntervalMs);
  }
}
