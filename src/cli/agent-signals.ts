import { agentDefaults } from "../agent/agent.options.ts";
import { onReloadSignal, onStopSignals } from "../agent/stop-signals.ts";
import type { EarlySignal } from "./early-signals.ts";

/** What an agent that runs does at a signal. */
interface RunningAgent {
  leave(signal: string): void;
  reload(): void;
}

/** What signals mean to an agent: give the start up while it lasts, later leave or reload. */
export class AgentSignals {
  private readonly giveUp = new AbortController();
  private readonly unlisten: readonly (() => void)[];
  private running: RunningAgent | undefined;
  private wantsReload = false;
  /** The one that made the start be given up. */
  private endedBy: string | undefined;

  /** Listens from now on. `early`: those that have come before. */
  constructor(early: readonly EarlySignal[]) {
    const stop = early.find((signal) => signal !== "SIGHUP");
    const onFirst = stop === undefined ? (signal: string) => this.onStop(signal) : endNow;
    this.unlisten = [onStopSignals(onFirst, endNow), onReloadSignal(() => this.onReload())];
    this.wantsReload = early.includes("SIGHUP");
    if (stop !== undefined) this.onStop(stop);
  }

  /** Aborted by a signal to end that comes before the agent runs. */
  get startSignal(): AbortSignal {
    return this.giveUp.signal;
  }

  get endedStart(): string | undefined {
    return this.endedBy;
  }

  /** From now on signals are told to `agent`; a reload that was asked for before is, too. */
  follow(agent: RunningAgent): void {
    this.running = agent;
    if (this.wantsReload) agent.reload();
  }

  close(): void {
    for (const stop of this.unlisten) stop();
  }

  private onStop(signal: string): void {
    if (this.running !== undefined) return this.running.leave(signal);
    this.endedBy = signal;
    // What a start waits for may never come, and need not heed that it is given up.
    setTimeout(endNow, agentDefaults.leaveTimeoutMs).unref();
    this.giveUp.abort();
  }

  private onReload(): void {
    if (this.running === undefined) this.wantsReload = true;
    else this.running.reload();
  }
}

function endNow(): void {
  process.exit(1);
}
