import { HearsayError } from "../../core/errors.ts";
import type {
  AppendOutcome,
  AppendRefusal,
  AppendRequest,
  AppendWait,
  OrderedApplication,
  OrderedItem,
  OrderedLogReads,
  Stalled,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { WaitOptions } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { NodePorts } from "../node-ports.ts";
import { endedError } from "../orderer/order-errors.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import { waitFor } from "../waits.ts";
import { FoldedState } from "./folded-state.ts";
import type {
  OrderedAppendOptions,
  OrderedAppendResult,
  OrderedEntry,
  OrderedFold,
  OrderedLog,
  OrderedLogReport,
  OrderedReader,
  OrderedStall,
  OrderedState,
  OrderedSubscribeOptions,
} from "./ordered-log.api.ts";
import { NodeOrderedReader } from "./ordered-reader.ts";
import { entryReader } from "./ordered-values.ts";

/** How long an append or a read may take. [because: an election, and some of its retries] */
const WAIT_MS = 10_000;
/** Between two looks whether all is told, where nobody is. [guess] */
const LOOK_MS = 20;

export interface NodeOrderedLogPorts extends NodePorts {
  readonly name: string;
  readonly calls: OrderedLogReads;
  /** The group that is followed from outside. */
  readonly follows: string | undefined;
  /** Where events are kept here. */
  readonly storage: "disk" | "memory";
  readonly values: StoredValues;
  readonly states: StoredValues;
  readonly enders: Set<(error: Error) => void>;
  /** Resolves when all commands ordered before the call are in the machines here. */
  readBarrier(options: WaitOptions): Promise<void>;
  append(bytes: Uint8Array, wait: AppendWait): AppendRequest;
  /** Why nothing can be appended here: this node's part in the order is lost, or it has none. */
  refusal(): Error | undefined;
}

/** One ordered log as its users see it. */
export class NodeOrderedLog implements OrderedLog<unknown, unknown> {
  readonly name: string;
  private readonly ports: NodeOrderedLogPorts;
  private readonly asked = new Map<AppendRequest, (outcome: AppendOutcome) => void>();
  private readonly entryOf: (item: OrderedItem) => OrderedEntry<unknown> | undefined;
  private readonly readers = new Set<NodeOrderedReader>();
  private readonly folds = new Map<string, FoldedState>();
  private readonly stallListeners = new Set<(stall: OrderedStall) => void>();
  private readonly lookers = new Set<() => void>();
  private nextReader = 1;

  constructor(ports: NodeOrderedLogPorts) {
    this.ports = ports;
    this.name = ports.name;
    this.entryOf = entryReader(ports.values, (detail) => {
      ports.count("orderedLog.unread");
      ports.onCallbackError(`ordered log ${ports.name}`, new Error(detail));
    });
    ports.calls.listen({
      onAppended: (request, outcome) => this.onAppended(request, outcome),
      onStalled: (stalled) => this.tellStalled(stalled),
    });
  }

  async append(value: unknown, options: OrderedAppendOptions = {}): Promise<OrderedAppendResult> {
    const { enders, timers, values } = this.ports;
    this.ports.checkRunning();
    const refusal = this.ports.refusal();
    if (refusal !== undefined) throw refusal;
    const { signal, timeoutMs = WAIT_MS, wait = "ordered" } = options;
    const bytes = values.write(value, () => `an event of ordered log ${this.name}`);
    let isBegun = false;
    const asked = waitFor<AppendOutcome>({
      timeoutMs,
      ...(signal && { signal }),
      enders,
      timers,
      what: `an event of ordered log ${this.name} to be ${wait}; it may be yet`,
      begin: ({ resolve }) => {
        // Within the step: where nobody need be asked, it may end before the step has returned.
        const request = this.ports.step(() => {
          const begun = this.ports.append(bytes, wait);
          this.asked.set(begun, resolve);
          return begun;
        });
        isBegun = true;
        return () => this.asked.delete(request);
      },
    });
    try {
      return this.resultOf(await asked, bytes.length);
    } catch (error) {
      throw isBegun ? endedError(`an append to ordered log ${this.name}`, error) : error;
    }
  }

  async read(options: WaitOptions = {}): Promise<{ readonly index: number }> {
    this.ports.checkRunning();
    const { signal, timeoutMs = WAIT_MS } = options;
    const untilMs = this.ports.now() + timeoutMs;
    await this.ports.readBarrier({ timeoutMs, ...(signal && { signal }) });
    const { orderIndex, place } = this.ports.calls.status.ordered;
    await waitFor<void>({
      timeoutMs: Math.max(0, untilMs - this.ports.now()),
      ...(signal && { signal }),
      enders: this.ports.enders,
      timers: this.ports.timers,
      what: `all of ordered log ${this.name} up to entry ${orderIndex}`,
      begin: ({ resolve }) => this.untilTold(place, resolve),
    });
    return { index: orderIndex };
  }

  subscribe(options?: OrderedSubscribeOptions): OrderedReader<OrderedEntry<unknown>>;
  subscribe(
    listener: (entry: OrderedEntry<unknown>) => void,
    options?: OrderedSubscribeOptions,
  ): OrderedReader<never>;
  subscribe(
    first: OrderedSubscribeOptions | ((entry: OrderedEntry<unknown>) => void) = {},
    second: OrderedSubscribeOptions = {},
  ): OrderedReader<OrderedEntry<unknown>> | OrderedReader<never> {
    if (typeof first !== "function") return this.open(first);
    const reader = this.open(second);
    void this.callFor(reader, first);
    return silent(reader);
  }

  [Symbol.asyncIterator](): AsyncIterator<OrderedEntry<unknown>> {
    return this.open({ from: "start" });
  }

  fold<State>(name: string, fold: OrderedFold<State, unknown>): OrderedState<State>;
  fold(name: string, fold: OrderedFold<unknown, unknown>): OrderedState<unknown> {
    this.ports.checkRunning();
    checkFold(name, fold);
    const where = `state ${name} of ordered log ${this.name}`;
    if (this.folds.has(name)) {
      throw new HearsayError("STORE_CONFLICT", `${where} is open already; open it once, share it`);
    }
    const state = new FoldedState(
      {
        ...this.ports,
        where,
        entryOf: (item) => this.entryOf(item),
        read: (options) => this.read(options),
        onTold: () => this.onTold(),
        onClosed: () => {
          if (this.folds.delete(name)) this.detach(`fold/${name}`);
        },
      },
      fold,
    );
    // What cannot be written could be given to nobody.
    state.snapshot();
    this.folds.set(name, state);
    this.attach(`fold/${name}`, state, 0);
    return state;
  }

  status(): OrderedLogReport {
    const { applied, heldBytes, heldCount, leader, load, ordered, pendingCount, ...rest } =
      this.ports.calls.status;
    return Object.freeze({
      name: this.name,
      state: rest.state,
      leader: leader === undefined ? undefined : String(leader),
      follows: this.ports.follows,
      orderedIndex: ordered.orderIndex,
      appliedIndex: applied.orderIndex,
      lagCount: Math.max(0, ordered.orderIndex - applied.orderIndex),
      trimmedIndex: rest.trimmed.orderIndex,
      pendingCount,
      heldCount,
      heldBytes,
      load,
      stalled: rest.stalled && this.stallOf(rest.stalled),
    });
  }

  onStalled(listener: (stall: OrderedStall) => void): () => void {
    const own = (stall: OrderedStall): void => listener(stall);
    this.stallListeners.add(own);
    return () => this.stallListeners.delete(own);
  }

  private onAppended(request: AppendRequest, outcome: AppendOutcome): void {
    const end = this.asked.get(request);
    if (end === undefined) return;
    this.asked.delete(request);
    this.ports.afterStep(() => end(outcome));
  }

  private tellStalled(stalled: Stalled): void {
    const stall = this.stallOf(stalled);
    this.ports.afterStep(() => {
      for (const listener of [...this.stallListeners]) {
        callListener(listener, stall, (error) =>
          this.ports.onCallbackError(`onStalled of ordered log ${this.name}`, error),
        );
      }
    });
  }

  close(): void {
    const readers = [...this.readers];
    // Forgotten first: of a node that stops nothing is detached or resumed.
    this.readers.clear();
    for (const reader of readers) reader.close();
    this.folds.clear();
    this.asked.clear();
    this.lookers.clear();
    this.stallListeners.clear();
  }

  private open(options: OrderedSubscribeOptions): NodeOrderedReader {
    this.ports.checkRunning();
    const after = this.beginning(options);
    const name = `reader/${this.nextReader}`;
    this.nextReader += 1;
    const reader = new NodeOrderedReader(
      {
        log: this.name,
        entryOf: (item) => this.entryOf(item),
        resume: () => {
          if (this.readers.has(reader)) this.ports.step(() => this.ports.calls.resume(name));
        },
        onTold: () => this.onTold(),
        onClosed: () => {
          if (this.readers.delete(reader)) this.detach(name);
        },
        onCallbackError: (where, error) => this.ports.onCallbackError(where, error),
      },
      options,
    );
    if (options.signal?.aborted) {
      reader.close();
      return reader;
    }
    this.readers.add(reader);
    this.attach(name, reader, after);
    return reader;
  }

  private beginning({ after, from }: OrderedSubscribeOptions): number {
    if (after !== undefined) {
      if (Number.isSafeInteger(after) && after >= 0 && from === undefined) return after;
      const rule = "after is the place of an entry, and does not go with from";
      throw new HearsayError("CONFIG_OPTION", `subscribe: ${rule}.`);
    }
    if (from === "start") return 0;
    if (from === undefined || from === "now") return this.ports.calls.status.ordered.place;
    throw new HearsayError("CONFIG_OPTION", 'subscribe: from must be "start" or "now".');
  }

  private attach(name: string, inner: OrderedApplication, after: number): void {
    const { calls } = this.ports;
    this.ports.step(() => calls.attach(name, inner, after));
  }

  /** Whoever waits until all is told looks when something was. */
  private onTold(): void {
    if (this.lookers.size > 0) this.ports.afterStep(() => this.look());
  }

  private detach(name: string): void {
    this.ports.step(() => this.ports.calls.detach(name));
  }

  private untilTold(place: number, resolve: () => void): () => void {
    const { timers } = this.ports;
    let timer: number | undefined;
    const isTold = (): boolean => this.ports.calls.status.applied.place >= place;
    const look = (): void => {
      if (!isTold()) return;
      this.lookers.delete(look);
      resolve();
    };
    const lookLater = (): void => {
      timer = timers.startTimer(() => {
        look();
        if (this.lookers.has(look)) lookLater();
      }, LOOK_MS);
    };
    this.lookers.add(look);
    look();
    if (this.lookers.has(look)) lookLater();
    return () => {
      this.lookers.delete(look);
      if (timer !== undefined) timers.stopTimer(timer);
    };
  }

  private look(): void {
    for (const look of [...this.lookers]) look();
  }

  private async callFor(
    reader: NodeOrderedReader,
    listener: (entry: OrderedEntry<unknown>) => void,
  ): Promise<void> {
    const where = `a listener of ordered log ${this.name}`;
    try {
      for await (const entry of reader) {
        callListener(listener, entry, (error) => this.ports.onCallbackError(where, error));
      }
    } catch (error) {
      this.ports.onCallbackError(where, error);
    }
  }

  private resultOf(outcome: AppendOutcome, bytesCount: number): OrderedAppendResult {
    const what = `ordered log ${this.name}`;
    if (outcome.kind === "done" && outcome.dot !== undefined) {
      const { dot, orderIndex: index } = outcome;
      const durable = outcome.durable && this.ports.storage === "disk";
      return { dot: { origin: dot.origin, seq: dot.seq }, durable, index };
    }
    if (outcome.kind === "refused") throw refusalError(what, outcome.reason, bytesCount);
    const detail = `${what}: no answer came; the event may have its place, or get it yet`;
    throw new HearsayError("ORDER_UNCERTAIN", detail);
  }

  private stallOf({ at, dot, sinceMs }: Stalled): OrderedStall {
    const forMs = Math.max(0, Math.round(this.ports.now() - sinceMs));
    const named = dot && { origin: dot.origin, seq: dot.seq };
    return Object.freeze({ afterIndex: at.orderIndex, dot: named, forMs });
  }
}

function refusalError(what: string, reason: AppendRefusal, bytesCount: number): HearsayError {
  switch (reason) {
    case "overload":
      return new HearsayError("QUEUE_FULL", `${what}: too much waits for its place; append slower`);
    case "tooLarge": {
      const fix = "raise eventMaxBytes on all nodes, or append a reference";
      return new HearsayError("VALUE_TOO_LARGE", `${what}: ${bytesCount} bytes; ${fix}`);
    }
    case "stopped":
      return new HearsayError("NODE_STOPPED", `${what}: this node's part of it has stopped`);
    case "noOrder":
      return new HearsayError("ORDER_REFUSED", `${what}: nobody leads that this node knows of`);
    case "voided": {
      const why = "this node was taken for dead, and nobody had the event; append it again";
      return new HearsayError("ORDER_REFUSED", `${what}: ${why}`);
    }
  }
}

/** @throws HearsayError CONFIG_OPTION */
function checkFold(name: unknown, fold: unknown): void {
  const isFold = typeof fold === "object" && fold !== null && "initial" in fold;
  const apply = isFold && "apply" in fold ? fold.apply : undefined;
  if (typeof name === "string" && name !== "" && typeof apply === "function") return;
  const rule = "a name and { initial, apply: (state, entry) => state }";
  throw new HearsayError("CONFIG_OPTION", `fold takes ${rule}.`);
}

/** For listeners: what is to be read was given to one. */
function silent(reader: NodeOrderedReader): OrderedReader<never> {
  const done = async (): Promise<IteratorResult<never>> => ({ done: true, value: undefined });
  const made: OrderedReader<never> = {
    next: done,
    close: () => void reader.return(),
    [Symbol.asyncIterator]: () => made,
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
  return made;
}
