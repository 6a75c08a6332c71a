import type { CliIo } from "../cli-io.ts";

/* What a terminal is told: ECMA-48, and xterm's alternate screen. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** The terminal while `hearsay top` has it: left as it was found, whatever ends it. */
export class TopScreen {
  private readonly io: CliIo;
  private isOpen = false;

  constructor(io: CliIo) {
    this.io = io;
  }

  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.io.out.write(ENTER);
  }

  draw(lines: readonly string[]): void {
    if (!this.isOpen) return;
    const text = lines.map((line) => `${line}${CLEAR_LINE}`).join("\r\n");
    this.io.out.write(`${HOME}${text}${CLEAR_BELOW}`);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.io.out.write(LEAVE);
  }
}
