import { Counters } from "../core/metrics.ts";
import type { MachineOrder } from "../core/ordered-machine.ts";
import type { OrdererMembers, OrdererStatus, OrderRequest } from "../core/orderer.ts";
import { makeOrigin, peerId } from "../core/peer.ts";
import { type EventName, encodeEvent } from "../data/ordered-log/event.ts";
import { encodeCommand } from "../data/ordered-log/order-command.ts";
import type {
  LogRecord,
  OrderedLogMessage,
  OrderedLogTimer,
} from "../data/ordered-log/ordered-log.messages.ts";
import {
  type OrderedLogOptions,
  orderedLogOptions,
} from "../data/ordered-log/ordered-log.options.ts";
import { OrderedLog } from "../data/ordered-log/ordered-log.ts";
import { simHash } from "../sim/ordered-log/sim-hash.ts";
import { RecordingDurableEnv } from "./recording-env.ts";

/** The node itself, and the one voter. */
export const [a, b] = [peerId("a"), peerId("b")];
/** A life of `b`. */
export const origin = makeOrigin("b", 1);

export function eventOf(seq: number, bytesCount: number, of = origin): Uint8Array {
  const data = new Uint8Array(bytesCount);
  return encodeEvent({ dot: { origin: of, seq }, hlc: { ms: 1, counter: 0 }, needs: [], data });
}

/** Of the beginning alone: what is hashed here is long. */
export function shortHash(bytes: Uint8Array): Uint8Array {
  return simHash(bytes.subarray(0, 64));
}

/** One of `eventOf`. */
export function nameOf(seq: number, encoded: Uint8Array): EventName {
  return { dot: { origin, seq }, hash: shortHash(encoded) };
}

/** The command that gives these their places. */
export function batchOf(...names: readonly EventName[]): Uint8Array {
  const entries = names.map((name) => ({ ...name, needs: [] }));
  return encodeCommand({ kind: "batch", entries });
}

/** A log on node "a", alone with a test that speaks for the order and all others. */
export function logOf(
  leader = b,
  numbers: Partial<OrderedLogOptions> = { snapshotAfterCount: 1 },
  keeps: "asks" | "asked nothing" = "asked nothing",
) {
  const env = new RecordingDurableEnv<OrderedLogMessage, OrderedLogTimer, LogRecord>({ self: "a" });
  const order: MachineOrder & { status: OrdererStatus; members: OrdererMembers } = {
    status: { state: "running", leader, term: 1, isLeader: leader === a },
    members: { voters: [b], learners: [a] },
    propose: () => 1 as OrderRequest,
    read: () => 1 as OrderRequest,
    reconsider: keeps === "asks" ? () => {} : undefined,
  };
  const log = new OrderedLog(
    env,
    {
      ...{ order, counters: new Counters(), origin: makeOrigin("a", 1), sha256: shortHash },
      view: { size: 0, sample: () => 0 },
      peers: { peerOf: () => b, isGone: () => false },
    },
    orderedLogOptions(numbers),
  );
  return { env, log, order };
}
