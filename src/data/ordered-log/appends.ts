import { HybridClock } from "../../core/hybrid-clock.ts";
import type { OrderOutcome, OrderRequest } from "../../core/orderer.ts";
import type { Assembly } from "./assembly.ts";
import type { Delivery } from "./delivery.ts";
import { encodeEvent, type HeldEvent } from "./event.ts";
import type { Intake } from "./intake.ts";
import type { LogContext } from "./log-context.ts";
import type { LogDisk } from "./log-disk.ts";
import { encodeCommand } from "./order-command.ts";
import type {
  AppendOutcome,
  AppendRefusal,
  AppendRequest,
  AppendWait,
  OrderedPlace,
} from "./ordered-log.contract.ts";

/** How long a leader's word that it has too much counts. [guess] */
const SLOWDOWN_MS = 1_000;

interface Asked {
  readonly request: AppendRequest;
  readonly wait: AppendWait;
}

interface Waiting extends Asked {
  readonly bytes: Uint8Array;
}

interface Applying extends Asked {
  readonly event: HeldEvent;
  readonly at: OrderedPlace;
}

export interface AppendsDoor {
  readonly assembly: Assembly;
  readonly delivery: Delivery;
  readonly disk: LogDisk;
  readonly intake: Intake;
}

/** This node's own appends, and who waits for what of them. */
export class Appends {
  private readonly log: LogContext;
  private readonly door: AppendsDoor;
  private readonly clock: HybridClock;
  private seq = 0;
  private lastRequest = 0;
  private waiting: Waiting[] = [];
  private readonly bySeq = new Map<number, Asked>();
  private applying: Applying[] = [];
  private readonly notes = new Map<OrderRequest, AppendRequest>();
  private ended: { request: AppendRequest; outcome: AppendOutcome }[] = [];
  private slowUntilMs = Number.NEGATIVE_INFINITY;
  private isTimerSet = false;
  private hasRefused = false;

  constructor(log: LogContext, door: AppendsDoor) {
    this.log = log;
    this.door = door;
    this.clock = new HybridClock(log.env);
  }

  get load(): "normal" | "overload" {
    const { env, options, state, store } = this.log;
    const isFull =
      store.pendingCount - store.recoveredCount >= options.pendingMaxCount ||
      store.pendingBytes - store.recoveredBytes >= options.pendingMaxBytes ||
      store.heldBytes >= options.heldMaxBytes ||
      state.kept.length >= options.heldMaxCount;
    return isFull || env.now() < this.slowUntilMs ? "overload" : "normal";
  }

  append(bytes: Uint8Array, wait: AppendWait): AppendRequest {
    const { options } = this.log;
    const request = this.nextRequest();
    if (bytes.length > options.eventMaxBytes) this.refuse(request, "tooLarge");
    else if (this.waiting.length === 0 && this.load === "normal") {
      this.begin({ request, wait, bytes });
    } else if (options.overload === "wait" && this.waiting.length < options.waitingMaxCount) {
      this.waiting.push({ request, wait, bytes });
      this.arm(SLOWDOWN_MS);
    } else {
      this.log.count("refused.overload");
      this.hasRefused = true;
      this.refuse(request, "overload");
    }
    return request;
  }

  note(bytes: Uint8Array): AppendRequest {
    const request = this.nextRequest();
    if (bytes.length > this.log.options.noteMaxBytes) this.refuse(request, "tooLarge");
    else this.notes.set(this.log.order.propose(encodeCommand({ kind: "note", bytes })), request);
    return request;
  }

  refused(reason: AppendRefusal): AppendRequest {
    const request = this.nextRequest();
    this.refuse(request, reason);
    return request;
  }

  private refuse(request: AppendRequest, reason: AppendRefusal): void {
    this.end(request, { kind: "refused", reason });
    this.arm(0);
  }

  private nextRequest(): AppendRequest {
    this.lastRequest += 1;
    return this.lastRequest as AppendRequest;
  }

  /** @returns whether the request was one of these. */
  onOutcome(order: OrderRequest, outcome: OrderOutcome): boolean {
    const request = this.notes.get(order);
    if (request === undefined) return false;
    this.notes.delete(order);
    if (outcome.kind === "refused") {
      const reason = outcome.reason === "stopped" ? "stopped" : "noOrder";
      this.end(request, { kind: "refused", reason });
    } else if (outcome.kind === "ordered") {
      const { orderIndex } = this.log.state.end;
      this.end(request, { kind: "done", dot: undefined, orderIndex, durable: true });
    } else this.end(request, { kind: "uncertain", dot: undefined });
    return true;
  }

  onDurable(event: HeldEvent): void {
    this.reached(event, "durable", undefined);
  }

  onSafe(event: HeldEvent): void {
    const { origin, seq } = event.dot;
    if (origin !== this.log.origin) return;
    // Others' disks may be faster than this node's own, which is what is waited for.
    const isEarly = this.bySeq.get(seq)?.wait === "durable" && !this.log.store.isDurable(event);
    if (!isEarly) this.reached(event, "majority", undefined);
  }

  onPlaced(event: HeldEvent, at: OrderedPlace): void {
    if (event.dot.origin !== this.log.origin) return;
    const asked = this.bySeq.get(event.dot.seq);
    if (asked?.wait === "applied") {
      this.bySeq.delete(event.dot.seq);
      this.applying.push({ ...asked, event, at });
    } else this.reached(event, "ordered", at);
  }

  /** It never will have a place. */
  onVoid(event: HeldEvent): void {
    if (event.dot.origin !== this.log.origin) return;
    const asked = this.bySeq.get(event.dot.seq);
    this.bySeq.delete(event.dot.seq);
    if (asked !== undefined) this.end(asked.request, { kind: "refused", reason: "voided" });
  }

  /** Its place is before the beginning of what is kept. */
  onLeapt({ dot }: HeldEvent): void {
    const asked = this.bySeq.get(dot.seq);
    this.bySeq.delete(dot.seq);
    if (asked !== undefined) this.end(asked.request, { kind: "uncertain", dot });
  }

  onApplied(): void {
    const { place } = this.door.delivery.applied;
    let count = 0;
    for (const { at, event, request } of this.applying) {
      if (at.place > place) break;
      count += 1;
      this.end(request, this.done(event, at));
    }
    if (count > 0) this.applying = this.applying.slice(count);
  }

  onSlowdown(): void {
    this.slowUntilMs = this.log.env.now() + SLOWDOWN_MS;
  }

  onTimer(): void {
    this.isTimerSet = false;
  }

  /** Those who waited for room begin. @returns whether there is room again. */
  takeRoom(): boolean {
    let count = 0;
    for (const one of this.waiting) {
      if (this.load === "overload") break;
      count += 1;
      this.begin(one);
    }
    if (count > 0) this.waiting = this.waiting.slice(count);
    if (this.waiting.length > 0) this.arm(SLOWDOWN_MS);
    if (!this.hasRefused || this.load === "overload") return false;
    this.hasRefused = false;
    return true;
  }

  takeEnded(): readonly { request: AppendRequest; outcome: AppendOutcome }[] {
    if (this.ended.length === 0) return this.ended;
    const { ended } = this;
    this.ended = [];
    return ended;
  }

  /** What waits gets no answer any more. */
  stop(): void {
    for (const { request } of this.waiting)
      this.end(request, { kind: "refused", reason: "stopped" });
    for (const [seq, { request }] of this.bySeq) {
      this.end(request, { kind: "uncertain", dot: { origin: this.log.origin, seq } });
    }
    for (const { event, request } of this.applying) {
      this.end(request, { kind: "uncertain", dot: event.dot });
    }
    for (const request of this.notes.values()) {
      this.end(request, { kind: "uncertain", dot: undefined });
    }
    this.waiting = [];
    this.applying = [];
    this.bySeq.clear();
    this.notes.clear();
  }

  private begin({ bytes, request, wait }: Waiting): void {
    this.seq += 1;
    const dot = { origin: this.log.origin, seq: this.seq };
    const needs = this.door.assembly.takeNews();
    const content = { dot, hlc: this.clock.now(), needs, data: bytes };
    this.bySeq.set(dot.seq, { request, wait });
    this.door.intake.takeOwn(content, encodeEvent(content));
    if (wait === "durable") this.door.disk.flush();
  }

  private reached(event: HeldEvent, stage: AppendWait, at: OrderedPlace | undefined): void {
    const { origin, seq } = event.dot;
    if (origin !== this.log.origin) return;
    const asked = this.bySeq.get(seq);
    if (asked === undefined || rankOf(stage) < rankOf(asked.wait)) return;
    this.bySeq.delete(seq);
    this.end(asked.request, this.done(event, at));
  }

  private done(event: HeldEvent, at: OrderedPlace | undefined): AppendOutcome {
    // On a majority's disks it is safer than on this one.
    const durable = at !== undefined || this.log.store.isDurable(event);
    return { kind: "done", dot: event.dot, orderIndex: at?.orderIndex, durable };
  }

  private end(request: AppendRequest, outcome: AppendOutcome): void {
    this.ended.push({ request, outcome });
  }

  private arm(delayMs: number): void {
    if (this.isTimerSet && delayMs > 0) return;
    this.isTimerSet = true;
    this.log.env.setTimer({ kind: "outcomes" }, delayMs);
  }
}

const ranks = { durable: 0, majority: 1, ordered: 2, applied: 3 } as const;

function rankOf(wait: AppendWait): number {
  return ranks[wait];
}
