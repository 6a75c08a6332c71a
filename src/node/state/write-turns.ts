import { HearsayError } from "../../core/errors.ts";
import type { FlowControl } from "../../core/flow-control.ts";
import type { NodeTimers } from "../node-host.ts";

/** Writes that wait; more are refused. [guess] */
const WAITING_MAX_COUNT = 1_000;

interface Waiting {
  readonly begin: () => void;
  readonly fail: (error: HearsayError) => void;
}

/** Lets writers write no faster than gossip carries, in the order in which they came. */
export class WriteTurns {
  private readonly flow: FlowControl;
  private readonly rule: "delay" | "reject";
  private readonly timers: NodeTimers;
  private readonly waiting: Waiting[] = [];
  private timer: number | undefined;

  constructor(flow: FlowControl, rule: "delay" | "reject", timers: NodeTimers) {
    this.flow = flow;
    this.rule = rule;
    this.timers = timers;
  }

  /** @throws HearsayError QUEUE_FULL, NODE_STOPPED */
  async take(): Promise<void> {
    if (this.waiting.length === 0 && this.flow.takeTurn()) return;
    if (this.rule === "reject" || this.waiting.length >= WAITING_MAX_COUNT) {
      const detail = "the cluster does not carry as many writes of state; write more slowly";
      throw new HearsayError("QUEUE_FULL", detail);
    }
    await new Promise<void>((begin, fail) => {
      this.waiting.push({ begin, fail });
      this.arm();
    });
  }

  close(): void {
    if (this.timer !== undefined) this.timers.stopTimer(this.timer);
    const stopped = new HearsayError("NODE_STOPPED", "the node was stopped; start another");
    for (const { fail } of this.waiting.splice(0)) fail(stopped);
  }

  private arm(): void {
    if (this.timer !== undefined || this.waiting.length === 0) return;
    this.timer = this.timers.startTimer(() => this.onDue(), Math.max(1, this.flow.waitMs));
  }

  private onDue(): void {
    this.timer = undefined;
    while (this.waiting.length > 0 && this.flow.waitMs === 0 && this.flow.takeTurn()) {
      this.waiting.shift()?.begin();
    }
    this.arm();
  }
}
