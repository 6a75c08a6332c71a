import type { MessageTracing, PublishSpan } from "./tracing.api.ts";

const noPlace = { traceId: new Uint8Array(16), spanId: new Uint8Array(8), flags: 0 };

/**
 * Tracing is other people's code: what it throws is told, and holds up no message. A span ends
 * once, with the first word of how.
 */
export function guardedTracing(
  tracing: MessageTracing,
  onError: (where: string, error: unknown) => void,
): MessageTracing {
  const attempt = <T>(where: string, ask: () => T): T | undefined => {
    try {
      return ask();
    } catch (error) {
      onError(where, error);
      return undefined;
    }
  };
  return {
    publish: (tag) => {
      const where = `the tracing of topic ${tag}`;
      const span = attempt(where, () => tracing.publish(tag));
      let isOver = false;
      const finish = (how: (open: PublishSpan) => void): void => {
        if (span === undefined || isOver) return;
        isOver = true;
        attempt(where, () => how(span));
      };
      return {
        place: span?.place ?? noPlace,
        end: (dot) => finish((open) => open.end(dot)),
        fail: (error) => finish((open) => open.fail(error)),
      };
    },
    received: (message, place) => {
      attempt(`the tracing of topic ${message.tag}`, () => tracing.received(message, place));
    },
  };
}
