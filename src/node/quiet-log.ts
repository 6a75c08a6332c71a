import type { Logger } from "./api.ts";

/** Shortest time between two lines of the same kind, as in the host. */
const INTERVAL_MS = 1_000;

/** What remote input can provoke. */
export type QuietKind = "conflict" | "callback" | "foreign";

interface Kind {
  reportedAtMs: number;
  /** Since the last line. */
  unreportedCount: number;
}

/**
 * Lines that others can provoke: at most one of each kind a second, with how many it stands for.
 */
export class QuietLog {
  private readonly logger: Logger;
  private readonly now: () => number;
  private readonly kinds = new Map<QuietKind, Kind>();

  constructor(logger: Logger, now: () => number) {
    this.logger = logger;
    this.now = now;
  }

  /** `text` is made only when it is written. */
  write(
    level: "warn" | "error",
    kind: QuietKind,
    text: () => { message: string; fields?: object },
  ): void {
    const entry = this.kinds.get(kind) ?? { reportedAtMs: -INTERVAL_MS, unreportedCount: 0 };
    this.kinds.set(kind, entry);
    entry.unreportedCount += 1;
    const now = this.now();
    if (now - entry.reportedAtMs < INTERVAL_MS) return;
    const count = entry.unreportedCount;
    entry.reportedAtMs = now;
    entry.unreportedCount = 0;
    const { message, fields } = text();
    this.logger[level](message, { ...fields, count });
  }
}
