import type { MemberTrouble } from "../faces/members.api.ts";
import type { NodeHost } from "../node-host.ts";
import type { Stack } from "../stack/stack.ts";
import type { NodeHealth } from "./health.api.ts";
import type { GcPauses, HealthParts, LoopDelay } from "./health.contract.ts";

/** Between two looks at the loop; a block ends with one, for the timer is late then. */
const SAMPLE_INTERVAL_MS = 1_000;
const NO_DELAY: LoopDelay = { p50Ms: 0, p99Ms: 0, maxMs: 0 };
const NO_PAUSES: GcPauses = { pausesCount: 0, totalMs: 0, maxMs: 0 };

export interface HealthPorts extends HealthParts {
  readonly host: NodeHost;
  readonly stack: () => Stack;
  readonly ownTrouble: () => MemberTrouble | undefined;
}

/** Watches how well this node keeps up, and has it say so. */
export class HealthWatch {
  private readonly ports: HealthPorts;
  private isStopped = false;

  constructor(ports: HealthPorts) {
    this.ports = ports;
  }

  start(): void {
    const { stack, voice, watch } = this.ports;
    voice?.begin(stack());
    if (watch === undefined) return;
    watch.start();
    this.sampleLater();
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.ports.voice?.standDown();
    this.ports.watch?.stop();
  }

  report(): NodeHealth {
    const { ownTrouble, stack, voice, watch } = this.ports;
    const trouble = ownTrouble();
    const threaded = voice?.isThreaded === true ? "worker" : "lost";
    return {
      status: trouble === undefined ? "well" : "degraded",
      trouble,
      loop: watch?.delay ?? NO_DELAY,
      gc: watch?.gc ?? NO_PAUSES,
      awarenessScore: stack().swim.awarenessScore,
      responder: voice === undefined ? "main" : threaded,
    };
  }

  metrics(): Readonly<Record<string, number>> {
    const { stack, voice, watch } = this.ports;
    const { delay = NO_DELAY, gc = NO_PAUSES } = watch ?? {};
    return {
      ...voice?.metrics(),
      "health.loopDelayP50Ms": delay.p50Ms,
      "health.loopDelayP99Ms": delay.p99Ms,
      "health.loopDelayMaxMs": delay.maxMs,
      "health.gcPauses": gc.pausesCount,
      "health.gcPauseMaxMs": gc.maxMs,
      "health.gcPauseTotalMs": gc.totalMs,
      "health.degradedMembers": stack().degraded.degradedCount,
    };
  }

  private sampleLater(): void {
    this.ports.host.startTimer(() => {
      if (this.isStopped) return;
      this.sample();
      this.sampleLater();
    }, SAMPLE_INTERVAL_MS);
  }

  private sample(): void {
    const { host, stack, watch } = this.ports;
    if (watch === undefined) return;
    const sample = watch.take();
    host.step(() => stack().degraded.onSample(sample));
  }
}
