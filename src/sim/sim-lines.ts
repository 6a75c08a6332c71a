/** The line out of each machine: it takes one thing after another, at a bounded speed. */
export class SimLines {
  /** When the line of a machine will have sent all it took, by the machine's number. */
  private readonly freeAtMs = new Map<number, number>();

  /**
   * Puts `bytes` into the line of `from`.
   * @returns how long until its last byte is out, or undefined when more than `queueMaxBytes` would
   * wait.
   */
  admit(from: number, bytes: number, at: LineMoment): number | undefined {
    const { nowMs, bytesPerSecond, queueMaxBytes } = at;
    const busyMs = Math.max(0, (this.freeAtMs.get(from) ?? 0) - nowMs);
    const waitingBytes = (busyMs * bytesPerSecond) / 1_000;
    if (waitingBytes + bytes > queueMaxBytes) return undefined;
    const waitMs = busyMs + (bytes * 1_000) / bytesPerSecond;
    this.freeAtMs.set(from, nowMs + waitMs);
    return waitMs;
  }

  /** Empties all lines, as a change of speed does. */
  clear(): void {
    this.freeAtMs.clear();
  }
}

export interface LineMoment {
  readonly nowMs: number;
  readonly bytesPerSecond: number;
  readonly queueMaxBytes: number;
}
