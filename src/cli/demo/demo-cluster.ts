import { HearsayError } from "../../core/errors.ts";
import { type Order, type Report, sharedNow } from "./demo.messages.ts";
import { demoDefaults } from "./demo.options.ts";
import type { DemoProcess, ProcessListener, SpawnProcess } from "./demo-process.ts";
import { DemoState } from "./demo-state.ts";

export interface ClusterOptions {
  readonly nodesCount: number;
  /** Admin address of the first node; undefined for none. */
  readonly admin?: string | undefined;
  readonly spawn: SpawnProcess;
  /** Aborted when the user wants it to end. */
  readonly signal: AbortSignal;
  readonly onChange: () => void;
}

interface Wait {
  readonly isDone: () => boolean;
  readonly finish: (error?: Error) => void;
}

/** The processes of the demonstration, and what is known of them. */
export class DemoCluster implements ProcessListener {
  readonly state: DemoState;
  private readonly options: ClusterOptions;
  private readonly processes = new Map<string, DemoProcess>();
  private readonly waits = new Set<Wait>();
  private readonly endsAt = sharedNow() + demoDefaults.storyTimeoutMs;

  constructor(options: ClusterOptions) {
    this.options = options;
    const names = Array.from({ length: options.nodesCount }, (_, at) => `p${at + 1}`);
    this.state = new DemoState(names);
    options.signal.addEventListener("abort", () => this.failWaits(aborted()));
  }

  start(): void {
    for (const [at, row] of this.state.rows.entries()) {
      const admin = at === 0 && this.options.admin !== undefined ? this.options.admin : undefined;
      const setup = { name: row.name, ...(admin === undefined ? {} : { admin }) };
      const child = this.options.spawn(setup, this);
      row.pid = child.pid;
      this.processes.set(row.name, child);
    }
  }

  order(name: string, order: Order): void {
    this.processes.get(name)?.order(order);
  }

  /** Kills one process. @returns when, on the shared clock. */
  kill(name: string): number {
    const row = this.state.row(name);
    if (row !== undefined) row.state = "killed";
    const at = sharedNow();
    this.processes.get(name)?.kill();
    this.state.killed = { name, at };
    this.changed();
    return at;
  }

  /** Ends every process; resolves when all are gone. */
  async end(): Promise<void> {
    for (const row of this.state.rows) if (row.state !== "killed") row.state = "ended";
    await Promise.all([...this.processes.values()].map((child) => child.end()));
  }

  /** Ends every process without waiting. */
  killAll(): void {
    for (const child of this.processes.values()) child.kill();
  }

  /**
   * Waits until `isDone`.
   * @throws HearsayError DEMO_FAILED with `missing()` when the time of the whole story is over, or
   *   when a process died; ABORTED.
   */
  async until(isDone: () => boolean, missing: () => string): Promise<void> {
    if (this.options.signal.aborted) throw aborted();
    if (isDone()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        this.waits.delete(wait);
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(() => {
        const seconds = demoDefaults.storyTimeoutMs / 1_000;
        finish(new HearsayError("DEMO_FAILED", `Not within ${seconds} s: ${missing()}`));
      }, this.endsAt - sharedNow());
      const wait = { isDone, finish };
      this.waits.add(wait);
    });
  }

  onReport(name: string, report: Report): void {
    this.state.onReport(name, report);
    if (report.kind === "failed") {
      this.failWaits(new HearsayError("DEMO_FAILED", `${name} failed: ${report.message}`));
    }
    this.changed();
  }

  onExit(name: string, stderr: string): void {
    const row = this.state.row(name);
    if (row === undefined || row.state === "killed" || row.state === "ended") return;
    row.state = "ended";
    const said = stderr === "" ? "" : `; it said: ${stderr}`;
    const reason = row.failure ?? `its process ended by itself${said}`;
    this.failWaits(new HearsayError("DEMO_FAILED", `${name} failed: ${reason}`));
    this.changed();
  }

  private changed(): void {
    for (const wait of [...this.waits]) if (wait.isDone()) wait.finish();
    this.options.onChange();
  }

  private failWaits(error: Error): void {
    for (const wait of [...this.waits]) wait.finish(error);
  }
}

function aborted(): HearsayError {
  return new HearsayError("ABORTED", "The demonstration was ended before its story was over.");
}
