import type { CliIo } from "../cli-io.ts";

const PAUSE_MS = 1_000;

/** Says on stderr how far it is, at most once a second, and not at all in the first. */
export class Progress {
  private readonly io: CliIo;
  private toldMs = Date.now();

  constructor(io: CliIo) {
    this.io = io;
  }

  tell(text: string): void {
    const nowMs = Date.now();
    if (nowMs - this.toldMs < PAUSE_MS) return;
    this.toldMs = nowMs;
    this.io.err.write(`${text}\n`);
  }
}
