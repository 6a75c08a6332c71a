import { EVENT_BYTES, type OrderRun } from "./lane.ts";

/** What callers saw of a stretch of time. */
export interface Called {
  readonly tookMs: number;
  /** Of each call that ended within it. */
  readonly latenciesMs: readonly number[];
}

let nextEvent = 0;

/** Another event each time; the same size. */
export function nextBytes(): Uint8Array<ArrayBuffer> {
  nextEvent += 1;
  const bytes = new Uint8Array(EVENT_BYTES);
  new DataView(bytes.buffer).setFloat64(0, nextEvent);
  return bytes;
}

/** So many callers call one after the other, each when its call before has ended. */
export async function keepCalling(
  call: () => Promise<unknown>,
  { concurrency, forMs }: { readonly concurrency: number; readonly forMs: number },
): Promise<Called> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + forMs;
  const caller = async (): Promise<void> => {
    let beganMs = performance.now();
    while (beganMs < endMs) {
      await call();
      const endedMs = performance.now();
      if (endedMs <= endMs) latenciesMs.push(endedMs - beganMs);
      beganMs = endedMs;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return { tookMs: forMs, latenciesMs };
}

/** Several processes' callers together, who called at the same time. */
export function runOf(all: readonly Called[]): OrderRun {
  const sorted = all.flatMap(({ latenciesMs }) => latenciesMs).sort((a, b) => a - b);
  const quantile = (ratio: number) => sorted[Math.floor(sorted.length * ratio)] ?? Number.NaN;
  const tookMs = Math.max(...all.map((one) => one.tookMs));
  const perSecond = (1_000 * sorted.length) / tookMs;
  return { perSecond, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

/** `total` callers over so many processes, as even as it can be; who has one more takes turns. */
export function evenly(total: number, turn: number, processesCount: number): number[] {
  return Array.from({ length: processesCount }, (_, index) => {
    const place = (index + turn) % processesCount;
    return Math.floor((total + place) / processesCount);
  });
}
