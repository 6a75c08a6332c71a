import type { QueryAnswer } from "./queries.api.ts";

interface Waiting {
  readonly answer: QueryAnswer;
  readonly bytesCount: number;
}

export interface LineBounds {
  readonly maxBytes: number;
  readonly maxCount: number;
  /** Whether the lines of this node together have room for so many more bytes. */
  hasRoomInAll(bytesCount: number): boolean;
}

interface Reader {
  resolve(result: IteratorResult<QueryAnswer>): void;
  reject(error: Error): void;
}

/** Below so many that were read, the room they had is not given back. */
const READ_MAX = 1_024;

/** Answers that wait for who reads them: bounded by whoever puts them in. */
export class AnswerLine {
  private readonly bounds: LineBounds;
  private readonly readers: Reader[] = [];
  private waiting: Waiting[] = [];
  private readCount = 0;
  private waitingBytes = 0;
  private isClosed = false;
  private failure: Error | undefined;

  constructor(bounds: LineBounds) {
    this.bounds = bounds;
  }

  /** Into an empty line goes an answer of any size. */
  hasRoomFor(bytesCount: number): boolean {
    const { maxBytes, maxCount } = this.bounds;
    if (this.size === 0) return true;
    if (this.size >= maxCount || this.waitingBytes + bytesCount > maxBytes) return false;
    return this.bounds.hasRoomInAll(bytesCount);
  }

  /** Bytes of the answers that wait. */
  get bytesCount(): number {
    return this.waitingBytes;
  }

  get isHalfEmpty(): boolean {
    const { maxBytes, maxCount } = this.bounds;
    return this.size <= maxCount / 2 && this.waitingBytes <= maxBytes / 2;
  }

  put(answer: QueryAnswer, bytesCount: number): void {
    if (this.isClosed) return;
    const reader = this.readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: answer });
    this.waiting.push({ answer, bytesCount });
    this.waitingBytes += bytesCount;
  }

  next(): Promise<IteratorResult<QueryAnswer>> {
    const waiting = this.waiting[this.readCount];
    if (waiting !== undefined) {
      this.readCount += 1;
      this.waitingBytes -= waiting.bytesCount;
      this.giveBack();
      return Promise.resolve({ done: false, value: waiting.answer });
    }
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.isClosed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  clear(): void {
    this.waiting = [];
    this.readCount = 0;
    this.waitingBytes = 0;
  }

  /** What waits can still be read, and then `error`. */
  close(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const [first, ...others] = this.readers.splice(0);
    if (error !== undefined && first !== undefined) first.reject(error);
    else {
      this.failure = error;
      first?.resolve({ done: true, value: undefined });
    }
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }

  private get size(): number {
    return this.waiting.length - this.readCount;
  }

  private giveBack(): void {
    if (this.readCount < READ_MAX && this.size > 0) return;
    this.waiting = this.waiting.slice(this.readCount);
    this.readCount = 0;
  }
}
