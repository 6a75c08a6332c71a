import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { Origin } from "../../core/peer.ts";
import type {
  Codec,
  Rejection,
  SubscribeOptions,
  Subscription,
  Topic,
  TopicMessage,
  WriteResult,
} from "../api.ts";
import { callListener, isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import { readerOf } from "./codecs.ts";
import { MessageQueue } from "./subscription.ts";
import { validate } from "./validation.ts";

/** A message as it travels, before a topic has read it. */
export interface TopicRumor {
  readonly origin: Origin;
  readonly seq: number;
  readonly tag: string;
  readonly codec: number;
  readonly payload: Uint8Array;
  readonly clock: { readonly ms: number; readonly counter: number };
}

export interface TopicContent {
  readonly schema: StandardSchemaV1 | undefined;
  readonly codec: Codec;
}

/** What a topic needs of its node. */
export interface TopicPorts {
  /** Takes the bytes into the next flush. @throws HearsayError */
  spread(tag: string, codec: number, payload: Uint8Array): WriteResult["dot"];
  /** A user's callback threw. */
  onCallbackError(where: string, error: unknown): void;
  /** A slow reader lost a message. */
  onDropped(): void;
}

type Sink = (message: TopicMessage<unknown>) => void;

/** What reading a rumour came to. */
export type Reading =
  | { readonly kind: "message"; readonly message: TopicMessage<unknown> }
  | { readonly kind: "rejected"; readonly rejection: Rejection };

/** One tag on one node: its readers, and the schema that everything passes, out and in. */
export class NodeTopic implements Topic<unknown, unknown> {
  readonly tag: string;
  readonly content: TopicContent;
  private readonly ports: TopicPorts;
  private readonly sinks = new Set<Sink>();
  private readonly closers = new Set<() => void>();
  private readonly rejectionListeners = new Set<(rejection: Rejection) => void>();
  private isClosed = false;

  constructor(tag: string, content: TopicContent, ports: TopicPorts) {
    this.tag = tag;
    this.content = content;
    this.ports = ports;
  }

  async publish(value: unknown, options: { signal?: AbortSignal } = {}): Promise<WriteResult> {
    if (options.signal?.aborted) throw new HearsayError("ABORTED", "the signal was aborted");
    this.checkValue(value);
    const { codec } = this.content;
    const dot = this.ports.spread(this.tag, codec.id, this.encode(value));
    return { dot, durable: false };
  }

  subscribe(options?: SubscribeOptions): Subscription<TopicMessage<unknown>>;
  subscribe(
    listener: (message: TopicMessage<unknown>) => void,
    options?: SubscribeOptions,
  ): Subscription<never>;
  subscribe(
    first?: SubscribeOptions | ((message: TopicMessage<unknown>) => void),
    second?: SubscribeOptions,
  ): Subscription<TopicMessage<unknown>> | Subscription<never> {
    if (typeof first === "function") return this.call(first, second ?? {});
    return readTogether([this], first ?? {}, this.ports);
  }

  onRejected(listener: (rejection: Rejection) => void): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own = (rejection: Rejection): void => listener(rejection);
    this.rejectionListeners.add(own);
    return () => this.rejectionListeners.delete(own);
  }

  /** `onEnd` is called when the node stops; at once when it has. */
  attach(sink: Sink, onEnd: () => void): () => void {
    if (this.isClosed) {
      onEnd();
      return () => {};
    }
    this.sinks.add(sink);
    this.closers.add(onEnd);
    return () => {
      this.sinks.delete(sink);
      this.closers.delete(onEnd);
    };
  }

  /** Decodes and validates; never throws. */
  read(rumor: TopicRumor, from: string): Reading {
    const { origin, seq, tag, clock } = rumor;
    const reject = (reason: Rejection["reason"], detail: string): Reading => ({
      kind: "rejected",
      rejection: { tag, from, reason, detail },
    });
    const reader = readerOf(rumor.codec, this.content.codec);
    if (reader === undefined) return reject("codec", `nothing here reads codec ${rumor.codec}`);
    let value: unknown;
    try {
      value = reader.decode(rumor.payload);
    } catch (error) {
      return reject("codec", `${reader.name}: ${errorText(error)}`);
    }
    if (isThenable(value)) {
      value.then(undefined, () => {});
      return reject("codec", `${reader.name}: decode returned a promise`);
    }
    const validation = validate(this.content.schema, value);
    if (validation.kind === "invalid") return reject("schema", validation.detail);
    if (validation.kind === "async") return reject("schema", "the schema returned a promise");
    const { value: accepted } = validation;
    const dot = { origin, seq };
    return { kind: "message", message: { tag, value: accepted, from, dot, clock } };
  }

  deliver(message: TopicMessage<unknown>): void {
    for (const sink of [...this.sinks]) sink(message);
  }

  tellRejected(rejection: Rejection): void {
    const onError = (error: unknown) =>
      this.ports.onCallbackError(`onRejected of topic ${this.tag}`, error);
    for (const listener of [...this.rejectionListeners]) callListener(listener, rejection, onError);
  }

  close(): void {
    this.isClosed = true;
    for (const closer of [...this.closers]) closer();
    this.sinks.clear();
    this.rejectionListeners.clear();
  }

  private call(
    listener: (message: TopicMessage<unknown>) => void,
    options: SubscribeOptions,
  ): Subscription<never> {
    const { signal } = options;
    let detach = (): void => {};
    // Only the closing and the signal of a queue are used: a callback keeps nothing waiting.
    const handle = new MessageQueue<never>({
      ...(signal && { signal }),
      onClosed: () => detach(),
    });
    const sink = (message: TopicMessage<unknown>) => callListener(listener, message, onError);
    const onError = (error: unknown) =>
      this.ports.onCallbackError(`a subscriber of topic ${this.tag}`, error);
    if (!handle.isClosed) detach = this.attach(sink, () => handle.close());
    return handle;
  }

  private checkValue(value: unknown): void {
    const validation = validate(this.content.schema, value);
    if (validation.kind === "valid") return;
    const topic = `topic ${JSON.stringify(this.tag)}`;
    if (validation.kind === "invalid") {
      throw new HearsayError("SCHEMA_INVALID", `${topic}: ${validation.detail}`);
    }
    const detail = `the schema of ${topic} returned a promise; use a synchronous one`;
    throw new HearsayError("SCHEMA_ASYNC", detail);
  }

  private encode(value: unknown): Uint8Array {
    const { codec } = this.content;
    try {
      const bytes: unknown = codec.encode(value);
      if (bytes instanceof Uint8Array) return bytes;
      if (isThenable(bytes)) bytes.then(undefined, () => {});
      throw new TypeError("its encode returned no Uint8Array");
    } catch (error) {
      const detail = `${codec.name} cannot write this value: ${errorText(error)}`;
      throw new HearsayError("CODEC_FAILED", detail, { cause: error });
    }
  }
}

/** One queue over several topics. */
export function readTogether(
  topics: readonly NodeTopic[],
  options: SubscribeOptions,
  ports: Pick<TopicPorts, "onDropped">,
): Subscription<TopicMessage<unknown>> {
  const detachers: (() => void)[] = [];
  const queue = new MessageQueue<TopicMessage<unknown>>({
    ...options,
    onClosed: () => {
      for (const detach of detachers.splice(0)) detach();
    },
    onDropped: () => ports.onDropped(),
  });
  if (queue.isClosed) return queue;
  for (const topic of new Set(topics)) {
    const sink = (message: TopicMessage<unknown>) => queue.push(message);
    detachers.push(topic.attach(sink, () => queue.close()));
  }
  return queue;
}
