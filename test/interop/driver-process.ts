/**
 * A process that runs nodes and is told what to do: a line of JSON for each request on its stdin, a
 * line for each reply on its stdout. The driver of memberlist is one; so is our twin of it that the
 * benches use.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const REQUEST_MAX_MS = 120_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Reply {
  readonly id: number;
  readonly ok?: unknown;
  readonly error?: string;
}

export class DriverProcess {
  readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private errors = "";
  private lastId = 0;

  /** `command` is the program and its arguments. */
  constructor(command: readonly string[]) {
    const [program = "", ...args] = command;
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const { stdout, stderr, stdin } = this.child;
    if (stdout === null || stderr === null || stdin === null) throw new Error("no pipes");
    createInterface({ input: stdout }).on("line", (line) => this.onLine(line));
    stderr.on("data", (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-10_000);
    });
    // A process that was killed cannot be written to; its requests fail below.
    stdin.on("error", () => {});
    this.child.once("error", (error) => this.failAll(error));
    this.child.once("close", () => this.failAll(new Error(`${program} ended: ${this.errors}`)));
  }

  /** Bytes are given as base64 text. */
  request<T>(verb: string, details: object = {}, timeoutMs = REQUEST_MAX_MS): Promise<T> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`no reply to ${verb} in ${timeoutMs} ms; ${this.errors}`));
      }, timeoutMs);
      this.waiting.set(id, { resolve: (answer) => resolve(answer as T), reject, timer });
      this.child.stdin?.write(`${JSON.stringify({ id, do: verb, ...details })}\n`);
    });
  }

  /** Ends it without a word to its cluster. */
  async end(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  private onLine(line: string): void {
    const reply: Reply = JSON.parse(line);
    const waiting = this.waiting.get(reply.id);
    if (waiting === undefined) return;
    this.waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    if (reply.error === undefined) waiting.resolve(reply.ok);
    else waiting.reject(new Error(reply.error));
  }

  private failAll(error: Error): void {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }
}
