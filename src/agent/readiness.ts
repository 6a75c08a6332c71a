/** Whether an agent runs, and whether it has its place: what `/livez` and `/readyz` answer. */
import { access, constants } from "node:fs/promises";
import type { HearsayNode } from "../node/api.ts";
import type { HealthCheck, ReadyAnswer } from "./admin.messages.ts";
import type { AgentOptions } from "./agent.options.ts";

export interface ReadinessSetup {
  /** Undefined: nothing is kept. */
  readonly dataDir?: string | undefined;
  /** Whether there are places to join, named or to be discovered. */
  readonly looksForOthers: boolean;
  /** Whether the node has the option `orderer`. */
  readonly hasOrder: boolean;
}

type Watched = Pick<HearsayNode, "closed" | "members" | "name" | "order" | "settled">;
type Numbers = Pick<AgentOptions, "aloneReadyMs" | "settleEveryMs" | "settleTimeoutMs">;

export class Readiness {
  private readonly node: Watched;
  private readonly setup: ReadinessSetup;
  private readonly numbers: Numbers;
  private readonly startedAt = performance.now();
  private readonly ended = new AbortController();
  private hasMetOthers = false;
  private isLeaving = false;
  private lastSettled: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(node: Watched, setup: ReadinessSetup, numbers: Numbers) {
    this.node = node;
    this.setup = setup;
    this.numbers = numbers;
    void node.closed.then(() => this.stop());
    void this.settle();
  }

  get isLive(): boolean {
    return !this.ended.signal.aborted;
  }

  /** From now on not ready: clients are to go elsewhere before the node is gone. */
  leave(): void {
    this.isLeaving = true;
  }

  async check(): Promise<ReadyAnswer> {
    const checks = [this.ofNode(), this.ofJoining(), this.ofSettling(), await this.ofDisk()];
    if (this.setup.hasOrder) checks.push(this.ofOrder());
    return { status: checks.every(({ ok }) => ok) ? "ready" : "not-ready", checks };
  }

  private stop(): void {
    this.ended.abort();
    clearTimeout(this.timer);
  }

  /** Again and again, for a node that was in agreement may be cut off later. */
  private async settle(): Promise<void> {
    const { settleEveryMs, settleTimeoutMs } = this.numbers;
    try {
      await this.node.settled({ timeoutMs: settleTimeoutMs, signal: this.ended.signal });
      this.lastSettled = performance.now();
    } catch {
      // It shows by its age.
    }
    if (!this.isLive) return;
    this.timer = setTimeout(() => void this.settle(), settleEveryMs);
    this.timer.unref();
  }

  private ofNode(): HealthCheck {
    if (!this.isLive) return { name: "node", ok: false, detail: "The node has stopped." };
    if (this.isLeaving) return { name: "node", ok: false, detail: "The node is leaving." };
    return { name: "node", ok: true, detail: `${this.node.name} runs.` };
  }

  private ofJoining(): HealthCheck {
    const name = "joined";
    const others = [...this.node.members].filter((member) => {
      return member.name !== this.node.name && member.status === "alive";
    }).length;
    this.hasMetOthers ||= others > 0;
    if (this.hasMetOthers) return { name, ok: true, detail: `${others} others are alive.` };
    if (!this.setup.looksForOthers) {
      return { name, ok: true, detail: "It looks for nobody: it began a cluster." };
    }
    // The first node of a cluster finds nobody, and others may wait for it to be ready.
    const waitedMs = performance.now() - this.startedAt;
    const isAlone = waitedMs >= this.numbers.aloneReadyMs;
    const since = `Nobody has answered for ${Math.round(waitedMs / 1_000)} s`;
    return { name, ok: isAlone, detail: isAlone ? `${since}: it began a cluster.` : `${since}.` };
  }

  private ofSettling(): HealthCheck {
    const name = "settled";
    if (this.lastSettled === undefined) {
      return { name, ok: false, detail: "The membership has not agreed with peers yet." };
    }
    const ageMs = performance.now() - this.lastSettled;
    const { settleEveryMs, settleTimeoutMs } = this.numbers;
    // Three looks that fail, and no fewer: while members come and go, one may.
    const ok = ageMs <= 3 * (settleEveryMs + settleTimeoutMs);
    return { name, ok, detail: `The membership agreed with peers ${Math.round(ageMs)} ms ago.` };
  }

  /** A node whose disk fails stops by itself; this tells of one that it may no longer write. */
  private async ofDisk(): Promise<HealthCheck> {
    const name = "disk";
    const { dataDir } = this.setup;
    if (dataDir === undefined) return { name, ok: true, detail: "Nothing is kept on disk." };
    try {
      await access(dataDir, constants.R_OK | constants.W_OK);
      return { name, ok: true, detail: "The data directory can be written." };
    } catch {
      return { name, ok: false, detail: "The data directory cannot be written." };
    }
  }

  private ofOrder(): HealthCheck {
    const name = "order";
    const { leader, state } = this.node.order.status();
    const ok = state === "running" && leader !== undefined;
    return { name, ok, detail: `The order is ${state}, led by ${leader ?? "nobody"}.` };
  }
}
