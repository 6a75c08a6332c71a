import type { Notice } from "./admin.messages.ts";

/**
 * Notices between a node that never waits and a client that may be slow. When full, the oldest is
 * dropped; the reader hears how many before the next one.
 */
export class NoticeQueue {
  private readonly maxCount: number;
  private waiting: Notice[] = [];
  private droppedCount = 0;
  private closed = false;
  private wake: (() => void) | undefined;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  push(notice: Notice): void {
    if (this.closed) return;
    this.waiting.push(notice);
    // A batch at a time, or each push into a full queue would move the whole of it.
    if (this.waiting.length >= this.maxCount * 2) this.trim();
    this.wake?.();
  }

  /** Says why, then ends: what waits can still be taken. */
  close(reason: string): void {
    this.push({ kind: "end", reason });
    this.closed = true;
    this.wake?.();
  }

  /** All that waits, oldest first; empty when nothing came within `timeoutMs`. */
  async take(timeoutMs: number): Promise<readonly Notice[]> {
    if (this.waiting.length === 0 && !this.closed) await this.waitForNotice(timeoutMs);
    this.trim();
    const taken = this.waiting;
    this.waiting = [];
    if (this.droppedCount === 0) return taken;
    const dropped: Notice = { kind: "dropped", count: this.droppedCount };
    this.droppedCount = 0;
    return [dropped, ...taken];
  }

  get isClosed(): boolean {
    return this.closed && this.waiting.length === 0;
  }

  private trim(): void {
    const excessCount = this.waiting.length - this.maxCount;
    if (excessCount <= 0) return;
    this.waiting.splice(0, excessCount);
    this.droppedCount += excessCount;
  }

  private waitForNotice(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.wake = finish;
    });
  }
}
