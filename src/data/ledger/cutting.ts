import type { Env, TimerId } from "../../core/env.ts";
import type { LedgerTime } from "./ledger.contract.ts";
import type { LedgerMessage, LedgerTimer } from "./ledger.messages.ts";
import type { LedgerOptions } from "./ledger.options.ts";
import { encodeNote } from "./notes.ts";
import { ledgerTime } from "./order-intake.ts";

export interface CuttingPorts {
  readonly env: Env<LedgerMessage, LedgerTimer>;
  readonly options: LedgerOptions;
  isLeader(): boolean;
  note(bytes: Uint8Array): void;
}

interface Pending {
  /** Blocks that were cut and are not final. */
  readonly underWayCount: number;
  readonly count: number;
  readonly bytesCount: number;
  readonly upTo: number;
}

/** Others cut when the leader has not for so many intervals: it may have no such ledger. [guess] */
const PATIENCE_INTERVALS = 3;

/**
 * Says where blocks end. The leader does; a cut that is proposed twice, or by two, ends the same
 * block. With no block under way it is cut at once, for a timer is a most delay. [spec §2]
 */
export class Cutting {
  private readonly ports: CuttingPorts;
  private cutAtMs = Number.NEGATIVE_INFINITY;
  private sinceMs: number | undefined;
  private askedUpTo = 0;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private timer: TimerId | undefined;

  constructor(ports: CuttingPorts) {
    this.ports = ports;
  }

  /** A block was cut. */
  onCut(): void {
    this.cutAtMs = this.ports.env.now();
    this.sinceMs = undefined;
  }

  onTimer(pending: Pending): void {
    this.timer = undefined;
    this.consider(pending);
  }

  /** Cuts if it is time to; looks again when it may be. */
  consider({ bytesCount, count, underWayCount, upTo }: Pending): void {
    if (count === 0) {
      this.sinceMs = undefined;
      return;
    }
    const { env, options } = this.ports;
    const nowMs = env.now();
    this.sinceMs ??= nowMs;
    const { blockCutBytes, blockCutCount, blockIntervalMs, blockPauseMs, roundMs } = options;
    const patienceMs = this.ports.isLeader() ? 0 : PATIENCE_INTERVALS * blockIntervalMs;
    const isFull = count >= blockCutCount || bytesCount >= blockCutBytes;
    const betweenMs = underWayCount === 0 ? blockPauseMs : blockIntervalMs;
    const dueMs = isFull ? this.sinceMs : Math.max(this.sinceMs, this.cutAtMs + betweenMs);
    const isAsked = this.askedUpTo >= upTo && nowMs - this.askedAtMs < PATIENCE_INTERVALS * roundMs;
    const isBusy = this.askedAtMs > this.cutAtMs && nowMs - this.askedAtMs < roundMs;
    if (nowMs >= dueMs + patienceMs && !isAsked && !isBusy) return this.ask(upTo, nowMs);
    const waitMs = isAsked || isBusy ? roundMs : Math.max(1, dueMs + patienceMs - nowMs);
    // The block under way may be final sooner: then it is considered anew.
    if (this.timer !== undefined) env.clearTimer(this.timer);
    this.timer = env.setTimer("cut", waitMs);
  }

  private ask(upTo: number, nowMs: number): void {
    this.askedUpTo = upTo;
    this.askedAtMs = nowMs;
    const time: LedgerTime = ledgerTime(this.ports.env.wallClock(), 0);
    this.ports.note(encodeNote({ kind: "cut", upTo, time }));
  }
}
