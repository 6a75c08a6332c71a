import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Publication } from "../../exchange/broadcast/broadcast.ts";
import type { WriteResult } from "../api.ts";
import { type DataFace, type FaceParts, replicaPorts } from "../data-face.ts";
import type { OpenOrderedLog } from "../ordered-log/ordered-log.api.ts";
import { type SpreadWay, spreadCounts } from "../stack/spreads.ts";
import { guardedTracing } from "../tracing/guarded-tracing.ts";
import { HistoryBook, TOPIC_PREFIX } from "./history-book.ts";
import { TopicBook } from "./topic-book.ts";
import { type TopicsOptions, topicsDefaults } from "./topics.options.ts";
import { TotalOrder, totalLogName } from "./total-order.ts";

/** Topics with what is remembered of them, open here or passed on for others. */
export class TopicsFace implements DataFace {
  readonly book: TopicBook;
  private readonly parts: FaceParts;
  private readonly orderedLog: () => OpenOrderedLog;
  private readonly histories: HistoryBook;

  constructor(parts: FaceParts, orderedLog: () => OpenOrderedLog) {
    this.parts = parts;
    this.orderedLog = orderedLog;
    const options = parts.slices.topics ?? topicsDefaults;
    this.histories = historiesOf(parts, options);
    this.book = this.bookWith(options);
  }

  onUnknownReplica(way: SpreadWay, name: string): boolean {
    const isOurs = name.startsWith(TOPIC_PREFIX);
    if (isOurs) this.book.onUnknownReplica(way, name);
    return isOurs;
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      "topics.open": this.book.openCount,
      "topics.relayed": this.histories.relaysCount,
    };
  }

  close(): void {
    this.histories.close();
    this.book.close();
  }

  private bookWith(options: TopicsOptions): TopicBook {
    const { histories } = this;
    const { ports, stack, tracing } = this.parts;
    return new TopicBook({
      ...ports,
      tracing: tracing && guardedTracing(tracing, (...told) => ports.onCallbackError(...told)),
      openHistory: (...asked) => histories.open(...asked),
      openRecent: (reader, order) => histories.openRecent(reader, order),
      openTotal: (tag, hear) => {
        const log = this.orderedLog()<Uint8Array>(totalLogName(tag), { codec: "raw" });
        return new TotalOrder(log, hear);
      },
      frontier: (tag, order) => histories.frontier(tag, order),
      enrol: (way, tag, replica) => histories.enrol(way, tag, replica),
      relay: (way, tag) => histories.relay(way, tag),
      takeRelays: (tag) => histories.takeRelays(tag),
      checkSpreadRoom: (way, bytesCount) => stack().checkSpreadRoom(way, bytesCount),
      publishing: publishing(options),
      spreadCounts: (tag) => spreadCounts(stack().spreads, `${TOPIC_PREFIX}${tag}`),
      inStep: (write) => this.inStep(write),
      spread: (publication) => this.spread(publication),
    });
  }

  /** What a history keeps is on disk before anybody hears of it. */
  private spread(publication: Publication): WriteResult["dot"] {
    const { stack, store } = this.parts;
    const mustWait = store !== undefined && publication.historySeq !== undefined;
    const how = mustWait ? "onRelease" : "now";
    const rumor = stack().publish({ ...publication, spread: how });
    if (mustWait) store.afterWrites(() => stack().release(rumor));
    return { origin: rumor.origin, seq: rumor.historySeq ?? rumor.seq };
  }

  private inStep<R>(write: (clock: HybridTime) => R): R {
    const { ports, stack } = this.parts;
    ports.checkRunning();
    return stack().write(() => write(stack().clock.now()));
  }
}

function historiesOf(parts: FaceParts, options: TopicsOptions): HistoryBook {
  const { slices, stack } = parts;
  return new HistoryBook({
    ...replicaPorts(parts),
    options,
    valueMaxBytes: slices.broadcast.valueMaxBytes,
    takeTurn: () => stack().takeTurn(),
    observe: (clock) => stack().clock.observe(clock),
  });
}

function publishing(options: TopicsOptions) {
  const { publishRetryMs, publishWaitingMaxBytes, publishWaitingMaxCount } = options;
  return {
    retryIntervalMs: publishRetryMs,
    waitingMaxCount: publishWaitingMaxCount,
    waitingMaxBytes: publishWaitingMaxBytes,
  };
}
