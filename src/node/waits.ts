import { HearsayError } from "../core/errors.ts";
import type { WaitOptions } from "./api.ts";
import type { NodeTimers } from "./node-host.ts";

/** The two ways in which something that is waited for can end. */
export interface Outcome<T> {
  readonly resolve: (value: T) => void;
  reject(error: Error): void;
}

export interface Wait<T> extends WaitOptions {
  /** Completes "waited N ms for …". */
  readonly what: string;
  /** Whose clock the deadline runs by. */
  readonly timers: NodeTimers;
  /** Who ends the wait when the node stops; else its deadline would keep the process alive. */
  readonly enders?: Set<(error: Error) => void>;
  /** Starts what is waited for; what it returns is called when the wait is over, however. */
  begin(outcome: Outcome<T>): () => void;
}

/**
 * A promise with a deadline and a signal.
 * @throws HearsayError TIMEOUT, ABORTED
 */
export function waitFor<T>(wait: Wait<T>): Promise<T> {
  const { enders, signal, timeoutMs, timers, what } = wait;
  checkTimeout(timeoutMs);
  checkSignal(signal);
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(what));
    let timer: number | undefined;
    let stop: (() => void) | undefined;
    let isOver = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      if (timer !== undefined) timers.stopTimer(timer);
      signal?.removeEventListener("abort", onAbort);
      enders?.delete(onEnd);
      stop?.();
      settle();
    };
    const onAbort = (): void => end(() => reject(aborted(what)));
    const onEnd = (error: Error): void => end(() => reject(error));
    const onTimeout = (): void => {
      const error = new HearsayError("TIMEOUT", `waited ${timeoutMs} ms for ${what}`);
      end(() => reject(error));
    };
    if (timeoutMs !== undefined) timer = timers.startTimer(onTimeout, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    enders?.add(onEnd);
    try {
      stop = wait.begin({
        resolve: (value) => end(() => resolve(value)),
        reject: (error) => end(() => reject(error)),
      });
    } catch (error) {
      end(() => reject(error instanceof Error ? error : new Error(String(error))));
    }
    if (isOver) stop?.();
  });
}

function aborted(what: string): HearsayError {
  return new HearsayError("ABORTED", `the signal was aborted while waiting for ${what}`);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0 && timeoutMs < 2 ** 31) return;
  const rule = "a number of milliseconds from 0 to 2147483647";
  const detail = `timeoutMs is ${String(timeoutMs)}, but must be ${rule}.`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  const detail = `signal is ${String(signal)}, but must be an AbortSignal.`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

/** Settles as `promise` does; rejects when the node ends: what is waited for will not come then. */
export async function untilEnded<T>(
  promise: Promise<T>,
  enders: Set<(error: Error) => void>,
): Promise<T> {
  let ender: ((error: Error) => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    ender = reject;
    enders.add(reject);
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    if (ender !== undefined) enders.delete(ender);
  }
}
