/**
 * Calls a user's function. What it throws goes to `onError`, and so does what its promise rejects
 * with: a rejection that nobody takes would end the process.
 */
export function callListener<T>(
  listener: (value: T) => unknown,
  value: T,
  onError: (error: unknown) => void,
): void {
  try {
    const answer = listener(value);
    if (isThenable(answer)) answer.then(undefined, onError);
  } catch (error) {
    onError(error);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return "then" in value && typeof value.then === "function";
}
