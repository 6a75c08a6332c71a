const SAMPLES_MAX = 300;
/** One that was taken before a tab was hidden for an hour would press all that follow together. */
const SAMPLE_AGE_MAX_SECONDS = 600;

/** From which of `times` on samples are kept beside a new one, in seconds; clocks may go back. */
export function keptFrom(times: readonly number[], at: number): number {
  const isOld = (time: number): boolean => time >= at || at - time > SAMPLE_AGE_MAX_SECONDS;
  return Math.max(times.findLastIndex(isOld) + 1, times.length + 1 - SAMPLES_MAX);
}
