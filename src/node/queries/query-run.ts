import type { HearsayError } from "../../core/errors.ts";
import { compareUtf8 } from "../../core/text.ts";
import type { NodeTimers } from "../node-host.ts";
import type { ValueReading } from "../topics/value-form.ts";
import { AnswerLine, type LineBounds } from "./answer-line.ts";
import type {
  QueryAnswer,
  QueryMember,
  QueryOutcome,
  QueryRun,
  QuerySummary,
} from "./queries.api.ts";
import type { WrittenValue } from "./query.messages.ts";

type Way = "links" | "serf";
type End = QuerySummary["ended"];
type Failure = Extract<QueryAnswer, { kind: "failure" }>["reason"];

/** What is known of one member. */
interface Asked {
  readonly via: Way;
  /** undefined while it is waited for. */
  outcome: QueryOutcome | undefined;
  answersCount: number;
  ackedMs: number | undefined;
  lastMs: number | undefined;
  detail: string | undefined;
  /** An answer of it came for which there was no room. */
  wasTurnedAway: boolean;
}

/** Something that carries the query. */
export interface Scatter {
  /** The reader has made room for what was turned away. */
  onRoom(): void;
  /** The query has ended, and these are still at it. */
  onEnded(pending: readonly string[]): void;
}

export interface RunPorts {
  readonly name: string;
  readonly bounds: LineBounds;
  readonly timers: NodeTimers;
  now(): number;
  read(answer: WrittenValue): ValueReading;
  /** Runs `tell` in a step. */
  step(tell: () => void): void;
  afterStep(tell: () => void): void;
  onAck: ((from: string) => void) | undefined;
  /** It has ended: called once. */
  onEnded(): void;
}

const noCounts: Readonly<Record<QueryOutcome, number>> = {
  answered: 0,
  failed: 0,
  refused: 0,
  unfinished: 0,
  acked: 0,
  silent: 0,
  died: 0,
  left: 0,
  unmatched: 0,
  joined: 0,
  unknown: 0,
};
/** Of these nobody was to answer. */
const notAsked: ReadonlySet<QueryOutcome> = new Set(["unmatched", "joined", "unknown"]);
/** Outcomes that a later word of the member itself undoes. */
const undone: ReadonlySet<QueryOutcome> = new Set(["died", "left", "joined", "unknown"]);

/** One query of this node: what came of it at each member, and the answers on their way. */
export class Run implements QueryRun {
  private readonly ports: RunPorts;
  private readonly members = new Map<string, Asked>();
  private readonly scatters: Scatter[] = [];
  private readonly line: AnswerLine;
  private readonly beganMs: number;
  private readonly ending: Promise<QuerySummary>;
  private resolveEnding: (summary: QuerySummary) => void = () => {};
  private pendingCount = 0;
  private isOpen = true;
  private timer: number | undefined;
  private signal: AbortSignal | undefined;
  private readonly onAbort = (): void => this.ports.step(() => this.end("aborted"));
  private isTurning = false;

  constructor(ports: RunPorts) {
    this.ports = ports;
    this.beganMs = ports.now();
    this.line = new AnswerLine(ports.bounds);
    this.ending = new Promise((resolve) => {
      this.resolveEnding = resolve;
    });
  }

  // Read by users

  next(): Promise<IteratorResult<QueryAnswer>> {
    const result = this.line.next();
    if (this.isOpen && this.isTurning && this.line.isHalfEmpty) {
      this.isTurning = false;
      this.ports.step(() => {
        for (const scatter of this.scatters) scatter.onRoom();
      });
    }
    return result;
  }

  /** Called when a `for await` is left early. */
  return(): Promise<IteratorResult<QueryAnswer>> {
    this.line.clear();
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  summary(): Promise<QuerySummary> {
    return this.ending;
  }

  close(): void {
    if (this.isOpen) this.ports.step(() => this.end("closed"));
  }

  // Told by what carries it

  use(scatter: Scatter): void {
    this.scatters.push(scatter);
  }

  obey(signal: AbortSignal | undefined): void {
    if (signal?.aborted) this.end("aborted");
    if (!this.isOpen) return;
    this.signal = signal;
    signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  endAfter(delayMs: number): void {
    if (!this.isOpen) return;
    const onEnd = (): void => this.ports.step(() => this.end("deadline"));
    this.timer = this.ports.timers.startTimer(onEnd, delayMs);
  }

  /** This member is asked. */
  expect(name: string, via: Way): void {
    if (this.members.has(name)) return;
    this.members.set(name, this.newMember(via, undefined));
    this.pendingCount += 1;
  }

  /** This member is none that will answer. */
  note(name: string, outcome: QueryOutcome, detail?: string): void {
    if (!this.members.has(name)) this.members.set(name, this.newMember("links", outcome, detail));
  }

  isPending(name: string): boolean {
    const member = this.members.get(name);
    return member !== undefined && member.outcome === undefined;
  }

  /** Names of those that are waited for. */
  pending(via: Way): string[] {
    const isWaited = ([, member]: [string, Asked]): boolean =>
      member.outcome === undefined && member.via === via;
    return [...this.members].filter(isWaited).map(([name]) => name);
  }

  answersOf(name: string): number {
    return this.members.get(name)?.answersCount ?? 0;
  }

  hasAcked(name: string): boolean {
    return this.members.get(name)?.ackedMs !== undefined;
  }

  /** Any word of a member that is alive after all, or has come since. */
  hear(name: string, via: Way): boolean {
    if (!this.isOpen) return false;
    const known = this.members.get(name);
    if (known !== undefined && (known.outcome === undefined || !undone.has(known.outcome))) {
      return known.outcome === undefined;
    }
    const { answersCount = 0, ackedMs, lastMs } = known ?? {};
    const asked = { ...this.newMember(via, undefined), answersCount, ackedMs, lastMs };
    this.members.set(name, asked);
    this.pendingCount += 1;
    return true;
  }

  onAck(name: string): void {
    const member = this.members.get(name);
    if (!this.isOpen || member === undefined || member.ackedMs !== undefined) return;
    member.ackedMs = this.elapsedMs;
    const { onAck } = this.ports;
    if (onAck !== undefined) this.ports.afterStep(() => onAck(name));
  }

  /** Bytes of answers that wait for the reader. */
  get waitingBytes(): number {
    return this.line.bytesCount;
  }

  /** Until the reader has made room, further answers would only be turned away. */
  get isFull(): boolean {
    return this.isTurning;
  }

  /** The next answer of this member; "full" when it has to wait for the reader. */
  onAnswer(name: string, written: WrittenValue, isLast: "last" | "more"): "taken" | "full" {
    const member = this.members.get(name);
    if (!this.isOpen || member === undefined) return "taken";
    if (!this.line.hasRoomFor(written.payload.length)) {
      this.isTurning = true;
      member.wasTurnedAway = true;
      return "full";
    }
    this.onAck(name);
    member.wasTurnedAway = false;
    member.answersCount += 1;
    const reading = this.ports.read(written);
    if (reading.kind === "bad") {
      this.onFailure(name, "unreadable", reading.detail);
      return "taken";
    }
    const { answersCount: number, via } = member;
    member.lastMs = this.elapsedMs;
    const base = { from: name, elapsedMs: this.elapsedMs, via };
    const answer: QueryAnswer = { kind: "answer", ...base, value: reading.value, number };
    this.line.put(answer, written.payload.length);
    if (isLast === "last") this.settle(name, "answered");
    return "taken";
  }

  onFailure(name: string, reason: Failure, detail: string): void {
    const member = this.members.get(name);
    if (!this.isOpen || member === undefined) return;
    const { via } = member;
    const base = { from: name, elapsedMs: this.elapsedMs, via };
    this.line.put({ kind: "failure", ...base, reason, detail }, detail.length);
    this.settle(name, "failed", `${reason}: ${detail}`);
  }

  /** This member is not waited for any more. */
  settle(name: string, outcome: QueryOutcome, detail?: string): void {
    const member = this.members.get(name);
    if (!this.isOpen || member === undefined || member.outcome !== undefined) return;
    member.outcome = outcome;
    member.detail = detail;
    if (!undone.has(outcome)) member.lastMs = this.elapsedMs;
    this.pendingCount -= 1;
    this.endIfComplete();
  }

  /** Nobody else is going to be asked. */
  endIfComplete(): void {
    if (this.pendingCount === 0) this.end("complete");
  }

  /** With `error` whoever reads it is told. */
  end(why: End, error?: HearsayError): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (this.timer !== undefined) this.ports.timers.stopTimer(this.timer);
    this.signal?.removeEventListener("abort", this.onAbort);
    const pending = [...this.members].filter(([, member]) => member.outcome === undefined);
    for (const [, member] of pending) {
      member.outcome = member.ackedMs === undefined ? "silent" : "acked";
      if (member.answersCount > 0 || member.wasTurnedAway) member.outcome = "unfinished";
      if (member.wasTurnedAway) member.detail = "answers of it came that nobody made room for";
    }
    const names = pending.map(([name]) => name);
    for (const scatter of this.scatters) scatter.onEnded(names);
    const summary = this.summaryOf(why);
    this.ports.afterStep(() => {
      this.line.close(error);
      this.resolveEnding(summary);
    });
    this.ports.onEnded();
  }

  private summaryOf(ended: End): QuerySummary {
    const counts = { ...noCounts };
    const sums = { askedCount: 0, reachedCount: 0, answersCount: 0 };
    const members = [...this.members].sort(([a], [b]) => compareUtf8(a, b)).map(pictureOf);
    for (const { ackedMs, answersCount, outcome } of members) {
      counts[outcome] += 1;
      if (!notAsked.has(outcome)) sums.askedCount += 1;
      if (ackedMs !== undefined) sums.reachedCount += 1;
      sums.answersCount += answersCount;
    }
    const { name } = this.ports;
    return Object.freeze({ name, ended, elapsedMs: this.elapsedMs, ...sums, counts, members });
  }

  private get elapsedMs(): number {
    return Math.round(this.ports.now() - this.beganMs);
  }

  private newMember(via: Way, outcome: QueryOutcome | undefined, detail?: string): Asked {
    const times = { ackedMs: undefined, lastMs: undefined };
    return { via, outcome, answersCount: 0, ...times, detail, wasTurnedAway: false };
  }
}

function pictureOf([name, member]: [string, Asked]): QueryMember {
  const { ackedMs, answersCount, detail, lastMs, outcome = "silent", via } = member;
  return {
    name,
    outcome,
    answersCount,
    via,
    ...(ackedMs === undefined ? {} : { ackedMs }),
    ...(lastMs === undefined ? {} : { lastMs }),
    ...(detail === undefined ? {} : { detail }),
  };
}
