/** How long a call may wait, and what ends it earlier. */
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
