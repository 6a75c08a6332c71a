import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { memberOf, type PeerId, peerId } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { Admission, type Fill, refusalCounts } from "./admission.ts";
import { Authoring } from "./authoring.ts";
import { judgeSnapshot } from "./elder-history.ts";
import { Execution } from "./execution.ts";
import { Floor } from "./floor.ts";
import { OneOrder } from "./one-order.ts";
import { OperationEars } from "./operation-ears.ts";
import type {
  AppendOutcome,
  InstallOutcome,
  OperationListener,
  OperationLogWiring,
  Submission,
} from "./operation-log.contract.ts";
import type {
  LoggedRecord,
  Operation,
  OperationJournalRecord,
  OperationRecord,
  OperationSnapshot,
  Vector,
} from "./operation-log.messages.ts";
import type { OperationLogOptions } from "./operation-log.options.ts";
import { RecordLog } from "./record-log.ts";
import { Upkeep } from "./upkeep.ts";
import { allOf, prefixesOf } from "./vector.ts";

/**
 * Replication by operation transfer: replicas exchange a log of operations, and each executes them
 * in causal order, or in one total order. [Ladin 1992; spec §7–§14]
 *
 * The spec's vectors are what the Replica contract has anyway: `rep` is `seen`, the table of the
 * others' vectors is what the replica set knows of them (`stable`), gossip is any exchange. `val`
 * is `applied`. A record stands in the log until all members have received it.
 */
export class OperationLog implements Replica<OperationRecord> {
  private readonly wiring: OperationLogWiring;
  private readonly options: OperationLogOptions;
  private readonly execution: Execution;
  readonly order: OneOrder;
  private readonly records = new RecordLog();
  private readonly ears: OperationEars;
  private readonly admission: Admission;
  private readonly authoring: Authoring;
  private readonly floor = new Floor();
  private readonly upkeep: Upkeep;
  /** Executed before a snapshot was installed, or in a former life: executed again, and no news. */
  private told: Pick<ReadonlyDotSet, "has"> | undefined;
  private needsSnapshot = false;
  private isJoining: boolean;

  /**
   * A replica that begins "joining" executes only its own operations until it has a snapshot, or
   * is told that there is none to wait for (`join`): what others have all executed, none of them
   * says that it comes after.
   */
  constructor(
    wiring: OperationLogWiring,
    options: OperationLogOptions,
    begins: "joined" | "joining" = "joined",
  ) {
    this.wiring = wiring;
    this.options = options;
    this.isJoining = begins === "joining";
    this.ears = new OperationEars(wiring.afterStep);
    this.admission = new Admission(options, () => this.fill, wiring.wallClock);
    this.order = new OneOrder({
      wiring,
      records: this.records,
      ears: this.ears,
      admission: this.admission,
      execution: () => this.execution,
      isJoining: () => this.isJoining,
      take: (logged) => this.take(logged, peerId(memberOf(logged.dot.origin))),
      takeOwn: (logged) => this.take(logged, undefined),
      onGap: () => this.fallBehind(),
    });
    const { retryMaxMs, skewMaxMs } = options;
    this.execution = new Execution({
      machine: wiring.machine,
      order: this.order.ordering,
      forgetAtMs: (atMs) => Math.min(atMs, wiring.wallClock() + skewMaxMs) + retryMaxMs + skewMaxMs,
      onExecuted: (dot, operation) => this.onExecuted(dot, operation),
      onSkipped: (why) =>
        wiring.counters.add(why === "void" ? "operations.void" : "operations.duplicates"),
    });
    const { admission, execution, floor, records } = this;
    const order = this.order.ordering;
    this.upkeep = new Upkeep({ wiring, options, records, execution, floor });
    const isWhole = (): boolean => this.isWhole;
    const isAgreed = (): boolean => this.order.isAgreed;
    const parts = { wiring, admission, execution, floor, order, records, isWhole, isAgreed };
    this.authoring = new Authoring(parts);
  }

  /** `rep`: all that was received. */
  get seen(): ReadonlyDotSet {
    return this.records.seen;
  }

  /** `val`, with what is beyond gaps: all that the state reflects. */
  get applied(): ReadonlyDotSet {
    return this.execution.applied;
  }

  /** Of each origin, what was executed without gaps. */
  get val(): Vector {
    const val = prefixesOf(this.execution.applied);
    return val.size > this.options.vectorMaxCount ? this.floor.above(val) : val;
  }

  get beyond(): ReadonlyDotSet {
    return this.execution.beyond;
  }

  get phase(): "joined" | "joining" {
    return this.isJoining ? "joining" : "joined";
  }

  get fill(): Fill {
    const { executed, waitingCount } = this.execution;
    const { bytesCount: logBytes, size: logCount } = this.records;
    return { logCount, logBytes, idsCount: executed.size, waitingCount };
  }

  /** True while something is known to be missing that only a snapshot brings. */
  get isBehind(): boolean {
    return this.needsSnapshot;
  }

  listen(listener: OperationListener): void {
    this.ears.addOperations(listener);
  }

  subscribe(listener: ReplicaListener<OperationRecord>): void {
    this.ears.add(listener);
  }

  /** The query rule: true when the state reflects all of `prev`. [spec §8, query] */
  isReached(prev: Vector, beyond?: ReadonlyDotSet): boolean {
    return this.isWhole && this.execution.isReached(prev, beyond);
  }

  /** Whether all that this comes after is executed here, so that it may ask for a place. */
  isPlaceable({ beyond, prev }: Operation): boolean {
    return this.isWhole && this.execution.isReached(prev, beyond);
  }

  /** A client's update. [spec §8, update] */
  append(submission: Submission): AppendOutcome {
    const authored = this.authoring.author(submission);
    if (authored.status !== "written") return authored;
    const { dot } = authored.logged;
    this.take(authored.logged, undefined);
    return { status: "written", dot };
  }

  /** There is nobody to have a snapshot from: this replica goes on from what it is told. */
  join(): void {
    if (!this.isJoining) return;
    this.isJoining = false;
    this.offerAll();
    this.order.lookForMark();
    this.order.rebase();
  }

  /** The replica set has changed. */
  onMembers(): void {
    this.execution.drain();
    this.order.lookForMark();
  }

  apply(dot: Dot, record: OperationRecord, from?: PeerId): ApplyVerdict {
    if (this.seen.has(dot)) return "known";
    if (this.order.isOfOther(record)) return this.refuse(dot, "otherOrder");
    // Nobody else speaks in this life's name, and believing it would take its numbers.
    const isOurs = from !== undefined && dot.origin === this.wiring.origin();
    const verdict = isOurs
      ? "forged"
      : this.admission.judge(record, (operation) => this.execution.isReady(operation));
    if (verdict !== "taken") return this.refuse(dot, verdict);
    this.take({ dot, record }, from);
    return "news";
  }

  /**
   * What all others have executed and nobody keeps any more cannot be told: it stays unseen, and a
   * snapshot is asked for. What is lost for good is passed over.
   */
  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const own = allOf(this.wiring.origin());
    const lost = forgotten.difference(this.seen).difference(own);
    const behind = covers.difference(this.seen).difference(own).difference(lost);
    if (!lost.isEmpty) this.lose(lost);
    if (behind.isEmpty) return;
    this.fallBehind();
  }

  get(dot: Dot): OperationRecord | undefined {
    return this.records.get(dot);
  }

  collect(...asked: Parameters<RecordLog["collect"]>): Delta<OperationRecord> {
    return this.records.collect(...asked);
  }

  /** Drops what all members have: to be called now and then. [spec §8, truncate] */
  truncate(): void {
    const lost = this.upkeep.run(this.phase);
    if (!lost.isEmpty) this.lose(lost);
  }

  /**
   * All of it at one moment, for a newcomer or the disk; undefined when the state has no bytes.
   * [spec §12]
   */
  snapshot(): OperationSnapshot | undefined {
    const state = this.wiring.machine.encode();
    return (
      state && {
        ...this.records.picture(),
        applied: this.applied.clone(),
        executed: [...this.execution.executed],
        order: this.order.ordering.snapshot(),
        state,
      }
    );
  }

  /**
   * Goes on from where another replica stood. What this one had received and that one had not is
   * executed on top.
   */
  install(snapshot: OperationSnapshot): InstallOutcome {
    const { counters, machine, journal, origin } = this.wiring;
    const { applied, order, records, seen } = this;
    if (order.isSnapshotOfOther(snapshot)) return "foreign";
    const history = { origin: origin(), seen, applied, gone: records.gone };
    const verdict = judgeSnapshot(snapshot, history);
    if (verdict === "needless" && order.adopt(snapshot.order)) return this.onNeedless();
    const isRefused = typeof verdict === "string" || order.isBehind(snapshot.order);
    if (isRefused || !machine.decode(snapshot.state)) {
      counters.add("operations.snapshotsRefused");
      return "refused";
    }
    const { lost } = verdict;
    if (!lost.isEmpty) counters.add("operations.lost", lost.size);
    this.told = this.applied.clone();
    const { forgotten, log } = records.picture();
    const passed = lost.union(forgotten);
    records.replace(snapshot);
    records.forget(passed);
    for (const { dot, record } of log) if (!this.seen.has(dot)) records.put(dot, record);
    this.execute(snapshot, passed);
    this.told = undefined;
    this.needsSnapshot = false;
    this.isJoining = false;
    counters.add("operations.snapshotsTaken");
    journal?.onInstalled();
    this.ears.tell("onInstalled");
    this.order.lookForMark();
    this.order.rebase();
    return "installed";
  }

  /** Takes back what a disk kept, without telling anybody. False when its state cannot be read. */
  restore(
    snapshot: OperationSnapshot | undefined,
    tail: Iterable<OperationJournalRecord>,
  ): boolean {
    this.told = { has: () => true };
    if (snapshot !== undefined) {
      if (this.order.isSnapshotOfOther(snapshot)) return false;
      if (!this.wiring.machine.decode(snapshot.state)) return false;
      this.records.replace(snapshot);
      this.execute(snapshot, new DotSet());
      this.isJoining = false;
    }
    for (const one of tail) {
      this.isJoining = one.kind === "discarded";
      if (one.kind === "discarded") this.clear();
      else if (one.kind === "forgotten") this.lose(one.dots);
      else if (one.kind === "closed") this.order.ordering.closeAt(one.origin, one.upTo);
      else if (one.kind === "placed") this.order.placeAgain(one.through, one.dots);
      else if (!this.seen.has(one.dot)) this.receive(one);
    }
    this.told = undefined;
    return true;
  }

  /** Forgets all it holds and has seen: who was put out begins anew. [DESIGN section 2] */
  discard(): void {
    this.clear();
    this.isJoining = true;
    this.wiring.journal?.onDiscarded();
    this.order.rebase();
  }

  private onNeedless(): "needless" {
    this.needsSnapshot = false;
    this.join();
    this.execution.drain();
    this.order.rebase();
    return "needless";
  }

  private fallBehind(): void {
    this.needsSnapshot = true;
    this.wiring.counters.add("operations.behind");
    this.ears.tell("onBehind");
  }

  private clear(): void {
    this.records.clear();
    this.execution.clear();
    this.order.ordering.clear();
    this.ears.dropExecuted();
    this.upkeep.clear();
    this.needsSnapshot = false;
    this.wiring.machine.reset();
  }

  private take(logged: LoggedRecord, from: PeerId | undefined): void {
    const { dot, record } = logged;
    this.wiring.journal?.onRecord(dot, record);
    this.receive(logged);
    this.ears.tellNews(logged, from);
    this.order.lookForMark();
  }

  private receive(logged: LoggedRecord): void {
    const { dot, record } = logged;
    this.wiring.clock.observe(record.at);
    this.records.put(dot, record);
    // What this node says itself is there at once, on whatever state it has.
    if (!this.isJoining || dot.origin === this.wiring.origin()) this.execution.offer(logged);
  }

  /** On the state of `snapshot`, all that is in the log beyond it. */
  private execute(snapshot: OperationSnapshot, passed: ReadonlyDotSet): void {
    // What comes next is later than all that the state reflects.
    const { clocks, placed } = snapshot.order;
    for (const { at } of placed === undefined ? clocks : [placed]) this.wiring.clock.observe(at);
    this.order.ordering.restore(snapshot.order);
    this.execution.restore(snapshot);
    this.execution.pass(passed);
    this.offerAll();
  }

  private offerAll(): void {
    this.execution.offerAll(this.records.picture().log);
  }

  private onExecuted(dot: Dot, operation: Operation): void {
    this.wiring.counters.add("operations.executed");
    if (this.told?.has(dot) !== true) this.ears.tellExecuted(dot, operation);
  }

  private lose(dots: ReadonlyDotSet): void {
    this.wiring.journal?.onForgotten(dots);
    this.records.forget(dots);
    this.execution.pass(dots);
    this.ears.tellForgotten(dots);
  }

  private refuse(dot: Dot, why: keyof typeof refusalCounts): "rejected" | "deferred" {
    this.wiring.counters.add(refusalCounts[why]);
    // Everybody finds so, and goes on without it.
    if (why === "absurd") this.lose(DotSet.of(dot));
    return why === "full" || why === "early" ? "deferred" : "rejected";
  }

  /** It has the state of others, or there are none. */
  private get isWhole(): boolean {
    const isAlone = this.wiring.members().length <= 1;
    return (isAlone || !this.isJoining) && !this.needsSnapshot;
  }
}
