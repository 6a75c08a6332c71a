import pc from "picocolors";

export interface Screen {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal in characters; 80 when there is none. */
  readonly columns: number;
  /** Height in lines; undefined when there is no terminal. */
  readonly rows?: number | undefined;
}

/** The variables that change how we write; options read their own ones. */
export interface CliEnv {
  readonly NO_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  /** Anything: print the stack of a bug. */
  readonly HEARSAY_DEBUG?: string | undefined;
}

export type EndSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** All that a command may touch of the process: tests give it another one. */
export interface CliIo {
  readonly out: Screen;
  readonly err: Screen;
  readonly env: CliEnv;
  /** Aborted when nobody reads our output any more. */
  readonly signal: AbortSignal;
  /**
   * While `listener` hears of them, SIGINT, SIGTERM and SIGHUP do not end this process.
   * @returns ends that
   */
  onEndSignal(listener: (signal: EndSignal) => void): () => void;
  /**
   * Each key that is pressed on a terminal, one at a time and without Enter; without a terminal,
   * nothing. Ctrl-C comes as one, too. @returns ends that, and leaves the terminal as it was
   */
  onKey(listener: (key: string) => void): () => void;
  /** All of standard input as text. */
  readInput(): Promise<string>;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours on a terminal only, and not when the user asks for none (no-color.org). */
export function colorsOf(screen: Screen, env: CliEnv): Colors {
  const wanted = (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return pc.createColors(screen.isTerminal && wanted);
}

/** Result of a `--json` command: one line. */
export function printJson(io: CliIo, value: unknown): void {
  io.out.write(`${JSON.stringify(value)}\n`);
}

export function printLine(io: CliIo, text: string): void {
  io.out.write(`${text}\n`);
}

/** What takes longer than a second says so, once, on stderr. */
export async function withProgress<T>(io: CliIo, text: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => io.err.write(`${text}\n`), 1_000);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
