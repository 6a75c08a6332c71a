import { crc32 } from "../core/crc32.ts";
import type { OrderedCommand, OrderPosition, OrderSubscriber } from "../core/orderer.ts";
import { type Feed, items, oneKey, type PlacedBatch, placeOf } from "./feed.ts";
import { decodeFloor, type Floor } from "./kept-text.ts";
import { RecentBatches } from "./recent-batches.ts";
import { Backoff, type Session } from "./session.ts";
import type { KeyRange, StoreAnswer, StoreFound } from "./store.messages.ts";

/** Keys of a first read. [because: their values may be large] */
const FIRST_PAGE_COUNT = 16;

interface Subscription {
  readonly number: number;
  readonly subscriber: OrderSubscriber;
  readonly backoff: Backoff;
  /** It was told everything up to here. */
  told: number;
  isReading: boolean;
  isTimerSet: boolean;
  pageCount: number;
  /** A state that is read for it; what was read of it stays when a call fails. */
  state: StateReading | undefined;
}

interface StateReading {
  readonly floor: Floor;
  readonly chunks: Uint8Array[];
}

type Looked = Extract<StoreAnswer, { kind: "looked" }>;

/**
 * Tells each subscriber what it was not told yet: from what was heard just now, else from the
 * store, page by page; from a state where the log is kept no more.
 */
export class Subscriptions {
  private readonly session: Session;
  private readonly feed: Feed;
  private readonly recent: RecentBatches;
  private readonly onTold: () => void;
  private readonly onLost: (why: string) => void;
  private list: Subscription[] = [];
  private lastNumber = 0;

  constructor(
    session: Session,
    feed: Feed,
    heard: { readonly onTold: () => void; readonly onLost: (why: string) => void },
  ) {
    this.session = session;
    this.feed = feed;
    this.onTold = heard.onTold;
    this.onLost = heard.onLost;
    this.recent = new RecentBatches(session.options);
  }

  /** All of them were told everything up to here. */
  get toldPosition(): number {
    return this.list.reduce((least, { told }) => Math.min(least, told), this.feed.position);
  }

  add(subscriber: OrderSubscriber, after: OrderPosition): void {
    this.lastNumber += 1;
    const added: Subscription = {
      number: this.lastNumber,
      subscriber,
      backoff: new Backoff(this.session),
      told: after,
      isReading: false,
      isTimerSet: false,
      pageCount: FIRST_PAGE_COUNT,
      state: undefined,
    };
    this.list = [...this.list, added];
    this.later(added, 0);
  }

  remove(subscriber: OrderSubscriber): void {
    this.list = this.list.filter((one) => one.subscriber !== subscriber);
    this.onTold();
  }

  onBegun(): void {
    this.recent.clear();
    for (const one of this.list) this.later(one, 0);
  }

  onBatch(placed: PlacedBatch): void {
    this.recent.add(placed);
    for (const one of this.list) {
      if (one.isTimerSet || one.isReading || one.told >= placed.last) continue;
      if (one.told >= placed.first - 1) this.tell(one, [placed]);
      else this.later(one, 0);
    }
    this.onTold();
  }

  /** The next piece for a subscriber that is behind. */
  onTimer(number: number): void {
    const one = this.list.find((listed) => listed.number === number);
    if (one === undefined) return;
    one.isTimerSet = false;
    if (one.isReading || !this.feed.isBegun || one.told >= this.feed.position) return;
    if (one.state !== undefined) return this.readState(one, one.state);
    const recent = this.recent.behind(one.told, this.session.options.deliverMaxCount);
    if (recent === undefined) return this.read(one);
    this.tell(one, recent);
    if (one.told < this.feed.position) this.later(one, 0);
    this.onTold();
  }

  private later(one: Subscription, delayMs: number): void {
    if (one.isTimerSet) return;
    one.isTimerSet = true;
    const { number: subscription } = one;
    this.session.env.setTimer({ kind: "again", what: "catchUp", subscription }, delayMs);
  }

  private read(one: Subscription): void {
    const { keys } = this.session;
    const log = { from: keys.log(one.told + 1), to: keys.logEnd, limitCount: one.pageCount };
    this.look(one, [oneKey(keys.floor), log], (looked) => this.onPage(one, looked));
  }

  /** Reads for a subscriber, unless it is gone when the answer comes. */
  private look(
    one: Subscription,
    reads: readonly KeyRange[],
    onLooked: (looked: Looked) => void,
  ): void {
    one.isReading = true;
    this.session.ask({ kind: "look", reads }, (answer) => {
      one.isReading = false;
      if (!this.list.includes(one)) return;
      if (answer.kind === "looked") {
        one.backoff.reset();
        onLooked(answer);
      } else if (answer.kind === "failed") {
        this.session.trouble(`the log cannot be read: ${answer.detail}`);
        this.later(one, one.backoff.next());
      }
    });
  }

  private onPage(one: Subscription, { found }: Looked): void {
    const [, page] = found;
    const [item] = items(found);
    const floor = item && decodeFloor(item.value);
    if (floor === undefined || page === undefined) return this.onLost("its floor is gone");
    if (one.told < floor.kept) return this.readState(one, { floor, chunks: [] });
    this.tellPage(one, page);
  }

  private tellPage(one: Subscription, page: StoreFound): void {
    const placed: PlacedBatch[] = [];
    let { told } = one;
    let bytes = 0;
    for (const item of page.items) {
      const next = placeOf(this.session, item, told + 1);
      if (next === undefined) continue;
      if (next.first > told + 1) break;
      told = next.last;
      bytes += next.bytes;
      placed.push(next);
    }
    if (placed.length === 0) {
      return this.onLost(`what was ordered at ${one.told + 1} is not there any more`);
    }
    const { pageBytes, pageMaxCount } = this.session.options;
    const wanted = Math.floor((pageBytes * placed.length) / Math.max(1, bytes));
    one.pageCount = Math.max(1, Math.min(pageMaxCount, wanted, one.pageCount * 4));
    this.tell(one, placed);
    if (one.told < this.feed.position) this.later(one, 0);
    this.onTold();
  }

  private readState(one: Subscription, reading: StateReading): void {
    const { keys, options } = this.session;
    const { chunks, floor } = reading;
    one.state = reading;
    if (floor.bytes > options.stateMaxBytes) return this.tellState(one, floor, undefined);
    if (chunks.length >= floor.chunks) return this.takeState(one, reading);
    const chunk = oneKey(keys.state(floor.state, chunks.length));
    this.look(one, [oneKey(keys.floor), chunk], ({ found }) => {
      const [item, next] = items(found);
      const now = item && decodeFloor(item.value);
      if (now === undefined) return this.onLost("its floor is gone");
      // Another state has taken its place meanwhile.
      if (now.state !== floor.state) return this.readState(one, { floor: now, chunks: [] });
      if (next === undefined) return this.tellState(one, floor, undefined);
      this.readState(one, { floor, chunks: [...chunks, next.value] });
    });
  }

  private takeState(one: Subscription, { chunks, floor }: StateReading): void {
    const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const isWhole = bytes.length === floor.bytes && crc32(bytes) === floor.crc;
    this.tellState(one, floor, isWhole ? bytes : undefined);
  }

  private tellState(one: Subscription, floor: Floor, state: Uint8Array | undefined): void {
    if (state === undefined) {
      this.session.trouble(`the state at ${floor.position} cannot be read: a peer is asked`);
    }
    one.state = undefined;
    one.told = Math.max(one.told, floor.position);
    one.subscriber.onSnapshot(floor.position as OrderPosition, state);
    this.later(one, 0);
    this.onTold();
  }

  private tell(one: Subscription, batches: readonly PlacedBatch[]): void {
    const commands: OrderedCommand[] = [];
    for (const { batch, first, last } of batches) {
      for (const [index, command] of (batch?.commands ?? []).entries()) {
        const position = first + index;
        if (position > one.told) commands.push({ position: position as OrderPosition, command });
      }
      one.told = Math.max(one.told, last);
    }
    if (commands.length > 0) one.subscriber.onOrdered(commands);
  }
}
