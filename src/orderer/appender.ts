import type { OrdererRefusal, OrderOutcome, OrderRequest } from "../core/orderer.ts";
import { type Batch, decodeBatch, encodeBatch } from "./batch-bytes.ts";
import { type Feed, items, oneKey, type PlacedBatch, type Tip } from "./feed.ts";
import { encodeKept } from "./kept-text.ts";
import type { Requests } from "./requests.ts";
import { Backoff, type Failed, isHopeless, type Session } from "./session.ts";
import type { StoreAnswer, StoreCommit } from "./store.messages.ts";

interface Waiting {
  readonly request: OrderRequest;
  readonly command: Uint8Array;
}

/** A transaction that this node makes, until it is known what came of it. */
interface Attempt {
  readonly waiting: readonly Waiting[];
  readonly batch: Batch;
  readonly value: Uint8Array;
  readonly base: Tip;
  /** An earlier try of the very same may have been taken. */
  isDoubtful: boolean;
}

export interface AppenderWiring {
  readonly session: Session;
  readonly feed: Feed;
  readonly requests: Requests;
  readonly onEnd: (request: OrderRequest, outcome: OrderOutcome) => void;
  /** Some requests have a place now. */
  readonly onPlaced: () => void;
}

/**
 * Appends what was proposed: one transaction at a time, and what comes meanwhile goes with the
 * next one. It compares the revision of the head, so of all that compare the same one at most is
 * ever taken, however late: to make the very same again is safe, and its answer says what became of
 * the first. Only after that is anything else tried with the same commands.
 *
 * Departs from [spec raft §9]: no keys of ids, whose place the batch's own name takes.
 */
export class Appender {
  private readonly wiring: AppenderWiring;
  private readonly backoff: Backoff;
  private queue: Waiting[] = [];
  private attempt: Attempt | undefined;
  private lastNumber = 0;
  private conflictsCount = 0;
  private isTimerSet = false;

  constructor(wiring: AppenderWiring) {
    this.wiring = wiring;
    this.backoff = new Backoff(wiring.session);
  }

  add(request: OrderRequest, command: Uint8Array): void {
    this.queue.push({ request, command });
  }

  /** Makes the next transaction, if none is under way. */
  flush(): void {
    const { feed, session } = this.wiring;
    if (this.attempt !== undefined || this.isTimerSet || !feed.isBegun) return;
    const waiting = this.takeNext();
    if (waiting.length === 0) return;
    this.lastNumber += 1;
    const commands = waiting.map(({ command }) => command);
    const batch = { writer: session.life, number: this.lastNumber, commands };
    const value = encodeBatch(batch);
    this.attempt = { waiting, batch, value, base: feed.tip, isDoubtful: false };
    session.count("append.batches");
    this.commit(this.attempt);
  }

  /** It was heard: whatever became of the answer, that is where it stands. */
  onBatch({ batch, first }: PlacedBatch): void {
    const { attempt } = this;
    if (attempt === undefined || !isSame(batch, attempt.batch)) return;
    this.succeed(attempt, first);
  }

  onTimer(): void {
    this.isTimerSet = false;
    const { attempt } = this;
    if (attempt === undefined) return this.flush();
    const { requests } = this.wiring;
    if (attempt.waiting.some(({ request }) => requests.has(request))) return this.commit(attempt);
    // Nobody waits for it any more, and all that comes later compares the same revision or a later.
    this.attempt = undefined;
    this.flush();
  }

  private takeNext(): Waiting[] {
    const { requests, session } = this.wiring;
    const { batchMaxBytes, batchMaxCount } = session.options;
    const taken: Waiting[] = [];
    let bytes = 0;
    let count = 0;
    for (const waiting of this.queue) {
      const isFull =
        taken.length >= batchMaxCount || bytes + waiting.command.length > batchMaxBytes;
      if (isFull && taken.length > 0) break;
      count += 1;
      if (!requests.has(waiting.request)) continue;
      bytes += waiting.command.length;
      taken.push(waiting);
    }
    this.queue.splice(0, count);
    return taken;
  }

  private commit(attempt: Attempt): void {
    const { feed, session } = this.wiring;
    this.mark(attempt, "sent");
    const { keys } = session;
    const { base, batch, value } = attempt;
    const position = base.position + batch.commands.length;
    const head = encodeKept({ position, group: feed.group });
    const behind = { from: keys.log(base.position + 1), to: keys.logEnd, limitCount: 1 };
    const commit: StoreCommit = {
      compares: [{ key: keys.head, of: "modified", revision: base.revision }],
      writes: [
        { kind: "put", key: keys.head, value: head },
        { kind: "put", key: keys.log(position), value },
      ],
      reads: [oneKey(keys.head), behind],
    };
    session.ask({ kind: "commit", ...commit }, (answer) => {
      // It may have been heard before it was answered.
      if (this.attempt === attempt) this.onAnswer(attempt, answer);
    });
  }

  private onAnswer(attempt: Attempt, answer: StoreAnswer): void {
    if (answer.kind === "failed") return this.onFailed(attempt, answer);
    if (answer.kind !== "committed") return;
    this.backoff.reset();
    const { base, batch } = attempt;
    if (answer.isDone) {
      const position = base.position + batch.commands.length;
      const { feed } = this.wiring;
      this.succeed(attempt, base.position + 1);
      feed.onAppended({ position, revision: answer.revision }, batch, attempt.value.length);
      return this.flush();
    }
    this.onOvertaken(attempt, answer);
  }

  /** Something else stands behind `base` already: ours, of an earlier try, or another's. */
  private onOvertaken(
    attempt: Attempt,
    { found }: Extract<StoreAnswer, { kind: "committed" }>,
  ): void {
    const { feed, session } = this.wiring;
    const { base, batch, waiting } = attempt;
    const [head, next] = items(found);
    if (!feed.onHead(head, base)) return;
    const winner = next && decodeBatch(next.value);
    if (isSame(winner, batch)) return this.succeed(attempt, base.position + 1);
    this.attempt = undefined;
    const place = next && session.keys.positionOf(next.key);
    const isKnown = winner !== undefined && place === base.position + winner.commands.length;
    if (attempt.isDoubtful && !isKnown) {
      // What stood there was compacted, and may have been ours.
      session.count("append.uncertain");
      for (const { request } of waiting) this.wiring.onEnd(request, { kind: "uncertain" });
      return this.flush();
    }
    session.count("append.conflicts");
    this.mark(attempt, "waiting");
    this.queue = [...waiting, ...this.queue];
    this.conflictsCount += 1;
    if (this.conflictsCount < 2) return this.flush();
    const { conflictDelayMaxMs } = session.options;
    this.again(session.env.random.real() * conflictDelayMaxMs);
  }

  private onFailed(attempt: Attempt, { detail, reason }: Failed): void {
    const { session } = this.wiring;
    if (reason === "unknown") attempt.isDoubtful = true;
    if (isHopeless(reason) && !attempt.isDoubtful) {
      session.trouble(`nothing can be appended: ${detail}`);
      this.attempt = undefined;
      const outcome = { kind: "refused", reason: refusalOf[reason] ?? "absurd" } as const;
      for (const { request } of attempt.waiting) this.wiring.onEnd(request, outcome);
      return this.again(this.backoff.next());
    }
    if (!attempt.isDoubtful) this.mark(attempt, "waiting");
    this.again(this.backoff.next());
  }

  private succeed(attempt: Attempt, first: number): void {
    const { requests } = this.wiring;
    this.attempt = undefined;
    this.conflictsCount = 0;
    for (const [index, { request }] of attempt.waiting.entries()) {
      requests.place(request, first + index);
    }
    this.wiring.onPlaced();
  }

  private mark({ waiting }: Attempt, isWhere: "sent" | "waiting"): void {
    for (const { request } of waiting) this.wiring.requests.mark(request, isWhere);
  }

  private again(delayMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.wiring.session.env.setTimer({ kind: "again", what: "append" }, delayMs);
  }
}

const refusalOf: Readonly<Partial<Record<Failed["reason"], OrdererRefusal>>> = {
  tooLarge: "tooLarge",
  noSpace: "full",
};

function isSame(one: Batch | undefined, other: Batch): boolean {
  return one !== undefined && one.writer === other.writer && one.number === other.number;
}
