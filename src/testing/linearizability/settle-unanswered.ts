import type { Operation } from "./history.ts";

/** What operations leave and see, as text. */
export interface ValueTraffic<Input, Output> {
  /** What would be there after it; undefined of one that changes nothing. */
  leaves(input: Input): string | undefined;
  /** The answer of one that took effect and is seen to have. */
  took(input: Input): Output;
  /** What was there before it, as it says; undefined of one that does not look. */
  sees(input: Input, output: Output): string | undefined;
}

/**
 * Where each value is written by one operation only, much is known of those without an answer: one
 * whose value was seen took effect before who saw it returned, and one whose value nobody ever saw
 * may as well not have been. Neither changes the verdict, and the search, for which every such
 * operation doubles what is to be tried, becomes quick.
 */
export function settleUnanswered<Input, Output>(
  traffic: ValueTraffic<Input, Output>,
  history: readonly Operation<Input, Output>[],
): Operation<Input, Output>[] {
  const settled = history.filter(({ output }) => output !== undefined);
  let open = history.filter(({ output }) => output === undefined);
  let seenMs = seenIn(traffic, settled);
  // What is found to have taken effect has itself seen something.
  for (;;) {
    const found: Operation<Input, Output>[] = [];
    const left: Operation<Input, Output>[] = [];
    for (const operation of open) {
      const value = traffic.leaves(operation.input);
      const endMs = value === undefined ? undefined : seenMs.get(value);
      // Seen before it was even asked for: no order explains that, and the search shall find so.
      const returnMs = Math.max(endMs ?? 0, operation.callMs);
      const output = traffic.took(operation.input);
      if (endMs === undefined) left.push(operation);
      else found.push({ ...operation, returnMs, output });
    }
    if (found.length === 0) return settled;
    settled.push(...found);
    open = left;
    seenMs = seenIn(traffic, settled);
  }
}

/** When each value was surely there: the first return of who saw it. */
function seenIn<Input, Output>(
  traffic: ValueTraffic<Input, Output>,
  history: readonly Operation<Input, Output>[],
): Map<string, number> {
  const seenMs = new Map<string, number>();
  for (const { input, output, returnMs } of history) {
    const value = output === undefined ? undefined : traffic.sees(input, output);
    if (value === undefined) continue;
    seenMs.set(value, Math.min(returnMs, seenMs.get(value) ?? Number.POSITIVE_INFINITY));
  }
  return seenMs;
}
