import type { InfoRequest, InfoResponse } from "./info-network.messages.ts";

/** Names one stream, for as long as this end knows it. */
export type InfoStreamId = number & { readonly __infoStreamId: unique symbol };

/** Why a stream ends, in the words of gRPC; "ok" when whoever ends it is content. */
export type StreamEnd =
  | "ok"
  | "ALREADY_EXISTS"
  | "FAILED_PRECONDITION"
  | "INVALID_ARGUMENT"
  | "RESOURCE_EXHAUSTED"
  | "UNAVAILABLE";

/**
 * The streams of one node of the info network: gRPC on a real node, connections of the simulator
 * in a scenario. Streams are ordered and reliable until they end. No method calls back; what is
 * sent leaves after the step.
 */
export interface InfoStreams {
  /** Opens a stream to "host:port"; what fails is an `onEnd`, later. */
  dial(address: string): InfoStreamId;
  /** On a stream that this node opened; on one that has ended nothing happens. */
  request(stream: InfoStreamId, request: InfoRequest): void;
  /** On a stream that this node accepted. */
  respond(stream: InfoStreamId, response: InfoResponse): void;
  /** False while the other end reads too slowly: `onWritable` tells when it is true again. */
  isWritable(stream: InfoStreamId): boolean;
  /** Ends a stream after what was sent on it; this end hears nothing of it any more. */
  end(stream: InfoStreamId, why: StreamEnd, detail?: string): void;
}

/** Who hears of streams; each call is one step. */
export interface InfoStreamListener {
  /** Somebody opened a stream to this node. */
  onAccepted(stream: InfoStreamId): void;
  onRequest(stream: InfoStreamId, request: InfoRequest): void;
  onResponse(stream: InfoStreamId, response: InfoResponse): void;
  onWritable(stream: InfoStreamId): void;
  /** The stream has ended, by the other side or for the connection broke; told once. */
  onEnd(stream: InfoStreamId, why: StreamEnd): void;
}
