import type { Env } from "../../core/env.ts";
import type {
  Connectivity,
  HeldInfo,
  InfoNetworkIdentity,
  InfoNetworkListener,
  InfoNetworkStatus,
  InfoNetworkTimer,
  InfoNetworkWiring,
  InfoReading,
  SetOutcome,
  WatchWish,
} from "./info-network.contract.ts";
import type { InfoRequest, InfoResponse } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import type { InfoStreamId, InfoStreamListener, StreamEnd } from "./info-streams.contract.ts";

export interface InfoNetworkHost {
  readonly env: Env<never, InfoNetworkTimer>;
  readonly wiring: InfoNetworkWiring;
}

const NOT_YET = "the info network is being built";

/** A node's part in the info network. [spec infostore] */
export class InfoNetwork implements InfoStreamListener {
  readonly options: InfoNetworkOptions;

  constructor(_host: InfoNetworkHost, _identity: InfoNetworkIdentity, options: InfoNetworkOptions) {
    this.options = options;
  }

  start(): void {
    throw new Error(NOT_YET);
  }
  stop(): void {
    throw new Error(NOT_YET);
  }
  onTimer(_timer: InfoNetworkTimer): void {
    throw new Error(NOT_YET);
  }

  /** Who hears of the network itself. */
  subscribe(_listener: InfoNetworkListener): void {
    throw new Error(NOT_YET);
  }
  /** Once, where the node began without an id. */
  setNodeId(_nodeId: number): void {
    throw new Error(NOT_YET);
  }
  /**
   * From now on this node says that the network is whole, and publishes the cluster id where it is
   * missing. One node of a network does; its host decides which.
   */
  holdSentinel(): void {
    throw new Error(NOT_YET);
  }
  /** Another node says so from now on; the sentinel lives on for what is left of its time. */
  releaseSentinel(): void {
    throw new Error(NOT_YET);
  }

  /** @param ttlMs 0: for ever. Call in a step. */
  set(_key: string, _payload: Uint8Array, _ttlMs: number): SetOutcome {
    throw new Error(NOT_YET);
  }
  /** Undefined when there was nothing to delete. Call in a step. */
  delete(_key: string): SetOutcome | undefined {
    throw new Error(NOT_YET);
  }
  /** With its checksum verified. */
  read(_key: string): InfoReading {
    throw new Error(NOT_YET);
  }
  /** What has a value now, keys of the network among it. */
  held(): Iterable<HeldInfo> {
    throw new Error(NOT_YET);
  }
  /** Each key that was stored since, deleted ones too, by position. */
  heldSince(_position: number): Iterable<HeldInfo> {
    throw new Error(NOT_YET);
  }
  /** Position of what was stored last; 0 of nothing. */
  get lastPosition(): number {
    throw new Error(NOT_YET);
  }
  /** @returns what ends it; one more notice may come. */
  watch(_wish: WatchWish): () => void {
    throw new Error(NOT_YET);
  }
  status(): InfoNetworkStatus {
    throw new Error(NOT_YET);
  }
  connectivity(): Connectivity {
    throw new Error(NOT_YET);
  }

  onAccepted(_stream: InfoStreamId): void {
    throw new Error(NOT_YET);
  }
  onRequest(_stream: InfoStreamId, _request: InfoRequest): void {
    throw new Error(NOT_YET);
  }
  onResponse(_stream: InfoStreamId, _response: InfoResponse): void {
    throw new Error(NOT_YET);
  }
  onWritable(_stream: InfoStreamId): void {
    throw new Error(NOT_YET);
  }
  onEnd(_stream: InfoStreamId, _why: StreamEnd): void {
    throw new Error(NOT_YET);
  }
}
