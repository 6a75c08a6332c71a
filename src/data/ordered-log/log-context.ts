import type { DurableEnv } from "../../core/env.ts";
import type { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { EventStore } from "./event-store.ts";
import type { OrderState } from "./order-state.ts";
import type { LogPeers, LogView, Sha256 } from "./ordered-log.contract.ts";
import type { LogRecord, OrderedLogMessage, OrderedLogTimer } from "./ordered-log.messages.ts";
import type { OrderedLogOptions } from "./ordered-log.options.ts";

export type OrderedLogEnv = DurableEnv<OrderedLogMessage, OrderedLogTimer, LogRecord>;

export interface OrderedLogWiring {
  /** This life of this node: names its events. */
  readonly origin: Origin;
  readonly order: MachineOrder;
  /** Whom new events are told, voters aside, and who may be asked for old ones. */
  readonly view: LogView;
  readonly peers: LogPeers;
  readonly sha256: Sha256;
  readonly counters: Counters;
}

/** What the parts of one ordered log share. */
export interface LogContext extends OrderedLogWiring {
  readonly env: OrderedLogEnv;
  readonly options: OrderedLogOptions;
  readonly state: OrderState;
  readonly store: EventStore;
  count(name: string, by?: number): void;
}

/** What it takes to tell applications a log, and to catch up by snapshots. */
export type TellingContext = Pick<LogContext, "env" | "options" | "sha256" | "count">;

/** A majority of the voters has what `has` says. */
export function hasMajority(voters: readonly PeerId[], has: (peer: PeerId) => boolean): boolean {
  let count = 0;
  for (const voter of voters) if (has(voter)) count += 1;
  return count * 2 > voters.length;
}
