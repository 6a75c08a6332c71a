import type { Dot } from "../../core/dot.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { RumorVerdict } from "../../exchange/broadcast/broadcast.contract.ts";
import type {
  Cause,
  Gap,
  PublicDot,
  Rejection,
  RequestContext,
  SubscribeOptions,
  Subscription,
  Topic,
  TopicMessage,
  TopicStatistics,
  WriteResult,
} from "../api.ts";
import { callListener, isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import type { PublishSpan, SpanPlace } from "../tracing/tracing.api.ts";
import { checkSignal } from "../waits.ts";
import { carriedValue, type WrittenValue } from "./carried-value.ts";
import type { CausalFrontier } from "./causal-frontier.ts";
import { CAUSAL_CODEC, decodeCausalValue } from "./causal-value.ts";
import { raw, readerOf } from "./codecs.ts";
import { concat } from "./concat.ts";
import { keptHead } from "./kept-message.ts";
import { pastFor } from "./past-for.ts";
import { pooledCopy } from "./pooled-bytes.ts";
import { PublishQueue } from "./publish-queue.ts";
import { publisherOf } from "./publisher.ts";
import { endAll, readTogether } from "./read-together.ts";
import { type SaidValue, saidValue } from "./said-value.ts";
import { SpreadReplica } from "./spread-replica.ts";
import { MessageQueue } from "./subscription.ts";
import type { Reading, TopicContent, TopicPorts, TopicRumor } from "./topic.contract.ts";
import type { PastPicture, TopicHistory } from "./topic-history.ts";
import { topicStatistics } from "./topic-statistics.ts";
import type { TotalOrder } from "./total-order.ts";
import { encodeTracedValue, TRACED_CODEC } from "./traced-value.ts";
import { validate } from "./validation.ts";
import { checkValue, encodeValue } from "./value-form.ts";

/** A user's answer to requests. */
export type Answer = (value: unknown, context: RequestContext) => unknown;

type Sink = (message: TopicMessage<unknown>) => void;

/** One tag on one node: its readers, and the schema that everything passes, out and in. */
export class NodeTopic implements Topic<unknown, unknown> {
  readonly tag: string;
  readonly content: TopicContent;
  /** Absent where no past is kept. */
  readonly past: TopicHistory | undefined;
  private readonly ports: TopicPorts;
  /** Made anew when one comes or goes, so that it can be walked meanwhile. */
  private sinks: readonly Sink[] = [];
  private readonly closers = new Set<() => void>();
  private readonly rejectionListeners = new Set<(rejection: Rejection) => void>();
  private readonly gapListeners = new Set<(gap: Gap) => void>();
  /** Ways of spreading that this topic is heard on beside broadcasts. */
  private readonly spreads = new Map<SpreadWay, SpreadReplica>();
  /** What came along them, where no past is kept. */
  private recent: TopicHistory | undefined;
  /** What came by broadcast and is no part of the past, where there is an order to keep. */
  private aside: TopicHistory | undefined;
  /** What this node's messages come after, where they say so. */
  private readonly frontier: CausalFrontier | undefined;
  private readonly total: TotalOrder | undefined;
  private answer: Answer | undefined;
  private readonly outgoing: PublishQueue<WriteResult["dot"]>;
  private readonly counts = { published: 0, delivered: 0, rejected: 0 };
  /** Of messages that were read and not told yet. Absent where nobody wants traces. */
  private readonly places: WeakMap<TopicMessage<unknown>, SpanPlace> | undefined;
  private isClosed = false;

  constructor(tag: string, content: TopicContent, ports: TopicPorts) {
    this.tag = tag;
    this.content = content;
    this.ports = ports;
    const { publishing, timers, tracing } = ports;
    this.places = tracing && new WeakMap();
    this.outgoing = new PublishQueue(
      { ...publishing, policy: content.onFull },
      { timers, count: (name) => ports.count(name), write: (payload) => this.send(payload) },
    );
    const { history } = content;
    this.past = history && ports.openHistory(this, history, content);
    if (content.order === "causal") {
      this.frontier = ports.frontier(tag, content);
      // Others of its group wait for its messages from now on.
      this.kept();
    }
    if (content.via !== "piggyback") this.join(content.via);
    if (content.order === "total") {
      this.total = ports.openTotal(tag, (said) => this.tellReading(this.readValue(said.dot, said)));
    }
  }

  /** From now on also hears what others spread this way. */
  join(way: SpreadWay): void {
    if (this.spreads.has(way)) return;
    const replica = new SpreadReplica(this.kept());
    this.spreads.set(way, replica);
    this.ports.enrol(way, this.tag, replica);
  }

  async publish(value: unknown, options: { signal?: AbortSignal } = {}): Promise<WriteResult> {
    checkSignal(options.signal);
    if (options.signal?.aborted) throw new HearsayError("ABORTED", "the signal was aborted");
    const { past, total } = this;
    const span = this.ports.tracing?.publish(this.tag);
    try {
      const payload = this.payloadOf(value, span);
      if (total !== undefined) {
        const written = await this.publishInOrder(total, payload, options.signal);
        span?.end(written.dot);
        return written;
      }
      const taken = this.outgoing.put(payload, options.signal);
      const dot = taken instanceof Promise ? await taken : taken;
      span?.end(dot);
      return { dot, durable: past === undefined ? false : await past.durable(dot) };
    } catch (error) {
      span?.fail(error);
      throw error;
    }
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

  onRequest(answer: Answer): () => void {
    if (this.answer !== undefined) {
      const detail = `topic ${JSON.stringify(this.tag)} is answered already; one answer is enough`;
      throw new HearsayError("TOPIC_CONFLICT", detail);
    }
    this.answer = answer;
    return () => {
      if (this.answer === answer) this.answer = undefined;
    };
  }

  /** Who answers requests; absent when nobody does. */
  get answerer(): Answer | undefined {
    return this.answer;
  }

  /** Validated and encoded. @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  write(value: unknown): Uint8Array {
    checkValue(this.content, value, `topic ${JSON.stringify(this.tag)}`);
    return encodeValue(this.content, value);
  }

  /** `onEnd` is called when the node stops; at once when it has. */
  attach(sink: Sink, onEnd: () => void): () => void {
    if (this.isClosed) {
      onEnd();
      return () => {};
    }
    this.sinks = [...this.sinks, sink];
    this.closers.add(onEnd);
    return () => {
      this.sinks = this.sinks.filter((one) => one !== sink);
      this.closers.delete(onEnd);
    };
  }

  /** Judges a message before it is passed on, and delivers it when the step has ended. */
  hear(rumor: TopicRumor): RumorVerdict {
    if (this.past !== undefined && rumor.historySeq !== undefined) return this.past.hear(rumor);
    if (this.total !== undefined) return "unknown";
    if (this.content.order !== "none") {
      if (this.past === undefined) return this.kept().hear(rumor);
      this.aside ??= this.ports.openRecent(this, this.content);
      return this.aside.hear(rumor);
    }
    const reading = this.read(rumor);
    this.ports.afterStep(() => this.tellReading(reading));
    return reading.kind === "rejected" ? "rejected" : "accepted";
  }

  private tellReading(reading: Reading): void {
    if (reading.kind === "rejected") this.tellRejected(reading.rejection);
    else this.deliver(reading.message);
  }

  /** Decodes and validates; never throws. */
  read(rumor: TopicRumor): Reading {
    const seq = rumor.historySeq ?? rumor.seq;
    return this.readValue({ origin: rumor.origin, seq }, { ...rumor, valueAt: 0 });
  }

  readKept(dot: Dot, update: HistoryUpdate): Reading | undefined {
    const head = keptHead(update);
    const { payload } = update;
    return head && this.readValue(dot, { payload, ...head });
  }

  causesOf(update: HistoryUpdate): readonly Cause[] {
    const head = keptHead(update);
    if (head?.codec !== CAUSAL_CODEC) return [];
    return decodeCausalValue(this.tag, update.payload, head.valueAt)?.after ?? [];
  }

  private readValue(dot: PublicDot, written: WrittenValue): Reading {
    const from = publisherOf(dot.origin);
    const carried = carriedValue(this.tag, written);
    if (carried === undefined) return this.reject(from, "codec", "what it carries cannot be read");
    const { after, clock, codec, payload, place, valueAt } = carried;
    const reader = readerOf(codec, this.content.codec);
    if (reader === undefined)
      return this.reject(from, "codec", `nothing here reads codec ${codec}`);
    let value: unknown;
    try {
      if (reader === raw) value = pooledCopy(payload, valueAt);
      else value = reader.decode(valueAt === 0 ? payload : payload.subarray(valueAt));
    } catch (error) {
      return this.reject(from, "codec", `${reader.name}: ${errorText(error)}`);
    }
    if (isThenable(value)) {
      value.then(undefined, () => {});
      return this.reject(from, "codec", `${reader.name}: decode returned a promise`);
    }
    if (this.content.schema !== undefined) {
      const validation = validate(this.content.schema, value);
      if (validation.kind === "invalid") return this.reject(from, "schema", validation.detail);
      if (validation.kind === "async") {
        return this.reject(from, "schema", "the schema returned a promise");
      }
      ({ value } = validation);
    }
    const message = { tag: this.tag, value, from, dot, clock, ...(after && { after }) };
    if (place !== undefined) this.places?.set(message, place);
    return { kind: "message", message };
  }

  private reject(from: string, reason: Rejection["reason"], detail: string): Reading {
    return { kind: "rejected", rejection: { tag: this.tag, from, reason, detail } };
  }

  statistics(): TopicStatistics {
    return topicStatistics(this.counts, this.ports.spreadCounts(this.tag));
  }

  deliver(message: TopicMessage<unknown>): void {
    this.counts.delivered += 1;
    const place = this.places?.get(message);
    if (place !== undefined) this.ports.tracing?.received(message, place);
    for (const sink of this.sinks) sink(message);
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
  pastFor(options: SubscribeOptions): PastPicture | undefined {
    return pastFor(this, options);
  }

  close(): void {
    this.isClosed = true;
    this.outgoing.close(new HearsayError("NODE_STOPPED", "the node was stopped; start another"));
    for (const closer of [...this.closers]) closer();
    this.sinks = [];
    this.rejectionListeners.clear();
    this.gapListeners.clear();
    this.answer = undefined;
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
    // What comes while the past is told, as an answer to it does, comes behind it.
    let behind: TopicMessage<unknown>[] | undefined = picture === undefined ? undefined : [];
    const sink = (message: TopicMessage<unknown>) => {
      if (picture?.seen.has(message.dot) === true) return;
      if (behind === undefined) callListener(listener, message, onError);
      else behind.push(message);
    };
    if (handle.isClosed) return handle;
    detachers.push(
      this.attach(sink, () => handle.close()),
      this.attachGaps(onGap),
    );
    const tellGap = (gap: Gap): void => {
      if (onGap !== undefined) callListener(onGap, gap, onError);
    };
    for (const message of concat(picture?.messages(tellGap), behind)) {
      if (handle.isClosed) break;
      callListener(listener, message, onError);
    }
    behind = undefined;
    return handle;
  }

  private publishInOrder(total: TotalOrder, payload: Uint8Array, signal?: AbortSignal) {
    this.counts.published += 1;
    return total.publish(this.codecId, payload, signal);
  }

  private get codecId(): number {
    return this.ports.tracing === undefined ? this.content.codec.id : TRACED_CODEC;
  }

  private kept(): TopicHistory {
    if (this.past !== undefined) return this.past;
    this.recent ??= this.ports.openRecent(this, this.content);
    return this.recent;
  }

  /** Bytes as they are need no copy: one is made of them before `publish` returns. */
  private payloadOf(value: unknown, span: PublishSpan | undefined): Uint8Array {
    const { codec, schema } = this.content;
    const isPlain = codec === raw && value instanceof Uint8Array && schema === undefined;
    const payload = isPlain ? value : this.write(value);
    return span ? encodeTracedValue(span.place, { codec: codec.id, payload }) : payload;
  }

  /** @throws HearsayError QUEUE_FULL when there is no room now, VALUE_TOO_LARGE, NODE_STOPPED */
  private send(payload: Uint8Array): WriteResult["dot"] {
    const { frontier, tag } = this;
    const said = saidValue({ tag, codec: this.codecId, frontier }, payload);
    const { via } = this.content;
    const dot = via === "piggyback" ? this.broadcast(said) : this.spread(via, said);
    this.counts.published += 1;
    return dot;
  }

  private broadcast({ after, codec, payload }: SaidValue): WriteResult["dot"] {
    const { past, tag } = this;
    past?.checkRoom(payload);
    const dot = this.ports.spread({ tag, codec, payload, historySeq: past?.nextSeq });
    this.frontier?.note({ tag, dot, after });
    return dot;
  }

  private spread(way: SpreadWay, { after, codec, payload }: SaidValue): WriteResult["dot"] {
    const { tag } = this;
    const kept = this.kept();
    this.ports.checkSpreadRoom(way, payload.length);
    kept.checkRoom(payload);
    return this.ports.inStep((clock) => {
      const { dot, update } = kept.write({ clock, codec, payload });
      if (update === undefined) return dot;
      // In this step: what is said to another topic of the group before it ends comes after it.
      this.frontier?.note({ tag, dot, after });
      this.spreads.get(way)?.spread(dot, update);
      return dot;
    });
  }
}
