import type { Operation, SequentialModel } from "./history.ts";
import { type QueueInput, queueModel } from "./models.ts";

/** When a value came out of its queue. */
interface Leaving {
  readonly callMs: number;
  readonly returnMs: number;
}

type QueueOperation = Operation<QueueInput, string>;

const NEVER: Leaving = { callMs: Number.POSITIVE_INFINITY, returnMs: Number.POSITIVE_INFINITY };

/**
 * A queue that knows the whole history: of two values of which one was surely taken out before the
 * other, that one went in first, so no other order is tried. It does not change the verdict, and
 * without it every round of concurrent enqueues multiplies what is to be tried, until values come
 * out much later. Of a value that was enqueued twice nothing is known.
 */
export function queueModelFor(
  history: readonly QueueOperation[],
): SequentialModel<readonly string[], QueueInput, string> {
  const leavings = leavingsOf(history);
  return {
    ...queueModel,
    step(state, input, output) {
      if (input.kind === "enqueue") {
        const own = leavings.get(keyOf(input.queue, input.value));
        const isTooLate = state.some((value) => {
          const other = leavings.get(keyOf(input.queue, value));
          return own !== undefined && other !== undefined && own.returnMs < other.callMs;
        });
        if (isTooLate) return undefined;
      }
      return queueModel.step(state, input, output);
    },
  };
}

function keyOf(queue: string, value: string): string {
  return JSON.stringify([queue, value]);
}

function leavingsOf(history: readonly QueueOperation[]): Map<string, Leaving> {
  const leavings = new Map<string, Leaving>();
  const taken = new Map<string, QueueOperation>();
  /** Queues of which something may have come out that nobody saw. */
  const leaking = new Set<string>();
  for (const operation of history) {
    const { input, output } = operation;
    if (input.kind !== "dequeue") continue;
    if (output === undefined) leaking.add(input.queue);
    else taken.set(keyOf(input.queue, output), operation);
  }
  const doubled = new Set<string>();
  for (const { input } of history) {
    if (input.kind !== "enqueue") continue;
    const key = keyOf(input.queue, input.value);
    if (leavings.has(key)) doubled.add(key);
    const leaving = taken.get(key) ?? (leaking.has(input.queue) ? undefined : NEVER);
    if (leaving !== undefined) leavings.set(key, leaving);
  }
  for (const key of doubled) leavings.delete(key);
  return leavings;
}
