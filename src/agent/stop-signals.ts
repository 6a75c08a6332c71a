const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * First SIGINT or SIGTERM: `onFirst`, to end in good order. The next one: `onSecond`, to end now.
 * Returns how to stop listening.
 */
export function onStopSignals(onFirst: (signal: string) => void, onSecond: () => void): () => void {
  let isFirst = true;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isFirst) onFirst(signal);
    else onSecond();
    isFirst = false;
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** SIGHUP: read the configuration again. Returns how to stop listening. */
export function onReloadSignal(onReload: () => void): () => void {
  process.on("SIGHUP", onReload);
  return () => void process.off("SIGHUP", onReload);
}
