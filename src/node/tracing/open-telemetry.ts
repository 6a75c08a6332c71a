/** A publish is one trace across nodes, by OpenTelemetry. */
import type { Span, SpanContext } from "@opentelemetry/api";
import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";
import type { PublicDot, TopicMessage } from "../topics/topics.api.ts";
import type { MessageTracing, PublishSpan, SpanPlace } from "./tracing.api.ts";

/** What this package uses of it. */
export type OpenTelemetryApi = typeof import("@opentelemetry/api");

const FIX = "tracing needs the package @opentelemetry/api: npm install @opentelemetry/api";
const NO_TRACE = /^0+$/;

/**
 * For `startNode({ tracing: await openTelemetry() })`. Spans go to whatever provider the program
 * has registered; without one nothing is recorded.
 * @throws HearsayError PACKAGE_MISSING
 */
export async function openTelemetry(
  load?: () => Promise<OpenTelemetryApi>,
): Promise<MessageTracing> {
  try {
    // Within a try, for bundlers take it for optional there.
    const api = load === undefined ? await import("@opentelemetry/api") : await load();
    return new OpenTelemetryTracing(api);
  } catch (error) {
    throw new HearsayError("PACKAGE_MISSING", `${FIX} (${errorText(error)})`, { cause: error });
  }
}

/** Names of attributes are those of the semantic conventions for messaging. */
class OpenTelemetryTracing implements MessageTracing {
  private readonly api: OpenTelemetryApi;

  constructor(api: OpenTelemetryApi) {
    this.api = api;
  }

  publish(tag: string): PublishSpan {
    const { SpanKind, SpanStatusCode } = this.api;
    const attributes = { ...attributesOf(tag), "messaging.operation.type": "send" };
    const span = this.tracer.startSpan(`send ${tag}`, { kind: SpanKind.PRODUCER, attributes });
    return {
      place: placeOf(span.spanContext()),
      end: (dot) => {
        span.setAttribute("messaging.message.id", messageId(dot));
        span.end();
      },
      fail: (error) => {
        span.setStatus({ code: SpanStatusCode.ERROR, message: errorText(error) });
        span.end();
      },
    };
  }

  received({ dot, from, tag }: TopicMessage<unknown>, place: SpanPlace): void {
    const traceId = hex(place.traceId);
    const spanId = hex(place.spanId);
    if (NO_TRACE.test(traceId) || NO_TRACE.test(spanId)) return;
    const { ROOT_CONTEXT, SpanKind, trace } = this.api;
    const parent = { traceId, spanId, traceFlags: place.flags, isRemote: true };
    const attributes = {
      ...attributesOf(tag),
      "messaging.operation.type": "receive",
      "messaging.message.id": messageId(dot),
      "hearsay.from": from,
    };
    const options = { kind: SpanKind.CONSUMER, attributes };
    const span: Span = this.tracer.startSpan(
      `receive ${tag}`,
      options,
      trace.setSpanContext(ROOT_CONTEXT, parent),
    );
    span.end();
  }

  /** Asked for each time: a provider may be registered after the node was started. */
  private get tracer() {
    return this.api.trace.getTracer("hearsay");
  }
}

function attributesOf(tag: string) {
  return { "messaging.system": "hearsay", "messaging.destination.name": tag };
}

function messageId({ origin, seq }: PublicDot): string {
  return `${origin}:${seq}`;
}

function placeOf({ spanId, traceFlags, traceId }: SpanContext): SpanPlace {
  return { traceId: unhex(traceId), spanId: unhex(spanId), flags: traceFlags };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}
