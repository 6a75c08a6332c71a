import type { Env } from "../../core/env.ts";
import type { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import type { FencingToken, LockCodec } from "./locks.messages.ts";

/** "session": this node's own locks; "leases": those of others, when this node leads. */
export interface LockTimer {
  readonly kind: "session" | "leases";
}

/** All that locks need of their host. */
export type LockEnv = Pick<Env<never, LockTimer>, "clearTimer" | "now" | "setTimer">;

/** Why a claim ended without its caller's doing. */
export type ClaimRefusal = "held" | "full";

/** Hears what becomes of this node's claims, each in a step; ids are those of `claim`. */
export interface LockListener {
  onHeld(id: number, token: FencingToken): void;
  onRefused(id: number, reason: ClaimRefusal): void;
  /** It was held and is no more: others may have it soon. */
  onLost(id: number): void;
  /** It is certain that nothing stands in the way of others any more. */
  onReleased(id: number): void;
  /** Something changed about who holds `name`; ask `row`. */
  onRow(name: string): void;
}

export interface LockWiring {
  readonly env: LockEnv;
  readonly order: MachineOrder;
  readonly codec: LockCodec;
  readonly counters: Counters;
  /** This node's name. */
  readonly owner: string;
  /** The number of its life, which grows: what a later one opens ends what was before. */
  readonly life: () => number;
  readonly listener: LockListener;
  /** After `stop`: others need not wait for a lease any more. */
  readonly onClosed?: () => void;
}
