/** A bug of ours: some code broke a promise it had made. Never raised because of remote input. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
}

/**
 * States what must hold here, in production too: a node that goes on after a broken invariant does
 * more harm than one that stops.
 * @throws AssertionError
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * Ends a `switch` over a union, so that a new variant without a case does not compile.
 * @throws AssertionError
 */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${describe(value)}`);
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
