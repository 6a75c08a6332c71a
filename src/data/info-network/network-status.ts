import { decodeUtf8 } from "../../core/text.ts";
import type { Connectivity } from "./info-network.contract.ts";
import { NO_NODE_ID } from "./info-network.messages.ts";
import { CLIENTS_PREFIX, SENTINEL_KEY } from "./own-infos.ts";
import { openPayload } from "./raw-bytes.ts";
import type { StampStore } from "./stamp-store.ts";
import { isNodeId } from "./stamped-info.ts";

/** Edges that are told, at most; nobody reads more, and remote nodes write them. */
const EDGES_MAX_COUNT = 100_000;

/** Who dialled whom, as the nodes themselves say. [infostore §10] */
export function connectivityOf(store: StampStore): Connectivity {
  const edges: { sourceId: number; targetId: number }[] = [];
  for (const { info, key } of store.held()) {
    if (!key.startsWith(CLIENTS_PREFIX)) continue;
    const sourceId = Number(key.slice(CLIENTS_PREFIX.length));
    const reading = openPayload(key, info.rawBytes);
    if (!isNodeId(sourceId) || reading.status !== "ok") continue;
    for (const text of decodeUtf8(reading.payload).split(",")) {
      const targetId = Number(text);
      if (isNodeId(targetId) && edges.length < EDGES_MAX_COUNT) edges.push({ sourceId, targetId });
    }
  }
  edges.sort((a, b) => a.sourceId - b.sourceId || a.targetId - b.targetId);
  return { sentinelNodeId: store.getInfo(SENTINEL_KEY)?.info.nodeId ?? NO_NODE_ID, edges };
}
