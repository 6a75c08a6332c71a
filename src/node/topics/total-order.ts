import type { OrderedLog } from "../ordered-log/ordered-log.api.ts";
import type { PublicDot, WriteResult } from "./topics.api.ts";

/** A topic's message as it stands in the log: the codec's number, and what that wrote. */
export interface TotalMessage {
  readonly dot: PublicDot;
  readonly clock: { readonly ms: number; readonly counter: number };
  readonly codec: number;
  /** Begins with the number of the codec. */
  readonly payload: Uint8Array;
  readonly valueAt: number;
}

const VALUE_AT = 1;

/** Under which the messages of a topic stand in the node's order. */
export function totalLogName(tag: string): string {
  return `topic/${tag}`;
}

/** A topic whose messages are an ordered log: the same order on all nodes. */
export class TotalOrder {
  private readonly log: OrderedLog<Uint8Array, Uint8Array>;

  constructor(log: OrderedLog<Uint8Array, Uint8Array>, hear: (message: TotalMessage) => void) {
    this.log = log;
    log.subscribe(
      ({ clock, dot, value }) => {
        const [codec] = value;
        if (codec !== undefined) hear({ dot, clock, codec, payload: value, valueAt: VALUE_AT });
      },
      // Who subscribes late begins with what comes next, as in any topic.
      { from: "now", onGap: () => {} },
    );
  }

  /** Resolves when it has its place. */
  async publish(codec: number, value: Uint8Array, signal?: AbortSignal): Promise<WriteResult> {
    const bytes = new Uint8Array(VALUE_AT + value.length);
    bytes[0] = codec;
    bytes.set(value, VALUE_AT);
    const { dot, durable } = await this.log.append(bytes, signal && { signal });
    return { dot, durable };
  }
}
