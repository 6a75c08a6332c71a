/** Steps of a computation for which the quiet machine of those who wrote this takes `QUIET_MS`. */
const STEPS_COUNT = 30_000_000;
const QUIET_MS = 31;
const ATTEMPTS_COUNT = 4;

/** How many times as slow as that one this machine is at the moment; 1 if it is faster. */
export function slowness(): number {
  const times = Array.from({ length: ATTEMPTS_COUNT }, () => {
    const began = performance.now();
    return [compute(), performance.now() - began] as const;
  });
  return Math.max(1, Math.min(...times.map(([, ms]) => ms)) / QUIET_MS);
}

/** Its result is used, so that no compiler may leave it out. */
function compute(): number {
  let hash = 0;
  for (let step = 0; step < STEPS_COUNT; step += 1) hash = Math.imul(hash ^ step, 0x01000193);
  return hash;
}
