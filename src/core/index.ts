/** The ground everything stands on: `hearsay/core`. */
export { type Address, addressKey } from "./address.ts";
export { AssertionError, assert, unreachable } from "./assert.ts";
export { BoundedMap } from "./collections/bounded-map.ts";
export { BoundedQueue, type OfferOutcome, type QueuePolicy } from "./collections/bounded-queue.ts";
export { ExpiringMap } from "./collections/expiring-map.ts";
export { RandomSet } from "./collections/random-set.ts";
export { RingBuffer } from "./collections/ring-buffer.ts";
export {
  TransmitQueue,
  type TransmitRound,
  type Transmittable,
} from "./collections/transmit-queue.ts";
export type {
  ConnectionDoor,
  ConnectionHost,
  ConnectionId,
  ConnectionListener,
} from "./connections.ts";
export { type Dot, dotKey, isSameDot } from "./dot.ts";
export { type DotRange, DotSet, type ReadonlyDotSet } from "./dot-set.ts";
export { decodeDotSet, encodeDotSet } from "./dot-set-bytes.ts";
export type {
  DurableEnv,
  Env,
  ExchangeId,
  JournalPosition,
  LinkEnv,
  StreamEnv,
  TimerId,
} from "./env.ts";
export { type ErrorCode, errorCodes, HearsayError } from "./errors.ts";
export {
  compareHybridTimes,
  HybridClock,
  type HybridTime,
  type WallClock,
} from "./hybrid-clock.ts";
export { LamportClock } from "./lamport-clock.ts";
export { Counter, Counters, Histogram } from "./metrics.ts";
export {
  type GivenOptions,
  type OneOf,
  type OptionsCheck,
  type OptionsOf,
  oneOf,
  resolveOptions,
} from "./options.ts";
export type {
  OrderedCommand,
  Orderer,
  OrdererChange,
  OrdererListener,
  OrdererMembers,
  OrdererRefusal,
  OrdererStatus,
  OrderGuard,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "./orderer.ts";
export { makeOrigin, type Origin, type PeerId, parseOrigin, peerId } from "./peer.ts";
export type {
  DurableProtocol,
  DurableRecord,
  ExchangeFailure,
  ExchangeOutcome,
  LinkProtocol,
  Protocol,
  StreamProtocol,
} from "./protocol.ts";
export { Random, type RandomState } from "./random.ts";
export type { StackHost } from "./stack-host.ts";
export {
  type ClockOrder,
  compareVectorClocks,
  incrementVectorClock,
  mergeVectorClocks,
  type VectorClock,
} from "./vector-clock.ts";
