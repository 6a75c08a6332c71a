import type { PlumtreeStatistics } from "../../exchange/plumtree/plumtree.contract.ts";
import type { RumorStatistics } from "../../exchange/rumor/rumor.contract.ts";
import type { TopicStatistics } from "../api.ts";

/** What the ways of spreading count of one topic; absent where it is not heard on them. */
export interface SpreadCounts {
  readonly plumtree: PlumtreeStatistics | undefined;
  readonly rumor: RumorStatistics | undefined;
}

export type OwnCounts = Pick<TopicStatistics, "published" | "delivered" | "rejected">;

/** All of it in the words of users. */
export function topicStatistics(own: OwnCounts, spread: SpreadCounts): TopicStatistics {
  const tree = spread.plumtree;
  const rumor = spread.rumor;
  const histogram = tree?.hops ?? [];
  const byTree = histogram.reduce((sum, count) => sum + count, 0);
  const hopsByTree = histogram.reduce((sum, count, hops) => sum + count * hops, 0);
  const news = byTree + (rumor?.newsCount ?? 0);
  return {
    ...own,
    payloadsSent: (tree?.payloadsSentCount ?? 0) + (rumor?.sentCount ?? 0),
    payloadsReceived:
      (tree?.payloadsReceivedCount ?? 0) + (rumor?.newsCount ?? 0) + (rumor?.duplicatesCount ?? 0),
    duplicates: (tree?.duplicatesCount ?? 0) + (rumor?.duplicatesCount ?? 0),
    controlSent:
      (tree?.announcedSentCount ?? 0) + (tree?.graftsSentCount ?? 0) + (tree?.prunesSentCount ?? 0),
    controlReceived:
      (tree?.announcedReceivedCount ?? 0) +
      (tree?.graftsReceivedCount ?? 0) +
      (tree?.prunesReceivedCount ?? 0),
    bytesSent: (tree?.bytesSentCount ?? 0) + (rumor?.sentBytes ?? 0),
    bytesReceived: tree?.bytesReceivedCount ?? 0,
    hops: {
      mean: (hopsByTree + (rumor?.hopsCount ?? 0)) / news,
      max: Math.max(0, histogram.length - 1),
      histogram,
    },
  };
}
