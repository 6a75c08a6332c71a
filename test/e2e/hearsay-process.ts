import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Longest wait for one thing. [because: below the time of a test, which would not say for what] */
const WAIT_MAX_MS = 50_000;

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One run of the built command line, as a process of its own. */
export class HearsayProcess {
  readonly child: ChildProcess;
  out = "";
  err = "";
  private readonly what: string;
  private isClosed = false;

  constructor(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    this.what = `hearsay ${args.join(" ")}`;
    const none = { HEARSAY_ADMIN: undefined, HEARSAY_TOKEN: undefined };
    const env = { ...process.env, ...none, ...variables };
    const stdio = ["ignore", "pipe", "pipe"] as const;
    this.child = spawn(process.execPath, [main, ...args], { env, stdio: [...stdio] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.err += text;
    });
    this.child.once("close", () => {
      this.isClosed = true;
    });
    started.add(this);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when it has ended and all it wrote was read. */
  async ended(): Promise<Ended> {
    await until(
      () => `the end of ${this.said()}`,
      async () => this.isClosed,
    );
    return { code: this.child.exitCode, out: this.out, err: this.err };
  }

  /** The first line on stdout, as JSON. */
  async firstLine<T>(): Promise<T> {
    await this.until("a line", () => this.out.includes("\n"));
    return JSON.parse(this.out.slice(0, this.out.indexOf("\n")));
  }

  async until(what: string, isDone: () => boolean): Promise<void> {
    await until(
      () => `${what} of ${this.said()}`,
      async () => isDone() || this.isClosed,
    );
    if (!isDone()) throw new Error(`it ended before it said ${what}: ${this.said()}`);
  }

  /** All of them before it can do anything about the first, however busy the machine is. */
  signalAtOnce(...signals: readonly NodeJS.Signals[]): void {
    for (const signal of ["SIGSTOP", ...signals, "SIGCONT"] as const) this.child.kill(signal);
  }

  private said(): string {
    return `${this.what}; stdout: ${this.out}; stderr: ${this.err}`;
  }
}

const started = new Set<HearsayProcess>();

/** Kills what a test has left running, by its own ids. */
export async function killStarted(): Promise<void> {
  for (const one of started) {
    if (one.child.exitCode === null && one.child.signalCode === null) one.child.kill("SIGKILL");
    await one.ended();
  }
  started.clear();
}

export function hearsay(...args: readonly string[]): Promise<Ended> {
  return new HearsayProcess(args).ended();
}

/** `what` is told when it does not come; how long that takes is the machine's matter. */
export async function until(
  what: string | (() => string),
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + WAIT_MAX_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
    }
    await pause(20);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
