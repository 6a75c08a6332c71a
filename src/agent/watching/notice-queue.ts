import type { Notice } from "../admin.messages.ts";

/** A notice as it is sent. */
export interface WrittenNotice {
  readonly kind: Notice["kind"];
  readonly json: string;
}

/**
 * Notices between a node that never waits and a client that may be slow. When full, by number or by
 * length, the oldest are dropped; the reader hears how many before the next one. The newest always
 * fits.
 */
export class NoticeQueue {
  private readonly maxCount: number;
  private readonly maxChars: () => number;
  private waiting: WrittenNotice[] = [];
  private waitingChars = 0;
  private droppedCount = 0;
  private closed = false;
  private wake: (() => void) | undefined;
  private readonly waitingForRoom: (() => void)[] = [];

  /** `maxChars` is asked for each time: of a bound that is shared, more watchers leave less. */
  constructor(maxCount: number, maxChars: () => number) {
    this.maxCount = maxCount;
    this.maxChars = maxChars;
  }

  push(notice: Notice): void {
    if (this.closed) return;
    const written = writeNotice(notice);
    this.waiting.push(written);
    this.waitingChars += written.json.length;
    // A batch at a time, or each push into a full queue would move the whole of it.
    const isTooMany = this.waiting.length >= this.maxCount * 2;
    if (isTooMany || this.waitingChars >= this.maxChars() * 2) this.trim();
    this.wake?.();
  }

  /** Says why, then ends: what waits can still be taken. */
  close(reason: string): void {
    this.push({ kind: "end", reason });
    this.closed = true;
    this.wake?.();
    this.tellRoom();
  }

  /** For a source that can wait, as the past can: resolves when there is room, or no use. */
  async room(): Promise<void> {
    const hasRoom = this.waiting.length < this.maxCount && this.waitingChars < this.maxChars();
    if (hasRoom || this.closed) return;
    await new Promise<void>((resolve) => this.waitingForRoom.push(resolve));
  }

  /** Whoever waits in `take` goes on, with nothing. */
  wakeUp(): void {
    this.wake?.();
  }

  /** Resolves when something waits, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.waiting.length === 0 && !this.closed) await this.waitForNotice(timeoutMs);
  }

  /** All that waits, oldest first; empty when nothing came within `timeoutMs`. */
  async take(timeoutMs: number): Promise<readonly WrittenNotice[]> {
    await this.wait(timeoutMs);
    return this.takeNow();
  }

  /** All that waits, oldest first. */
  takeNow(): readonly WrittenNotice[] {
    this.trim();
    const taken = this.waiting;
    this.waiting = [];
    this.waitingChars = 0;
    this.tellRoom();
    if (this.droppedCount === 0) return taken;
    const dropped = writeNotice({ kind: "dropped", count: this.droppedCount });
    this.droppedCount = 0;
    return [dropped, ...taken];
  }

  get isClosed(): boolean {
    return this.closed && this.waiting.length === 0;
  }

  private tellRoom(): void {
    for (const resolve of this.waitingForRoom.splice(0)) resolve();
  }

  private trim(): void {
    const { length } = this.waiting;
    const maxChars = this.maxChars();
    let excessCount = 0;
    for (const { json } of this.waiting) {
      const isShort = length - excessCount <= this.maxCount && this.waitingChars <= maxChars;
      if (isShort || excessCount === length - 1) break;
      excessCount += 1;
      this.waitingChars -= json.length;
    }
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

/** A notice as its JSON. */
export function writeNotice(notice: Notice): WrittenNotice {
  return { kind: notice.kind, json: JSON.stringify(notice) };
}
