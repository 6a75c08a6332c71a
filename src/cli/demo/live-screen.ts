import type { Screen } from "../cli-io.ts";

/**
 * Lines that scroll, above a block that is drawn again in its place. Without a terminal the block
 * is printed only when asked for with `settle`.
 */
export class LiveScreen {
  private readonly screen: Screen;
  private readonly drawIntervalMs: number;
  private readonly isLive: boolean;
  private make: () => string = () => "";
  private drawnLines = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(screen: Screen, drawIntervalMs: number, widthMin: number) {
    this.screen = screen;
    this.drawIntervalMs = drawIntervalMs;
    // On a narrower one lines would wrap, and the block be drawn in the wrong place.
    this.isLive = screen.isTerminal && screen.columns >= widthMin;
  }

  say(text: string): void {
    if (!this.isLive) {
      this.screen.write(`${text}\n`);
      return;
    }
    this.screen.write(`${this.eraser()}${text}\n`);
    this.drawnLines = 0;
    this.draw();
  }

  /** A new state of the block; drawn soon. `make` is called when it is. */
  update(make: () => string): void {
    if (!this.isLive || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.make = make;
      this.draw();
    }, this.drawIntervalMs);
  }

  /** Prints the block for good: what comes next stands below it. */
  settle(block: string): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.screen.write(`${this.eraser()}${block}\n`);
    this.make = () => "";
    this.drawnLines = 0;
  }

  /** Leaves the terminal as it stands and draws no more. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private draw(): void {
    const block = this.make();
    if (block === "") return;
    this.screen.write(`${this.eraser()}${block}\n`);
    this.drawnLines = block.split("\n").length;
  }

  /** Moves up over the block and clears from there on. */
  private eraser(): string {
    return this.drawnLines === 0 ? "" : `\u001b[${this.drawnLines}A\u001b[0J`;
  }
}
