import type { CliEnv, CliIo, EndSignal } from "./cli-io.ts";

/** A process that only remembers what was written, for tests. */
export class FakeIo implements CliIo {
  stdout = "";
  stderr = "";
  input = "";
  readonly env: CliEnv;
  readonly out: CliIo["out"];
  readonly err: CliIo["err"];
  private readonly readerGone = new AbortController();
  readonly keyListeners = new Set<(key: string) => void>();
  private readonly endListeners = new Set<(signal: EndSignal) => void>();

  constructor(
    options: { readonly columns?: number; readonly rows?: number; readonly env?: CliEnv } = {},
  ) {
    const { columns, rows } = options;
    const screen = { isTerminal: columns !== undefined, columns: columns ?? 80, rows };
    this.env = options.env ?? {};
    this.out = { ...screen, write: (text) => this.keep("stdout", text) };
    this.err = { ...screen, write: (text) => this.keep("stderr", text) };
  }

  get signal(): AbortSignal {
    return this.readerGone.signal;
  }

  /** As when `head` has read enough. */
  closeOutput(): void {
    this.readerGone.abort();
  }

  onEndSignal(listener: (signal: EndSignal) => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  onKey(listener: (key: string) => void): () => void {
    this.keyListeners.add(listener);
    return () => this.keyListeners.delete(listener);
  }

  /** As who sits at the terminal does. */
  press(key: string): void {
    for (const listener of [...this.keyListeners]) listener(key);
  }

  /** As `kill` does. */
  sendSignal(signal: EndSignal): void {
    for (const listener of [...this.endListeners]) listener(signal);
  }

  async readInput(): Promise<string> {
    return this.input;
  }

  private keep(stream: "stdout" | "stderr", text: string): void {
    this[stream] += text;
  }
}
