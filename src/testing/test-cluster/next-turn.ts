/** The real one, also when a test replaces the system's timers by fake ones later. */
const nextTurn = setImmediate;

/**
 * Lets promises settle: microtasks run until none is left before the next turn of the event loop
 * begins.
 */
export function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}
