/** What the routes of the order and its logs answer. */
import type { OrderLogStatus, OrderStatus } from "../../node/api.ts";

export type { OrderStatus };

/** `GET /v1/order`. */
export interface OrderAnswer extends OrderStatus {
  /** Absent where the engine keeps no log on this node. */
  readonly log?: OrderLogStatus;
}

/** `GET /v1/order/logs` and `GET /v1/ledgers`: what the whole group has, by name. */
export interface OrderedNamesAnswer {
  readonly names: readonly string[];
}

/** An entry of an ordered log: the same on all nodes. */
export interface OrderedEntryAnswer {
  readonly index: number;
  readonly place: number;
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly from: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly clock: { readonly ms: number; readonly counter: number };
  /** By origin, how many of its entries came before, causally, or are this one. */
  readonly vectorClock: Readonly<Record<string, number>>;
}

/** `GET /v1/order/logs/:log?from=INDEX&waitMs=…`. */
export interface OrderedLogAnswer {
  readonly log: string;
  /** "behind": no leader answered, and there may be entries that this agent does not know. */
  readonly status: "ok" | "behind";
  readonly entries: readonly OrderedEntryAnswer[];
  /** Index of the next entry, from which to go on. */
  readonly next: number;
  /** Index of the last entry that this agent knows to be ordered. */
  readonly ordered: number;
}

/** `POST /v1/order/logs/:log`. */
export interface OrderedAppendAnswer {
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly durable: boolean;
  /** Absent where `wait` ends before it is known. */
  readonly index?: number;
}
