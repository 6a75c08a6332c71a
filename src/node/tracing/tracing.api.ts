import type { PublicDot, TopicMessage } from "../topics/topics.api.ts";

/** Who a span is to those that come after it: W3C trace context, as bytes. */
export interface SpanPlace {
  /** 16 bytes; all zero: there is none. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly spanId: Uint8Array;
  /** 1: it is recorded. */
  readonly flags: number;
}

/** A publish that is under way. */
export interface PublishSpan {
  readonly place: SpanPlace;
  /** The message has its dot. */
  end(dot: PublicDot): void;
  /** It was not published. */
  fail(error: unknown): void;
}

/** What `startNode({ tracing })` takes: `await openTelemetry()`, or one of your own. */
export interface MessageTracing {
  /** A child of what is active where `publish` was called. */
  publish(tag: string): PublishSpan;
  /** A message that came to this node's subscribers; `place` is that of its publish. */
  received(message: TopicMessage<unknown>, place: SpanPlace): void;
}
