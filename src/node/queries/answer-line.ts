import type { QueryAnswer } from "./queries.api.ts";

interface Waiting {
  readonly answer: QueryAnswer;
  readonly bytesCount: number;
}

interface Reader {
  resolve(result: IteratorResult<QueryAnswer>): void;
  reject(error: Error): void;
}

/** Below so many that were read, the room they had is not given back. */
const READ_MAX = 1_024;

/** Answers that wait for who reads them: bounded by whoever puts them in. */
export class AnswerLine {
  private readonly bounds: { readonly maxBytes: number; readonly maxCount: number };
  private readonly readers: Reader[] = [];
  private waiting: Waiting[] = [];
  private readCount = 0;
  private bytesCount = 0;
  private isClosed = false;
  private failure: Error | undefined;

  constructor(bounds: { readonly maxBytes: number; readonly maxCount: number }) {
    this.bounds = bounds;
  }

  /** Into an empty line goes an answer of any size. */
  hasRoomFor(bytesCount: number): boolean {
    const { maxBytes, maxCount } = this.bounds;
    if (this.size === 0) return true;
    return this.size < maxCount && this.bytesCount + bytesCount <= maxBytes;
  }

  get isHalfEmpty(): boolean {
    const { maxBytes, maxCount } = this.bounds;
    return this.size <= maxCount / 2 && this.bytesCount <= maxBytes / 2;
  }

  put(answer: QueryAnswer, bytesCount: number): void {
    if (this.isClosed) return;
    const reader = this.readers.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value: answer });
    this.waiting.push({ answer, bytesCount });
    this.bytesCount += bytesCount;
  }

  next(): Promise<IteratorResult<QueryAnswer>> {
    const waiting = this.waiting[this.readCount];
    if (waiting !== undefined) {
      this.readCount += 1;
      this.bytesCount -= waiting.bytesCount;
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
    this.bytesCount = 0;
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
