/**
 * What the demonstration and its node processes tell each other:
 *
 *     demo                       node process
 *      │ ◀── listening ──────────── │   once
 *      │ ─── join ────────────────▶ │
 *      │ ◀── statuses ───────────── │   after every change
 *      │ ─── publish ─────────────▶ │   to one of them
 *      │ ◀── published, arrived ─── │   arrived: from each
 *      │ ─── stop ────────────────▶ │
 *
 * `at` is a time that all processes of one machine share: see `sharedNow`.
 */
import type { MemberStatus } from "../../agent/admin.messages.ts";

export interface DemoNodeSetup {
  readonly name: string;
  /** Address of an admin API for this node, when it shall have one. */
  readonly admin?: string;
}

export type Order =
  | { readonly kind: "join"; readonly address: string }
  | { readonly kind: "publish"; readonly text: string }
  | { readonly kind: "stop" };

export type Statuses = Readonly<Record<string, MemberStatus>>;

export type Report =
  | { readonly kind: "listening"; readonly address: string; readonly adminUrl?: string }
  | { readonly kind: "statuses"; readonly at: number; readonly statuses: Statuses }
  | { readonly kind: "published"; readonly at: number }
  | { readonly kind: "arrived"; readonly at: number; readonly text: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export const rumourTopic = "rumour";

/**
 * Milliseconds with fractions on the wall clock of this machine, which all its processes share.
 * (Each process adds its own monotonic clock to the wall clock at its start, so a clock that is
 * set during the demonstration would shift them against each other.)
 */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}
