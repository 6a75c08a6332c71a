/**
 * `hearsay/gossip`: the small facade. A node that knows a few random peers and gossips with them,
 * in ten lines. For clusters, failure detection and replicated state see `hearsay` itself.
 */
export { HearsayError } from "../core/errors.ts";
export { type ClockOrder, compareVectorClocks, type VectorClock } from "../core/vector-clock.ts";
export { type Configured, config, type GossipOptions, type Receive } from "./config.ts";
export { gossipDefaults } from "./gossip.options.ts";
export type { Gossip, SentPacket, ViewedPeer } from "./gossip.ts";
export type { GossipGap, GossipPacket } from "./packet.ts";
export type {
  ConfiguredTotal,
  ReceivedTotalPacket,
  SentTotalPacket,
  TotalGossip,
  TotalOptions,
  TotalPacket,
  TotalReceive,
  TotalSendOptions,
  TotalSnapshots,
} from "./total.api.ts";
