import type { Operation, SequentialModel } from "./history.ts";

/** Steps of a search after which it is given up. [because: the problem is NP-complete] */
const STEPS_MAX_COUNT = 5_000_000;

/** Whether a history has an order that explains it; `unknown`: it was too much to tell. */
export type LinearizabilityVerdict =
  | { readonly kind: "linearizable" }
  /** `part` has no order that explains it; `stuck` is the furthest that any order comes. */
  | {
      readonly kind: "violated";
      readonly part: string;
      readonly explainedCount: number;
      readonly operationsCount: number;
    }
  /** It would take too long to know. */
  | { readonly kind: "unknown"; readonly part: string };

/**
 * Whether operations that overlapped could have happened one at a time, each between its call and
 * its return. [Herlihy and Wing 1990; the search of Wing and Gong 1993, with the cache of Lowe
 * 2017; parts apart by Herlihy and Wing's locality, as in Horn and Kroening 2015]
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  stepsMaxCount = STEPS_MAX_COUNT,
): LinearizabilityVerdict {
  const parts = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const part = model.partOf(operation.input);
    const known = parts.get(part);
    if (known === undefined) parts.set(part, [operation]);
    else known.push(operation);
  }
  for (const [part, operations] of parts) {
    const search = new Search(model, operations, stepsMaxCount);
    const outcome = search.run();
    if (outcome === "unknown") return { kind: "unknown", part };
    if (outcome === "violated") {
      const { explainedCount } = search;
      const operationsCount = operations.length;
      return { kind: "violated", part, explainedCount, operationsCount };
    }
  }
  return { kind: "linearizable" };
}

/** A call or a return, in a list that calls are lifted out of and put back into. */
interface Moment {
  readonly operation: number;
  /** Of a call its return; undefined of a return. */
  readonly end: Moment | undefined;
  readonly isLast: boolean;
  previous: Moment | undefined;
  next: Moment | undefined;
}

interface Choice<State> {
  readonly moment: Moment;
  readonly state: State;
  /** It changes nothing and may happen now, so there is no reason to try it later. */
  readonly isForced: boolean;
}

class Search<State, Input, Output> {
  /** The most operations that were put in order at a time. */
  explainedCount = 0;
  private readonly model: SequentialModel<State, Input, Output>;
  private readonly operations: readonly Operation<Input, Output>[];
  private readonly head: Moment;
  private readonly done: Uint32Array;
  private readonly visited = new Set<string>();
  private readonly chosen: Choice<State>[] = [];
  private stepsLeft: number;

  constructor(
    model: SequentialModel<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    stepsMaxCount: number,
  ) {
    this.model = model;
    this.operations = operations;
    this.done = new Uint32Array(Math.ceil(operations.length / 32));
    this.head = momentsOf(operations);
    this.stepsLeft = stepsMaxCount;
  }

  run(): "linearizable" | "violated" | "unknown" {
    let state = this.model.initial;
    let moment = this.head.next;
    while (moment !== undefined) {
      this.stepsLeft -= 1;
      if (this.stepsLeft < 0) return "unknown";
      // Only what never returned is left; that need not have happened.
      if (moment.end === undefined && moment.isLast) return "linearizable";
      const after = moment.end === undefined ? undefined : this.tryOut(moment, state);
      if (after !== undefined) {
        const isForced = this.isLook(moment.operation);
        this.chosen.push({ moment, state, isForced });
        this.explainedCount = Math.max(this.explainedCount, this.chosen.length);
        state = after;
        lift(moment);
        moment = this.head.next;
      } else if (moment.end !== undefined) {
        moment = moment.next;
      } else {
        // Its call had to come before this return: another order before, or none.
        const last = this.takeBack();
        if (last === undefined) return "violated";
        state = last.state;
        moment = last.moment.next;
      }
    }
    return "linearizable";
  }

  /** @returns the state after it, if that is possible and was not tried before. */
  private tryOut(moment: Moment, state: State): State | undefined {
    const operation = this.operations[moment.operation];
    if (operation === undefined) return undefined;
    const after = this.model.step(state, operation.input, operation.output);
    if (after === undefined) return undefined;
    this.mark(moment.operation, "done");
    const key = `${this.done.join(" ")} ${this.model.keyOf(after)}`;
    if (this.visited.has(key)) {
      this.mark(moment.operation, "open");
      return undefined;
    }
    this.visited.add(key);
    return after;
  }

  /** Undoes the last choice that had an alternative, and all behind it. */
  private takeBack(): Choice<State> | undefined {
    for (;;) {
      const last = this.chosen.pop();
      if (last === undefined) return undefined;
      this.mark(last.moment.operation, "open");
      putBack(last.moment);
      if (!last.isForced) return last;
    }
  }

  private isLook(operation: number): boolean {
    const found = this.operations[operation];
    return found !== undefined && this.model.isLook(found.input, found.output);
  }

  private mark(operation: number, as: "done" | "open"): void {
    const word = operation >>> 5;
    const bit = 1 << (operation & 31);
    const before = this.done[word] ?? 0;
    this.done[word] = as === "done" ? before | bit : before & ~bit;
  }
}

/** All calls and returns in the order of time; at one time calls first, so that they overlap. */
function momentsOf(operations: readonly Operation<unknown, unknown>[]): Moment {
  const entries = operations.flatMap(({ callMs, returnMs }, operation) => {
    const isLast = !Number.isFinite(returnMs);
    const end: Moment = { ...UNLINKED, operation, isLast, end: undefined };
    const call: Moment = { ...UNLINKED, operation, isLast: false, end };
    return [
      { atMs: callMs, place: 0, moment: call },
      { atMs: returnMs, place: 1, moment: end },
    ];
  });
  entries.sort((a, b) => {
    if (a.atMs !== b.atMs) return a.atMs < b.atMs ? -1 : 1;
    return a.place - b.place || a.moment.operation - b.moment.operation;
  });
  const head: Moment = { ...UNLINKED, operation: -1, isLast: false, end: undefined };
  let last = head;
  for (const { moment } of entries) {
    last.next = moment;
    moment.previous = last;
    last = moment;
  }
  return head;
}

const UNLINKED = { previous: undefined, next: undefined };

/** Takes a call and its return out of the list. */
function lift({ end, next, previous }: Moment): void {
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
  if (end?.previous !== undefined) end.previous.next = end.next;
  if (end?.next !== undefined) end.next.previous = end.previous;
}

function putBack(call: Moment): void {
  const { end } = call;
  if (end?.next !== undefined) end.next.previous = end;
  if (end?.previous !== undefined) end.previous.next = end;
  if (call.next !== undefined) call.next.previous = call;
  if (call.previous !== undefined) call.previous.next = call;
}
