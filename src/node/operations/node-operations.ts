import { decodeBase64Url, encodeBase64Url } from "../../core/base64.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { AppendOutcome, Submission } from "../../data/operation-log/operation-log.contract.ts";
import type { OperationClass, Vector } from "../../data/operation-log/operation-log.messages.ts";
import { mergedVectors, type OpenCauses } from "../../data/operation-log/vector.ts";
import {
  type ClientClock,
  decodeClientClock,
  encodeClientClock,
} from "../../data/operation-log/vector-bytes.ts";
import { MessageQueue } from "../topics/subscription.ts";
import type { Subscription } from "../topics/topics.api.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import { checkAppend, checkApplied, checkRead } from "./checks.ts";
import type { OperationReplica } from "./operation-replica.ts";
import type {
  AppendOptions,
  AppendResult,
  AppliedOperation,
  AppliedOptions,
  OperationOrder,
  Operations,
  OperationsPast,
  OperationsStats,
  ReadOptions,
  ReadResult,
} from "./operations.api.ts";
import type { OperationsNumbers } from "./operations.options.ts";
import type { ReducerMachine } from "./reducer-machine.ts";

export interface NodeOperationsParts {
  readonly name: string;
  readonly numbers: OperationsNumbers;
  readonly replica: OperationReplica;
  readonly machine: ReducerMachine;
  readonly operations: StoredValues;
  readonly orderOf: (operation: unknown) => OperationOrder;
  readonly clock: () => HybridTime;
  readonly wallClock: () => number;
  checkRunning(): void;
  onDropped(): void;
  onCallbackError(where: string, error: unknown): void;
}

interface Reader {
  readonly queue: MessageQueue<AppliedOperation<unknown>>;
  readonly onReset: (() => void) | undefined;
}

/** One operation log as its users see it. */
export class NodeOperations implements Operations<unknown, unknown, unknown> {
  readonly name: string;
  private readonly parts: NodeOperationsParts;
  private readonly readers = new Set<Reader>();

  constructor(parts: NodeOperationsParts) {
    this.parts = parts;
    this.name = parts.name;
    parts.replica.log.listen({
      onExecuted: (dot, operation) => {
        if (this.readers.size === 0) return;
        const applied = parts.machine.appliedFrom(dot, operation);
        if (applied !== undefined) for (const { queue } of [...this.readers]) queue.push(applied);
      },
      onInstalled: () => this.tellReset(),
    });
  }

  get state(): unknown {
    return this.parts.machine.state;
  }

  get stats(): OperationsStats {
    const { applied, fill, phase, seen } = this.parts.replica.log;
    return { phase, seenCount: seen.size, appliedCount: applied.size, ...fill };
  }

  async append(operation: unknown, options: AppendOptions = {}): Promise<AppendResult> {
    const { numbers, replica } = this.parts;
    checkAppend(options);
    this.parts.checkRunning();
    this.checkOneOrder();
    // What it executes would be overwritten by what the reducer returns, here and nowhere else.
    if (this.parts.machine.isReducing) throw reducerWrites(this.name);
    const submission = this.submissionOf(operation, options);
    const { signal, timeoutMs = numbers.timeoutMs } = options;
    const deadline = { timeoutMs, signal };
    if (submission.class === "total") await this.agree(deadline);
    this.checkOneOrder();
    const outcome = replica.append(submission);
    if (!("dot" in outcome)) throw this.refusal(outcome.status);
    const { origin, seq } = outcome.dot;
    const prev = mergedVectors(submission.prev, new Map([[origin, seq]]));
    const after = this.tokenOf(prev, submission.beyond);
    // Without a promise where nothing is to be waited for.
    const durable = replica.isKept && (await replica.durable());
    const { ack = "accepted" } = options;
    if (ack !== "accepted") await this.acknowledged(outcome.dot, ack, deadline);
    return { status: outcome.status, dot: { origin, seq }, durable, after };
  }

  async read(options: ReadOptions = {}): Promise<ReadResult<unknown>> {
    const { numbers, replica } = this.parts;
    checkRead(options);
    this.parts.checkRunning();
    const { signal, timeoutMs = numbers.timeoutMs } = options;
    const waitMs = Math.min(options.waitMs ?? numbers.waitMs, timeoutMs);
    const { beyond, prev } = this.clockOf(options.after);
    const { conditions, log } = replica;
    const isReached = (): boolean => log.isReached(prev, beyond);
    const isSo = await conditions.until(isReached, { timeoutMs: waitMs, signal });
    if (!isSo && timeoutMs > waitMs) {
      replica.pull(seenOf({ beyond, prev }));
      await conditions.until(isReached, { timeoutMs: timeoutMs - waitMs, signal });
    }
    this.checkOneOrder();
    // What is true as the state is taken, whatever happened since the wait ended.
    const status = isReached() ? "ok" : "behind";
    // A client that was told "behind" has seen what it had seen all the same.
    const seen = mergedVectors(prev, log.val);
    const also = beyond === undefined ? log.beyond : log.beyond.union(beyond);
    return { status, state: this.state, after: this.tokenOf(seen, also) };
  }

  past(after?: string): OperationsPast {
    const { applied } = this.parts.replica.log;
    if (after === undefined) return { has: (dot) => applied.has(dot), missing: [] };
    const seen = seenOf(this.clockOf(after));
    const missing = [...seen.difference(applied).ranges()];
    const last = new Map(missing.map(({ last: seq, origin }) => [origin, { origin, seq }]));
    return { has: (dot) => seen.has(dot), missing: [...last.values()] };
  }

  applied(options: AppliedOptions = {}): Subscription<AppliedOperation<unknown>> {
    checkApplied(options);
    const { onReset, ...queueOptions } = options;
    const queue = new MessageQueue<AppliedOperation<unknown>>({
      ...queueOptions,
      onClosed: () => this.readers.delete(reader),
      onDropped: () => this.parts.onDropped(),
    });
    const reader: Reader = { queue, onReset };
    if (!queue.isClosed) this.readers.add(reader);
    return queue;
  }

  [Symbol.asyncIterator](): AsyncIterator<AppliedOperation<unknown>> {
    return this.applied();
  }

  get replica(): OperationReplica {
    return this.parts.replica;
  }

  close(): void {
    this.replica.close();
    for (const { queue } of [...this.readers]) queue.close();
  }

  private submissionOf(operation: unknown, options: AppendOptions): Submission {
    const { operations, orderOf, replica, wallClock } = this.parts;
    const { after, id = "", retry = "may", submittedAt = wallClock() } = options;
    const payload = operations.write(operation, () => `an operation of ${this.name}`);
    const limit = replica.payloadMaxBytes;
    if (payload.length > limit) {
      const detail = `an operation has ${payload.length} bytes, but ${limit} are taken`;
      throw new HearsayError("VALUE_TOO_LARGE", `${detail}; raise payloadMaxBytes on all nodes`);
    }
    const { log } = replica;
    const here = { prev: log.val, beyond: log.beyond, at: undefined };
    const seen = after === undefined ? here : this.clockOf(after);
    return {
      id,
      class: this.classOf(orderOf(operation)),
      prev: seen.prev,
      beyond: seen.beyond,
      afterTime: seen.at,
      payload,
      submittedAtMs: submittedAt,
      isFinal: retry === "never",
    };
  }

  private classOf(order: OperationOrder): OperationClass {
    const isGiven = this.parts.replica.log.order.given !== undefined;
    return order === "total" && isGiven ? "ordered" : order;
  }

  /** @throws HearsayError STORE_CONFLICT when others have it open with another order */
  private checkOneOrder(): void {
    const { order } = this.parts.replica.log;
    if (!order.isForeign) return;
    const own = order.given === undefined ? "timestamp" : "ordered";
    const detail = `operations ${this.name} is open here with total: "${own}"`;
    const fix = "open it alike on all nodes, or under another name";
    throw new HearsayError("STORE_CONFLICT", `${detail}, and otherwise on another node; ${fix}`);
  }

  /** All members wait for the same before anybody writes in one order. */
  private async agree(deadline: { timeoutMs: number; signal?: AbortSignal | undefined }) {
    const { log, conditions } = this.replica;
    const isAgreed = (): boolean => log.order.isAgreed;
    if (await conditions.until(isAgreed, deadline, () => {})) return;
    throw this.refusal("unagreed");
  }

  private async acknowledged(
    dot: Dot,
    ack: "applied" | "majority",
    deadline: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<void> {
    const { conditions, log } = this.replica;
    const dots = DotSet.of(dot);
    const isDone =
      ack === "applied"
        ? await conditions.until(() => log.applied.has(dot), deadline)
        : await this.untilMost(dots, deadline);
    if (isDone) return;
    const what = ack === "applied" ? "this node has not executed it" : "most do not have it";
    const detail = `it is in the log, but after ${deadline.timeoutMs} ms ${what} yet`;
    throw new HearsayError("TIMEOUT", `operations ${this.name}: ${detail}`);
  }

  private untilMost(
    dots: DotSet,
    deadline: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<boolean> {
    const { replica } = this;
    if (!replica.isHeldByMost(dots)) replica.tellAll();
    return replica.conditions.until(
      () => replica.isHeldByMost(dots),
      deadline,
      () => replica.tellAll(),
    );
  }

  private refusal(status: Exclude<AppendOutcome["status"], "written" | "known">): HearsayError {
    const name = `operations ${this.name}`;
    switch (status) {
      case "full": {
        const fix = "a replica that is away holds it up: see hearsay replicas, and evict";
        return new HearsayError("LOG_FULL", `${name}: the log is full; ${fix}`);
      }
      case "tooOld": {
        const detail = "submittedAt is so long ago that nobody knows whether it was executed";
        return new HearsayError("OPERATION_TOO_OLD", `${name}: ${detail}`);
      }
      case "unreachable": {
        const fix = "take that of a read or a write, as it is";
        return tokenError(`${name}: after names what nobody can have written yet; ${fix}`);
      }
      case "early":
        return tokenError(`${name}: after is of a clock that is more than 5 s ahead`);
      case "unagreed": {
        const detail = "the replicas do not agree yet on whom they wait for; is one of them away?";
        return new HearsayError("TIMEOUT", `${name}: ${detail}`);
      }
    }
  }

  private clockOf(after: string | undefined): ClientClock {
    if (after === undefined || after === "nothing") {
      return { prev: new Map(), at: { ms: 0, counter: 0 } };
    }
    const bytes = typeof after === "string" ? decodeBase64Url(after) : undefined;
    const clock = bytes && decodeClientClock(this.name, bytes);
    if (clock !== undefined) return clock;
    throw tokenError(`after must be what a read or a write of ${this.name} returned`);
  }

  private tokenOf(prev: Vector, beyond: ReadonlyDotSet = new DotSet()): string {
    const at = this.parts.clock();
    return encodeBase64Url(encodeClientClock(this.name, { prev, beyond, at }));
  }

  private tellReset(): void {
    for (const { onReset } of [...this.readers]) {
      try {
        onReset?.();
      } catch (error) {
        this.parts.onCallbackError(`onReset of operations ${this.name}`, error);
      }
    }
  }
}

/** All that somebody has seen, one by one. */
function seenOf({ beyond, prev }: OpenCauses): DotSet {
  const dots = beyond === undefined ? new DotSet() : beyond.clone();
  for (const [origin, upTo] of prev) if (upTo > 0) dots.addRange(origin, 1, upTo);
  return dots;
}

function reducerWrites(name: string): HearsayError {
  const fix = "it returns the next state, and may not append; do so where the log is read";
  return new HearsayError("CONFIG_OPTION", `the reducer of operations ${name} appends: ${fix}`);
}

function tokenError(detail: string): HearsayError {
  return new HearsayError("TOKEN_INVALID", detail);
}
