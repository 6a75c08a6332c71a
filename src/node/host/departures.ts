/** Calls back when what a step has written is on the disk. */
export type Hold = (onReady: () => void) => void;

interface Batch<Item> {
  readonly items: readonly Item[];
  isReady: boolean;
}

/**
 * What steps send over connections leaves in the order of the steps, also when one of them waits
 * for the disk: packets may overtake each other, bytes of a stream must not.
 */
export class Departures<Item> {
  private readonly leave: (item: Item) => void;
  private ofStep: Item[] = [];
  private readonly waiting: Batch<Item>[] = [];

  constructor(leave: (item: Item) => void) {
    this.leave = leave;
  }

  put(item: Item): void {
    this.ofStep.push(item);
  }

  /** True while something of an earlier step waits. */
  get isHeld(): boolean {
    return this.waiting.length > 0;
  }

  /** The step has ended; `hold` when what it sent must wait. */
  endStep(hold?: Hold): void {
    const items = this.ofStep;
    if (items.length === 0) return;
    this.ofStep = [];
    if (hold === undefined && !this.isHeld) {
      for (const item of items) this.leave(item);
      return;
    }
    const batch = { items, isReady: hold === undefined };
    this.waiting.push(batch);
    hold?.(() => {
      batch.isReady = true;
      this.release();
    });
  }

  clear(): void {
    this.ofStep.length = 0;
    this.waiting.length = 0;
  }

  private release(): void {
    const firstHeld = this.waiting.findIndex((batch) => !batch.isReady);
    const ready = this.waiting.splice(0, firstHeld === -1 ? this.waiting.length : firstHeld);
    for (const { items } of ready) for (const item of items) this.leave(item);
  }
}
