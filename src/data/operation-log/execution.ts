import { CausalBuffer, type Need } from "../../core/causal-buffer.ts";
import { Heap } from "../../core/collections/heap.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import { causesBeyond, ExactCauses, ExecutedBeyond } from "./exact-causes.ts";
import { ExecutedIds } from "./executed-ids.ts";
import type { Submission } from "./operation-log.contract.ts";
import type {
  LoggedRecord,
  Operation,
  OperationSnapshot,
  Vector,
} from "./operation-log.messages.ts";
import type { Ordering } from "./ordering.contract.ts";
import { isWithin } from "./vector.ts";

/** The application that the operations are for. [spec §7, `state`] */
export interface StateMachine {
  /** What its author's code throws must not come out of here: others have executed it, too. */
  apply(dot: Dot, operation: Operation): void;
  /** The state in bytes; undefined when the user's codec does not write it. */
  encode(): Uint8Array | undefined;
  /** False when the bytes are no state; then it is as it was. */
  decode(bytes: Uint8Array): boolean;
  /** As it was before the first operation. */
  reset(): void;
}

export interface ExecutionWiring {
  readonly machine: StateMachine;
  readonly order: Ordering;
  /** Wall-clock time at which nobody may submit the id any more. */
  readonly forgetAtMs: (submittedAtMs: number) => number;
  onExecuted(dot: Dot, operation: Operation): void;
  /** Its id was executed before, or it does not count any more. */
  onSkipped(why: "duplicate" | "void"): void;
}

interface Ready extends LoggedRecord {
  readonly record: Operation;
  /** Sum of the timestamp: what came before something has a smaller one. */
  readonly sum: number;
}

/**
 * The apply rule: a record is executed when all it came after has been. [spec §8]
 *
 * Departs from [spec §8]: `val` is what was executed without gaps of each origin, and not the
 * merge of timestamps, which claims what an origin wrote before and what may still wait. So no
 * client takes an operation for executed that is not. Nothing can wait in a circle, for whatever is
 * waited for was received somewhere before what waits for it was written.
 */
export class Execution {
  readonly executed = new ExecutedIds();
  private readonly wiring: ExecutionWiring;
  private appliedDots = new DotSet();
  private readonly waiting: CausalBuffer<LoggedRecord>;
  private readonly exact = new ExactCauses(() => this.appliedDots);
  private readonly executedBeyond = new ExecutedBeyond(() => this.appliedDots);
  private readonly ready = new Heap<Ready>(compareReady);

  constructor(wiring: ExecutionWiring) {
    this.wiring = wiring;
    this.waiting = new CausalBuffer((origin) => this.appliedDots.prefix(origin));
  }

  /** Reflected in the state, or of no effect on it. */
  get applied(): ReadonlyDotSet {
    return this.appliedDots;
  }

  /** Reflected in the state, and behind a gap of its origin: `val` does not say it. */
  get beyond(): ReadonlyDotSet {
    return this.executedBeyond.all;
  }

  /** Received, and waiting for something. */
  get waitingCount(): number {
    return this.waiting.size + this.exact.size + this.wiring.order.pendingCount;
  }

  isReached(prev: Vector, beyond?: ReadonlyDotSet): boolean {
    return isWithin(prev, this.appliedDots) && this.appliedDots.contains(beyond ?? new DotSet());
  }

  /** Whether an operation that is offered now need not wait. */
  isReady({ beyond, class: kind, prev }: Pick<Submission, "beyond" | "class" | "prev">): boolean {
    return kind === "commutative" || (kind === "causal" && this.isReached(prev, beyond));
  }

  /** What is waited for first, by origin, of those that fit. */
  lacked(isWanted: (origin: Origin) => boolean): ReadonlyMap<Origin, number> {
    const lacked = new Map<Origin, number>();
    const note = ([origin, upTo]: Need): void => {
      if (!isWanted(origin) || this.appliedDots.prefix(origin) >= upTo) return;
      lacked.set(origin, Math.max(upTo, lacked.get(origin) ?? 0));
    };
    for (const one of this.waiting) {
      const need = this.waiting.lackOf(one);
      if (need !== undefined) note(need);
    }
    const { first, lines } = this.wiring.order;
    for (const need of [...lines, ...(first?.record.prev ?? [])]) note(need);
    for (const one of first === undefined ? this.exact : [...this.exact, first]) {
      const lack = this.exact.lackOf(one);
      if (lack !== undefined) note([lack.origin, lack.seq]);
    }
    return lacked;
  }

  /** A record was received. It, and all that waited for it, is executed if it can be. */
  offer(logged: LoggedRecord): void {
    this.file(logged);
    this.wiring.order.advance(logged.dot.origin);
    this.drain();
  }

  /** All of these were received before: none is executed before an earlier one has its place. */
  offerAll(log: readonly LoggedRecord[]): void {
    for (const one of log) this.file(one);
    for (const origin of new Set(log.map(({ dot }) => dot.origin))) {
      this.wiring.order.advance(origin);
    }
    this.drain();
  }

  /** These have no effect, and nothing waits for them any more. */
  pass(dots: ReadonlyDotSet): void {
    this.appliedDots.addAll(dots);
    for (const origin of dots.origins()) {
      this.wiring.order.advance(origin);
      this.free({ origin, seq: 0 });
    }
    for (const one of this.exact.takeAllReady()) this.makeReady(one);
    this.drain();
  }

  /** Something about the order may have changed. */
  drain(): void {
    const { order } = this.wiring;
    for (;;) {
      const ready = this.ready.takeFirst();
      if (ready !== undefined) {
        this.finish(ready.dot, ready.record);
        continue;
      }
      const { verdict } = order;
      const { first } = order;
      if (first === undefined || verdict === "wait") return;
      const { record } = first;
      if (verdict === "execute" && !this.isReached(record.prev, causesBeyond(record))) return;
      order.takeFirst();
      if (verdict === "void" || first.record.kind === "mark") this.skip(first);
      else this.finish(first.dot, first.record);
    }
  }

  /** Begins with what was executed elsewhere, or in an earlier life. */
  restore({ applied, executed, forgotten, log }: OperationSnapshot): void {
    this.clear();
    this.appliedDots.addAll(applied);
    const silent = DotSet.of(...marksOf(log));
    this.executedBeyond.restore(applied, silent.union(forgotten));
    for (const one of executed) this.executed.add(one, this.wiring.forgetAtMs(one.submittedAtMs));
  }

  clear(): void {
    this.waiting.clear();
    this.exact.clear();
    this.executedBeyond.clear();
    this.ready.clear();
    this.executed.clear();
    this.wiring.order.clearPending();
    this.appliedDots = new DotSet();
  }

  /** Puts a record where it waits, if it has to. */
  private file(logged: LoggedRecord): void {
    const { dot, record } = logged;
    if (this.appliedDots.has(dot)) return;
    if (record.kind === "mark") {
      this.appliedDots.add(dot);
      return this.free(dot);
    }
    this.executed.expect(record.id, dot);
    if (isInOneOrder(record)) this.wiring.order.put(logged);
    else if (record.class === "commutative") this.finish(dot, record);
    else if (!this.waiting.put(logged, record.prev)) this.arrive(logged);
  }

  /** All that its vector says has been executed. */
  private arrive(logged: LoggedRecord): void {
    if (!this.exact.put(logged)) this.makeReady(logged);
  }

  private makeReady({ dot, record }: LoggedRecord): void {
    if (record.kind === "operation") this.ready.put(readyOf(dot, record));
  }

  private finish(dot: Dot, record: Operation): void {
    const { executed, wiring } = this;
    const { id, isFinal, submittedAtMs } = record;
    if (executed.isExecuted(id)) {
      executed.settle(id);
      wiring.onSkipped("duplicate");
    } else {
      wiring.machine.apply(dot, record);
      if (id !== "")
        executed.add({ id, dot, submittedAtMs, isFinal }, wiring.forgetAtMs(submittedAtMs));
      wiring.onExecuted(dot, record);
    }
    // In both cases: what came after another submission of the same would wait for ever.
    this.appliedDots.add(dot);
    this.executedBeyond.add(dot);
    this.free(dot);
  }

  private skip({ dot, record }: LoggedRecord): void {
    if (record.kind === "operation") this.executed.settle(record.id);
    this.wiring.onSkipped("void");
    this.appliedDots.add(dot);
    this.free(dot);
  }

  private free(dot: Dot): void {
    for (const one of this.waiting.takeReady(dot.origin)) this.arrive(one);
    for (const one of this.exact.takeReady(dot)) this.makeReady(one);
  }
}

function isInOneOrder({ class: kind }: Operation): boolean {
  return kind === "total" || kind === "ordered";
}

function marksOf(log: readonly LoggedRecord[]): Dot[] {
  return log.filter(({ record }) => record.kind === "mark").map(({ dot }) => dot);
}

function readyOf(dot: Dot, record: Operation): Ready {
  let sum = dot.seq;
  for (const [origin, upTo] of record.prev) if (origin !== dot.origin) sum += upTo;
  return { dot, record, sum };
}

function compareReady(one: Ready, other: Ready): number {
  if (one.sum !== other.sum) return one.sum - other.sum;
  return compareUtf8(one.dot.origin, other.dot.origin) || one.dot.seq - other.dot.seq;
}
