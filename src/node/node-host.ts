import type { Address } from "../core/address.ts";
import type { HostPort } from "../core/host-port.ts";
import type { StackHost } from "../core/stack-host.ts";

/** Timers of the node itself, beside those of its protocols: deadlines of waits, pauses. */
export interface NodeTimers {
  /**
   * Calls `fire` once, in `delayMs` or a little later, outside every step; never once the host has
   * stopped.
   */
  startTimer(fire: () => void, delayMs: number): number;
  /** Of a timer that has fired, or was stopped before: nothing. */
  stopTimer(key: number): void;
}

/**
 * All that a `RunningNode` needs of the world it runs in: a process with sockets and the system's
 * clocks, or a machine of the simulator in virtual time. Nothing else in a node may read a clock,
 * throw dice or wait.
 */
export interface NodeHost extends StackHost, NodeTimers {
  /** Milliseconds, monotonic; only differences mean anything. */
  now(): number;
  /** Whole milliseconds since the epoch; may be set back. */
  wallClock(): number;
  /**
   * Every address that `place` stands for.
   * @throws HearsayError ADDRESS_INVALID
   */
  resolve(place: HostPort): Promise<readonly Address[]>;
  /** What the host did and dropped, by name. */
  readonly counts: { snapshot(): Readonly<Record<string, number>> };
  readonly isStopped: boolean;
  /** Forgets timers and exchanges, sends what is queued, lets go of the address. Idempotent. */
  stop(): Promise<void>;
}

/** Keeps on disk which life of its name a node lives. */
export interface BootKeeper {
  /** Durable on return. @throws HearsayError DATA_DIR */
  write(record: BootRecord): void;
}

/** What a node keeps on disk between its lives. */
export interface BootRecord {
  /** The life being lived; the next one has a larger number. */
  readonly boot: number;
  /** Six hexadecimal digits that make a default name unique. */
  readonly nameSuffix: string;
}
