/**
 * Signals that come while an agent is still being loaded: without somebody who listens the first
 * SIGHUP would end the process. This file imports nothing, so that it runs before all others.
 */

const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

export type EarlySignal = (typeof signals)[number];

const early = new Set<EarlySignal>();

function remember(signal: EarlySignal): void {
  const isStop = signal !== "SIGHUP";
  // The second one that asks to stop means: at once.
  if (isStop && (early.has("SIGINT") || early.has("SIGTERM"))) process.exit(1);
  early.add(signal);
}

export function rememberSignals(): void {
  for (const signal of signals) process.on(signal, remember);
}

/** Those that have come, to be called once others listen, who hear what comes from now on. */
export function takeEarlySignals(): readonly EarlySignal[] {
  for (const signal of signals) process.off(signal, remember);
  const taken = [...early];
  early.clear();
  return taken;
}
