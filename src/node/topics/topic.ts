import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import type { HistoryOptions } from "../../data/history/history.options.ts";
import type { RumorVerdict } from "../../exchange/broadcast/broadcast.contract.ts";
import type { Publication } from "../../exchange/broadcast/broadcast.ts";
import type {
  Codec,
  Gap,
  Rejection,
  SubscribeOptions,
  Subscription,
  Topic,
  TopicMessage,
  TopicStatistics,
  Via,
  WriteResult,
} from "../api.ts";
import { callListener, isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { readerOf } from "./codecs.ts";
import { SpreadReplica } from "./spread-replica.ts";
import { MessageQueue } from "./subscription.ts";
import type { HistoryReader, PastPicture, TopicHistory } from "./topic-history.ts";
import { type SpreadCounts, topicStatistics } from "./topic-statistics.ts";
import { validate } from "./validation.ts";

/** A message as it travels, before a topic has read it. */
export interface TopicRumor {
  readonly origin: Origin;
  readonly seq: number;
  readonly tag: string;
  readonly codec: number;
  readonly payload: Uint8Array;
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Its number in the topic's history, where its publisher keeps one. */
  readonly historySeq?: number;
}

export interface TopicContent {
  readonly schema: StandardSchemaV1 | undefined;
  readonly codec: Codec;
  /** Absent where no past is kept. */
  readonly history?: HistoryOptions | undefined;
  readonly via: Via;
  readonly order: "none" | "fifo";
  /** Default: the node's. */
  readonly orderWaitMs?: number | undefined;
}

export type TopicOrder = Pick<TopicContent, "order" | "orderWaitMs">;

/** What a topic needs of its node. */
export interface TopicPorts {
  /** Takes the bytes into the next flush. @throws HearsayError */
  spread(publication: Publication): WriteResult["dot"];
  /**
   * From now on the topic of this tag also spreads this way, with what `replica` keeps of it.
   */
  enrol(way: SpreadWay, tag: string, replica: SpreadReplica): void;
  /** Runs `write` in a step, in the name of this life. @throws HearsayError NODE_STOPPED */
  inStep<R>(write: (clock: TopicMessage<unknown>["clock"]) => R): R;
  /** What the ways of spreading count of the topic of this tag. */
  spreadCounts(tag: string): SpreadCounts;
  /** Makes or restores the past of a topic. */
  openHistory(reader: HistoryReader, options: HistoryOptions, order: TopicOrder): TopicHistory;
  /** Makes what a topic without a past, or a message that is not for it, is remembered in. */
  openRecent(reader: HistoryReader, order: TopicOrder): TopicHistory;
  /** Runs `body` when the step has ended: users hear of messages last. */
  afterStep(body: () => void): void;
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
  /** Absent where no past is kept. */
  readonly past: TopicHistory | undefined;
  private readonly ports: TopicPorts;
  private readonly sinks = new Set<Sink>();
  private readonly closers = new Set<() => void>();
  private readonly rejectionListeners = new Set<(rejection: Rejection) => void>();
  private readonly gapListeners = new Set<(gap: Gap) => void>();
  /** Ways of spreading that this topic is heard on beside broadcasts. */
  private readonly spreads = new Map<SpreadWay, SpreadReplica>();
  /** What came along them, where no past is kept. */
  private recent: TopicHistory | undefined;
  /** What came by broadcast and is not kept, where there is an order to keep. */
  private aside: TopicHistory | undefined;
  private readonly counts = { published: 0, delivered: 0, rejected: 0 };
  private isClosed = false;

  constructor(tag: string, content: TopicContent, ports: TopicPorts) {
    this.tag = tag;
    this.content = content;
    this.ports = ports;
    const { history } = content;
    this.past = history && ports.openHistory(this, history, content);
    if (content.via !== "piggyback") this.join(content.via);
  }

  /** From now on also hears what others spread this way. */
  join(way: SpreadWay): void {
    if (this.spreads.has(way)) return;
    const replica = new SpreadReplica(this.kept());
    this.spreads.set(way, replica);
    this.ports.enrol(way, this.tag, replica);
  }

  async publish(value: unknown, options: { signal?: AbortSignal } = {}): Promise<WriteResult> {
    if (options.signal?.aborted) throw new HearsayError("ABORTED", "the signal was aborted");
    this.checkValue(value);
    const payload = this.encode(value);
    const { past } = this;
    const { via } = this.content;
    const dot = via === "piggyback" ? this.broadcast(payload) : this.spread(via, payload);
    this.counts.published += 1;
    return { dot, durable: past === undefined ? false : await past.durable(dot) };
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

  /** Judges a message before it is passed on, and delivers it when the step has ended. */
  hear(rumor: TopicRumor): RumorVerdict {
    if (this.past !== undefined && rumor.historySeq !== undefined) return this.past.hear(rumor);
    if (this.content.order === "fifo") {
      this.aside ??= this.ports.openRecent(this, this.content);
      return this.aside.hear(rumor);
    }
    const from = parseOrigin(rumor.origin)?.name ?? rumor.origin;
    const reading = this.read(rumor, from);
    if (reading.kind === "rejected") {
      this.ports.afterStep(() => this.tellRejected(reading.rejection));
      return "rejected";
    }
    this.ports.afterStep(() => this.deliver(reading.message));
    return "accepted";
  }

  /** Decodes and validates; never throws. */
  read(rumor: TopicRumor, from: string): Reading {
    const { origin, tag, clock } = rumor;
    const seq = rumor.historySeq ?? rumor.seq;
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

  statistics(): TopicStatistics {
    return topicStatistics(this.counts, this.ports.spreadCounts(this.tag));
  }

  deliver(message: TopicMessage<unknown>): void {
    this.counts.delivered += 1;
    for (const sink of [...this.sinks]) sink(message);
  }

  tellRejected(rejection: Rejection): void {
    this.counts.rejected += 1;
    const onError = (error: unknown) =>
      this.ports.onCallbackError(`onRejected of topic ${this.tag}`, error);
    for (const listener of [...this.rejectionListeners]) callListener(listener, rejection, onError);
  }

  tellGap(gap: Gap): void {
    const onError = (error: unknown) =>
      this.ports.onCallbackError(`onGap of topic ${this.tag}`, error);
    for (const listener of [...this.gapListeners]) callListener(listener, gap, onError);
  }

  /** Tells of gaps from now on, until the function it returns is called. */
  attachGaps(listener: ((gap: Gap) => void) | undefined): () => void {
    if (listener === undefined) return () => {};
    // A wrapper of its own, so that one function may listen twice.
    const own = (gap: Gap): void => listener(gap);
    this.gapListeners.add(own);
    return () => this.gapListeners.delete(own);
  }

  /** The past, for a subscription that begins there. @throws HearsayError CONFIG_OPTION */
  pastFor({ from = "now" }: SubscribeOptions): PastPicture | undefined {
    if (from === "now") return undefined;
    const topic = `topic ${JSON.stringify(this.tag)}`;
    if (from !== "start") {
      throw new HearsayError(
        "CONFIG_OPTION",
        `${topic}: from is "now" or "start", not ${String(from)}.`,
      );
    }
    const picture = this.past?.picture();
    if (picture !== undefined) return picture;
    const fix = "open it with history: {} to keep its past";
    throw new HearsayError("CONFIG_OPTION", `${topic} has no start to read from; ${fix}.`);
  }

  close(): void {
    this.isClosed = true;
    for (const closer of [...this.closers]) closer();
    this.sinks.clear();
    this.rejectionListeners.clear();
    this.gapListeners.clear();
  }

  private call(
    listener: (message: TopicMessage<unknown>) => void,
    options: SubscribeOptions,
  ): Subscription<never> {
    const { onGap, signal } = options;
    const detachers: (() => void)[] = [];
    const picture = this.pastFor(options);
    // Only the closing and the signal of a queue are used: a callback keeps nothing waiting.
    const handle = new MessageQueue<never>({
      ...(signal && { signal }),
      onClosed: () => endAll(detachers),
    });
    const onError = (error: unknown) =>
      this.ports.onCallbackError(`a subscriber of topic ${this.tag}`, error);
    const sink = (message: TopicMessage<unknown>) => {
      if (picture?.seen.has(message.dot) !== true) callListener(listener, message, onError);
    };
    if (handle.isClosed) return handle;
    detachers.push(
      this.attach(sink, () => handle.close()),
      this.attachGaps(onGap),
    );
    const tellGap = (gap: Gap): void => {
      if (onGap !== undefined) callListener(onGap, gap, onError);
    };
    for (const message of picture?.messages(tellGap) ?? []) {
      if (handle.isClosed) break;
      callListener(listener, message, onError);
    }
    return handle;
  }

  private kept(): TopicHistory {
    if (this.past !== undefined) return this.past;
    this.recent ??= this.ports.openRecent(this, this.content);
    return this.recent;
  }

  private broadcast(payload: Uint8Array): WriteResult["dot"] {
    const { past, tag } = this;
    past?.checkRoom(payload);
    const codec = this.content.codec.id;
    return this.ports.spread({ tag, codec, payload, historySeq: past?.nextSeq });
  }

  private spread(way: SpreadWay, payload: Uint8Array): WriteResult["dot"] {
    const kept = this.kept();
    kept.checkRoom(payload);
    const codec = this.content.codec.id;
    return this.ports.inStep((clock) => {
      const { dot, update } = kept.write({ clock, codec, payload });
      if (update !== undefined) this.spreads.get(way)?.spread(dot, update);
      return dot;
    });
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
  const own = [...new Set(topics)].map((topic) => ({ topic, picture: topic.pastFor(options) }));
  const { onGap = () => {} } = options;
  const pictures = own.flatMap(({ picture }) => picture ?? []);
  const queue = new MessageQueue<TopicMessage<unknown>>({
    ...options,
    past: pastOf(pictures, onGap),
    onClosed: () => endAll(detachers),
    onDropped: () => ports.onDropped(),
  });
  if (queue.isClosed) return queue;
  for (const { picture, topic } of own) {
    const sink = (message: TopicMessage<unknown>) => {
      if (picture?.seen.has(message.dot) !== true) queue.push(message);
    };
    detachers.push(
      topic.attach(sink, () => queue.close()),
      topic.attachGaps(options.onGap),
    );
  }
  return queue;
}

function* pastOf(
  pictures: readonly PastPicture[],
  onGap: (gap: Gap) => void,
): IterableIterator<TopicMessage<unknown>> {
  for (const picture of pictures) yield* picture.messages(onGap);
}

function endAll(detachers: (() => void)[]): void {
  for (const detach of detachers.splice(0)) detach();
}
