import type { HeartbeatOptions } from "./heartbeat.options.ts";

/** What there is to tell of a cluster at any moment. */
export interface ClusterSize {
  membersCount(): number;
  /** Of a usual name and its beat. */
  readonly entryBytes: number;
}

/**
 * How often a message speaks of a member: a list that is larger than a message goes in parts, and
 * each has its turn after as many messages. No more often than the heart beats.
 */
export function newsIntervalMs(cluster: ClusterSize, options: HeartbeatOptions): number {
  const { fanoutCount, messageMaxBytes, roundIntervalMs, spread } = options;
  if (spread === "neighbours") return roundIntervalMs;
  const partsCount = Math.max(1, (cluster.membersCount() * cluster.entryBytes) / messageMaxBytes);
  return (roundIntervalMs * partsCount) / fanoutCount;
}
