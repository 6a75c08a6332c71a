/** One call of a client, and what it came to. */
export interface Operation<Input, Output> {
  /** Who called; for people. */
  readonly process: string;
  readonly callMs: number;
  /** Infinity: no answer came, and it may take effect at any time after the call, or never. */
  readonly returnMs: number;
  readonly input: Input;
  /** What was answered; undefined where no answer came. */
  readonly output: Output | undefined;
}

/** What a history of one object must look like, done one call after another. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The part of the object that an operation is about; parts are judged alone. */
  partOf(input: Input): string;
  /** @returns undefined when this output cannot be. Of no output, the state after any. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Whether what was answered leaves every state as it is; no answer: whether any would. */
  isLook(input: Input, output: Output | undefined): boolean;
  /** Equal for equal states. */
  keyOf(state: State): string;
}

/**
 * One operation a line, for other checkers: process, call and return in milliseconds (`null`: no
 * answer), input and output.
 */
export function historyLines(history: readonly Operation<unknown, unknown>[]): string {
  const lines = history.map(({ callMs, input, output, process, returnMs }) => {
    const end = Number.isFinite(returnMs) ? returnMs : null;
    return JSON.stringify({ process, call: callMs, return: end, input, output });
  });
  return lines.map((line) => `${line}\n`).join("");
}
