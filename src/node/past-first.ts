/**
 * One listener that is first told of what there is and then of what happens: what its own calls
 * bring about meanwhile waits until it has heard the past, so that nothing is lost or overtaken.
 */
export class PastFirst<Notice> {
  private readonly tell: (notice: Notice) => void;
  private waiting: Notice[] | undefined = [];

  constructor(tell: (notice: Notice) => void) {
    this.tell = tell;
  }

  /** Something happened. */
  take(notice: Notice): void {
    if (this.waiting === undefined) this.tell(notice);
    else this.waiting.push(notice);
  }

  /** Tells what there is, which was read before anything else could happen. Once. */
  begin(past: readonly Notice[]): void {
    for (const notice of past) this.tell(notice);
    for (;;) {
      const next = this.waiting?.shift();
      if (next === undefined) break;
      this.tell(next);
    }
    this.waiting = undefined;
  }
}
