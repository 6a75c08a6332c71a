import type { HealthSample } from "../../peers/degraded/degraded.contract.ts";
import type { SecondVoice } from "../stack/stack.contract.ts";
import type { Stack } from "../stack/stack.ts";

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface GcPauses {
  readonly pausesCount: number;
  readonly totalMs: number;
  readonly maxMs: number;
}

/** Measures the process that a node runs in. */
export interface ProcessWatch {
  start(): void;
  stop(): void;
  /** The worst since the last call, which begins the next stretch. */
  take(): HealthSample;
  /** Of the last full stretch. */
  readonly delay: LoopDelay;
  /** Since the start. */
  readonly gc: GcPauses;
}

/** Somebody who answers for the node while it is busy. */
export interface OtherVoice extends SecondVoice {
  begin(stack: Stack): void;
  /** False once it has ended by itself. */
  readonly isThreaded: boolean;
  metrics(): Readonly<Record<string, number>>;
}

/** What a node has to know, and to have said, of its own health. Either may be absent. */
export interface HealthParts {
  /** Absent in virtual time, where nothing of the process can be measured. */
  readonly watch?: ProcessWatch | undefined;
  /** Absent where the main thread alone answers. */
  readonly voice?: OtherVoice | undefined;
}
