import { HearsayError } from "../core/errors.ts";
import type { NodeOptions } from "../node/api.ts";
import { raft } from "../node/orderer/raft-choice.ts";
import { startNode } from "../node/start-node.ts";
import type { ReceivedTotalPacket, TotalOptions } from "./total.api.ts";
import { type OpenTotal, OrderedGossip } from "./total-gossip.ts";
import { totalPacketFrom } from "./total-packet.ts";
import { receiveTotal } from "./total-receive.ts";

/** The ordered log that packets stand in. */
const LOG = "gossip";
/** What packets come to, in that log. */
const STATE = "snapshots";
const RECEIVE_MAX_COUNT = 1_000;
/** [because: an election, and some of its retries] */
const TIMEOUT_MS = 10_000;
const NAMES = [
  ...["advertise", "dataDir", "keys", "logger", "mode", "orderedLog", "raft", "receiveMaxCount"],
  ...["snapshots", "timeoutMs", "transport", "voters"],
];

type AnyOptions = TotalOptions<unknown, unknown>;

export interface AnyTotal {
  readonly gossip: OrderedGossip;
  readonly receive: AsyncIterable<ReceivedTotalPacket>;
}

/** A node with an order by Raft, behind the small facade. @throws HearsayError CONFIG_OPTION */
export function configTotal(bind: string, id: string, options: AnyOptions): AnyTotal {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    const known = `Known with mode "total": ${NAMES.join(", ")}.`;
    throw new HearsayError("CONFIG_OPTION", `${unknown} is no option of gossip. ${known}`);
  }
  const opening = open(nodeOptions(bind, id, options), options);
  // Whoever asks for something hears why there is nothing.
  opening.catch(() => undefined);
  const { receiveMaxCount: queueMax = RECEIVE_MAX_COUNT, snapshots } = options;
  const { timeoutMs = TIMEOUT_MS } = options;
  const gossip = new OrderedGossip({ id, opening, initial: snapshots?.initial, timeoutMs });
  const receive = {
    async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedTotalPacket, void> {
      const { log, state } = await opening;
      if (gossip.isStopped) return;
      const onSnapshot =
        snapshots?.onSnapshot &&
        ((value: unknown, index: number) => snapshots.onSnapshot?.(value, index));
      yield* receiveTotal({ id, log, state, onSnapshot, queueMax });
    },
  };
  return { gossip, receive };
}

function nodeOptions(bind: string, id: string, options: AnyOptions): NodeOptions {
  const { advertise, dataDir, keys, logger, raft: numbers, transport, voters } = options;
  const storage = dataDir === undefined ? "memory" : "disk";
  return {
    name: id,
    bind,
    orderer: raft({ voters, storage, ...(numbers && { options: numbers }) }),
    ...(advertise !== undefined && { advertise }),
    ...(dataDir !== undefined && { dataDir }),
    ...(keys && { keys }),
    ...(logger && { logger }),
    ...(transport && { transport }),
  };
}

async function open(given: NodeOptions, options: AnyOptions): Promise<OpenTotal> {
  const { orderedLog: numbers, snapshots } = options;
  const node = await startNode(given);
  try {
    const log = node.orderedLog(LOG, numbers && { numbers });
    const state =
      snapshots &&
      log.fold<unknown>(STATE, {
        initial: snapshots.initial,
        apply: (before, entry) => snapshots.apply(before, totalPacketFrom(entry)),
      });
    return { node, log, state };
  } catch (error) {
    await node.stop();
    throw error;
  }
}
