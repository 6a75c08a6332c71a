import { assert } from "../../core/assert.ts";
import type { Dot } from "../../core/dot.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { OrderedMachine } from "../../core/ordered-machine.ts";
import type {
  OrderedCommand,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
} from "../../core/orderer.ts";
import type { PeerId } from "../../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../../core/protocol.ts";
import { Announcing } from "./announcing.ts";
import { Appends } from "./appends.ts";
import { Assembly } from "./assembly.ts";
import { Catchup } from "./catchup.ts";
import { Conversation } from "./conversation.ts";
import { Delivery } from "./delivery.ts";
import type { HeldEvent } from "./event.ts";
import { EventStore } from "./event-store.ts";
import { Exchanging } from "./exchanging.ts";
import { Fetching } from "./fetching.ts";
import { Guarding } from "./guarding.ts";
import { Intake, type IntakeDoor } from "./intake.ts";
import type { LogContext, OrderedLogEnv, OrderedLogWiring } from "./log-context.ts";
import { decodeLogDisk, LogDisk } from "./log-disk.ts";
import { Nursing } from "./nursing.ts";
import { OrderState, type PlacedItem } from "./order-state.ts";
import { decodeOrderState, encodeOrderState } from "./order-state-bytes.ts";
import type {
  AppendRequest,
  AppendWait,
  OrderedApplication,
  OrderedLogCalls,
  OrderedLogListener,
  OrderedLogStatus,
  Stalled,
} from "./ordered-log.contract.ts";
import type {
  LogRecord,
  OrderedLogMessage,
  OrderedLogTimer,
  PushWay,
} from "./ordered-log.messages.ts";
import type { OrderedLogOptions } from "./ordered-log.options.ts";
import { Ordering } from "./ordering.ts";
import { Reporting } from "./reporting.ts";
import { snapshotSources } from "./snapshot-sources.ts";
import { Snapshots } from "./snapshots.ts";
import { Spreading } from "./spreading.ts";
import { Trimming } from "./trimming.ts";
import { Views } from "./views.ts";

/**
 * A log in one order for all nodes, whose data travels by gossip and whose order alone goes through
 * the orderer: an event gets its place when a majority of the voters has it on disk. All nodes are
 * told the same events in the same order, which respects what happened before what, each once.
 * [spec raft §2 to §8; decision 0010]
 */
export class OrderedLog
  implements
    OrderedLogCalls,
    OrderedMachine,
    DurableProtocol<OrderedLogMessage, OrderedLogTimer, LogRecord>
{
  /** For checkers, which may look and not touch. */
  readonly log: LogContext;
  readonly assembly: Assembly;
  readonly ordering: Ordering;
  private readonly appends: Appends;
  private readonly announcing: Announcing;
  private readonly spreading: Spreading;
  private readonly nursing: Nursing;
  private readonly fetching: Fetching;
  private readonly exchanging: Exchanging;
  private readonly delivery: Delivery;
  private readonly disk: LogDisk;
  private readonly guarding: Guarding;
  private readonly intake: Intake;
  private readonly snapshots: Snapshots;
  private readonly catchup: Catchup;
  private readonly trimming: Trimming;
  private readonly reporting: Reporting;
  private readonly conversation: Conversation;
  private readonly listeners: OrderedLogListener[] = [];
  private followed: OrdererStatus | undefined;
  private stalled: Stalled | undefined;
  private life: "fresh" | "running" | "stopped" = "fresh";
  private isFinishing = false;

  constructor(env: OrderedLogEnv, wiring: OrderedLogWiring, options: OrderedLogOptions) {
    const { counters } = wiring;
    const log: LogContext = {
      ...wiring,
      env,
      options,
      state: new OrderState(),
      store: new EventStore(),
      count: (name, by) => counters.count(`orderedLog.${name}`, by),
    };
    this.log = log;
    this.assembly = new Assembly(log);
    this.disk = new LogDisk(log);
    const views = new Views(log);
    this.announcing = new Announcing(log);
    this.ordering = new Ordering(log);
    this.spreading = new Spreading(log, views);
    this.nursing = new Nursing(log, this.ordering, this.spreading);
    this.fetching = new Fetching(log, this.assembly);
    this.exchanging = new Exchanging(log, this.spreading);
    this.delivery = new Delivery(log, this.assembly);
    this.snapshots = new Snapshots(log, this.assembly, this.delivery);
    this.trimming = new Trimming(log);
    this.guarding = new Guarding(log);
    const { assembly, delivery, disk, guarding, snapshots, trimming } = this;
    const onHeld: IntakeDoor["onHeld"] = (...one) => this.onHeld(...one);
    this.intake = new Intake(log, { assembly, disk, guarding, onHeld });
    this.catchup = new Catchup(log, {
      ...{ assembly, delivery, snapshots },
      sources: () => snapshotSources(log),
      onJump: () => this.intake.sweep(),
      onTaken: () => this.writeDown(),
    });
    const onClosed = (dot: Dot): void => this.ordering.onSettled(dot);
    this.reporting = new Reporting(log, { assembly, delivery, snapshots, trimming, onClosed });
    this.appends = new Appends(log, { assembly, delivery, disk, intake: this.intake });
    const { announcing, appends, catchup, exchanging, fetching, intake, nursing } = this;
    const { ordering, reporting, spreading } = this;
    this.conversation = new Conversation(log, {
      ...{ announcing, appends, assembly, catchup, delivery, disk, exchanging, fetching, guarding },
      ...{ intake, nursing, ordering, reporting, snapshots, spreading, trimming, views },
    });
    this.ordering.onEncoded = (bytes, command) => this.guarding.onEncoded(bytes, command);
    this.ordering.onSafe = (event) => this.appends.onSafe(event);
    this.fetching.onStalled = (stalled) => this.onStalled(stalled);
  }

  get status(): OrderedLogStatus {
    const { order, state, store } = this.log;
    return {
      state: this.life === "stopped" ? "stopped" : "running",
      leader: order.status.leader,
      ordered: state.end,
      applied: this.delivery.applied,
      dataThrough: this.assembly.dataThrough,
      trimmed: state.trimmed,
      snapshot: this.snapshots.durable,
      pendingCount: store.pendingCount,
      pendingBytes: store.pendingBytes,
      heldCount: store.heldCount,
      heldBytes: store.heldBytes,
      load: this.appends.load,
      stalled: this.stalled,
    };
  }

  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<LogRecord>[]): void {
    const kept = snapshot && decodeLogDisk(snapshot);
    if (snapshot !== undefined && kept === undefined) this.log.count("strangeDisk");
    if (kept !== undefined) {
      this.assembly.jump(kept.base, kept.clocks);
      const state = kept.snapshot && this.snapshots.recover(kept.snapshot);
      if (state !== undefined) this.assembly.keepClocks(state.at.place, state.clocks);
      else if (kept.snapshot !== undefined) this.log.count("strangeDisk");
      for (const encoded of kept.events) this.intake.recover(0 as JournalPosition, encoded);
    }
    for (const { position, record } of tail) {
      this.intake.recover(position, record.encoded);
      this.disk.onRecovered(position, record.encoded);
      this.log.store.durable = position;
    }
  }

  start(): void {
    this.life = "running";
    this.guarding.start();
    this.onStatus(this.log.order.status);
    this.exchanging.arm();
    this.reporting.arm();
    this.finish();
  }

  stop(): void {
    this.life = "stopped";
    this.guarding.stop();
    this.appends.stop();
    this.tellOutcomes();
  }

  listen(listener: OrderedLogListener): void {
    this.listeners.push(listener);
  }

  append(bytes: Uint8Array, wait: AppendWait): AppendRequest {
    if (this.life === "stopped") return this.appends.refused("stopped");
    const request = this.appends.append(bytes, wait);
    // Those that come together are proposed together, as they leave.
    if (!this.spreading.isGathering) this.proposeNow();
    return request;
  }

  note(bytes: Uint8Array): AppendRequest {
    if (this.life === "stopped") return this.appends.refused("stopped");
    return this.appends.note(bytes);
  }

  attach(name: string, application: OrderedApplication, after = 0): void {
    assert(!this.delivery.parts.has(name), `${name} is attached already`);
    this.catchup.onAttached(this.delivery.attach(name, application, after));
    this.finish();
  }

  detach(name: string): void {
    this.delivery.parts.delete(name);
  }

  resume(name: string): void {
    const part = this.delivery.parts.get(name);
    if (part === undefined || part.state === "running") return;
    part.state = "running";
    this.finish();
  }

  mayPromote(peer: PeerId): boolean {
    return this.trimming.mayPromote(peer);
  }

  mayRemove(peer: PeerId): boolean {
    return this.trimming.mayRemove(peer);
  }

  onMessage(from: PeerId, message: OrderedLogMessage): void {
    if (this.life !== "running") return;
    this.conversation.take(from, message);
    this.finish();
  }

  onTimer(timer: OrderedLogTimer): void {
    if (this.life !== "running") return;
    this.conversation.fire(timer);
    this.finish();
  }

  onDurable(position: JournalPosition): void {
    const { env, order, store } = this.log;
    store.durable = position;
    const events = this.announcing.takeDurable();
    for (const event of events) this.appends.onDurable(event);
    if (order.status.isLeader) {
      for (const event of events) this.ordering.onHolder(env.self, event);
    } else this.announcing.onDurable(events);
    this.finish();
  }

  onSnapshot(upTo: JournalPosition): void {
    this.disk.onWritten(upTo);
    this.snapshots.onWritten();
    this.reporting.report();
    this.finish();
  }

  mayKeep(command: Uint8Array): boolean {
    return this.guarding.mayKeep(command);
  }

  onCommand({ command: bytes }: OrderedCommand): void {
    const { state } = this.log;
    const command = this.guarding.commandOf(bytes);
    if (command === undefined) return this.log.count("dropped.strangeCommand");
    const { isTrimmed, items, voided } = state.apply(command);
    for (const item of items) this.onPlaced(item);
    for (const dot of voided) {
      const event = this.log.store.take(dot);
      if (event !== undefined) this.appends.onVoid(event);
      this.ordering.onSettled(dot);
    }
    if (isTrimmed) this.catchup.onTrimmed();
    this.finish();
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    if (!this.ordering.onOutcome(request, outcome)) this.appends.onOutcome(request, outcome);
    this.finish();
  }

  onStatus(status: OrdererStatus): void {
    const before = this.followed;
    if (this.life !== "running") return;
    this.followed = status;
    const isSame = before?.leader === status.leader && before?.term === status.term;
    if (isSame && before?.isLeader === status.isLeader) return;
    if (status.isLeader) {
      this.ordering.begin();
      this.nursing.begin();
      this.trimming.begin();
      this.reporting.report();
    } else {
      this.ordering.end();
      if (status.leader !== undefined) this.announcing.onLeader();
    }
    this.finish();
  }

  snapshot(): Uint8Array {
    return encodeOrderState(this.log.state);
  }

  restore(_position: OrderPosition, bytes: Uint8Array): boolean {
    const { state, store } = this.log;
    const kept = decodeOrderState(bytes);
    if (kept === undefined) {
      this.log.count("dropped.strangeState");
      return false;
    }
    state.become(kept);
    for (const { dot } of [...this.ordering.all()]) this.ordering.onSettled(dot);
    const mine = [...store.pendings()].filter(({ dot }) => dot.origin === this.log.origin);
    this.intake.sweep();
    for (const event of mine) {
      if (state.floorOf(event.dot.origin) >= event.dot.seq) this.appends.onLeapt(event);
    }
    this.catchup.onTrimmed();
    this.finish();
    return true;
  }

  private onHeld(event: HeldEvent, way: PushWay | "own"): void {
    if (event.state === "placed") return;
    this.announcing.onHeld(event);
    if (way === "own") this.spreading.onOwn(event);
    else if (way === "rumor") this.spreading.onRumor(event);
    this.ordering.onEvent(event);
  }

  private onPlaced(item: PlacedItem): void {
    if (item.kind === "note") return;
    const held = this.intake.onPlaced(item);
    this.ordering.onSettled(item.dot);
    if (held !== undefined) this.appends.onPlaced(held, item);
    // A snapshot stands for it already: nobody here is told it.
    if (item.place <= this.assembly.through.place) this.log.store.take(item.dot);
  }

  private advance(): void {
    this.assembly.advance();
    this.fetching.look();
  }

  private onStalled(stalled: Stalled | undefined): void {
    this.stalled = stalled;
    if (stalled === undefined) return;
    for (const listener of this.listeners) listener.onStalled?.(stalled);
  }

  /** During a call, which nothing may end: what is told waits for the timer of what leaves. */
  private proposeNow(): void {
    if (this.isFinishing || this.life !== "running") return;
    this.isFinishing = true;
    this.ordering.propose("ready");
    this.isFinishing = false;
  }

  /** What follows from whatever happened; and what is told last in a step. */
  private finish(): void {
    if (this.isFinishing || this.life !== "running") return;
    this.isFinishing = true;
    try {
      if (this.guarding.takeNews()) this.log.order.reconsider?.();
      this.advance();
      this.ordering.propose("ready");
      this.nursing.arm();
      this.delivery.deliver();
      this.appends.onApplied();
      if (this.disk.isLong) this.writeDown();
      const hasRoom = this.appends.takeRoom();
      this.tellOutcomes();
      if (hasRoom) for (const listener of this.listeners) listener.onRoom?.();
    } finally {
      this.isFinishing = false;
    }
  }

  private tellOutcomes(): void {
    for (const { outcome, request } of this.appends.takeEnded()) {
      for (const listener of this.listeners) listener.onAppended(request, outcome);
    }
  }

  /** In the place of all records: what is still needed, and what the applications made of it. */
  private writeDown(): void {
    const { assembly, delivery, snapshots } = this;
    const { state } = this.log;
    const snapshot = snapshots.take() ?? snapshots.current;
    assembly.dropUpTo(Math.min(state.trimmed.place, delivery.applied.place));
    const { base, clocksOfBase: clocks } = assembly;
    const isWriting = this.disk.write({ base, clocks, snapshot: snapshot?.bytes });
    if (isWriting) snapshots.onWriting();
  }
}
