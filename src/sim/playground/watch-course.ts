/**
 * What the nodes of a town have held of each other so far, as a record: any moment of it can be
 * looked at again without simulating anything.
 */
import { type DeathNews, DeathRecord } from "./death-record.ts";
import { verdictCodes, type WatchCount, WatchTally } from "./watch-tally.ts";

/** How far it is. */
export interface WatchMark extends WatchCount {
  readonly nowMs: number;
  readonly messagesCount: number;
  readonly bytesCount: number;
}

/** What was sent since time began. */
export interface SentCount {
  readonly messagesCount: number;
  readonly bytesCount: number;
}

/** What a node holds of another from a moment on; of itself only that it is dead. */
interface Turn {
  readonly observer: number;
  readonly subject: number;
  readonly code: number;
}

/** Changes of mind that are kept: some 50 MB. Beyond, the town ends. */
const TURNS_MAX_COUNT = 4_000_000;
const FIRST_CAPACITY = 4_096;
/** Bits of a code, and of the number of a node. */
const CODE_BITS = 2;
const NODE_BITS = 10;
const CODE_MASK = (1 << CODE_BITS) - 1;
const NODE_MASK = (1 << NODE_BITS) - 1;

/** How often a tick is counted. */
const MARKS_A_TICK = 4;

export class WatchCourse {
  readonly markMs: number;
  readonly nodesCount: number;
  private readonly tally: WatchTally;
  /** What all held of all when time began. */
  private begun: Uint8Array = new Uint8Array(0);
  private readonly marks: WatchMark[] = [];
  private readonly deaths: DeathRecord[] = [];
  private atMs = new Float64Array(FIRST_CAPACITY);
  private turns = new Uint32Array(FIRST_CAPACITY);
  private turnsCount = 0;

  constructor(nodesCount: number, tickMs: number) {
    this.nodesCount = nodesCount;
    this.markMs = tickMs / MARKS_A_TICK;
    this.tally = new WatchTally(nodesCount);
  }

  /** Time begins now, with what each holds of each. */
  begin(verdicts: Uint8Array): void {
    this.begun = verdicts;
    lay(this.tally, verdicts);
    this.marks.push({ nowMs: 0, messagesCount: 0, bytesCount: 0, ...this.tally.count });
  }

  /** The latest moment that was counted. */
  get markedMs(): number {
    return (this.marks.length - 1) * this.markMs;
  }

  isAlive(node: number): boolean {
    return this.tally.isAlive(node);
  }

  /** @throws RangeError when there is no room for what is yet to come. */
  onVerdict(turn: Turn, atMs: number): void {
    this.keep(turn, atMs);
    this.tally.onVerdict(turn.observer, turn.subject, turn.code);
    if (this.tally.isAlive(turn.subject)) return;
    const death = this.deaths.find(({ node }) => node === turn.subject);
    death?.onVerdict(turn.observer, turn.code, atMs);
  }

  onDeath(node: number, atMs: number): void {
    this.keep({ observer: node, subject: node, code: verdictCodes.dead }, atMs);
    this.tally.onDeath(node);
    const death = new DeathRecord(node, atMs, this.nodesCount);
    for (let observer = 0; observer < this.nodesCount; observer += 1) {
      death.onVerdict(observer, this.tally.verdictOf(observer, node), atMs);
    }
    this.deaths.push(death);
  }

  /** It is the next mark now. */
  onMark(sent: SentCount): void {
    this.marks.push({ nowMs: this.markedMs + this.markMs, ...sent, ...this.tally.count });
  }

  /** Something was done at the latest mark. */
  onDeed(sent: SentCount): void {
    this.marks[this.marks.length - 1] = { nowMs: this.markedMs, ...sent, ...this.tally.count };
  }

  /** At this or any earlier moment; what was sent is that of the mark before. */
  countAt(atMs: number): WatchMark {
    const place = Math.min(Math.floor(atMs / this.markMs), this.marks.length - 1);
    const mark = this.marks[place];
    const sent = { messagesCount: mark?.messagesCount ?? 0, bytesCount: mark?.bytesCount ?? 0 };
    return { ...sent, ...this.tallyAt(atMs).count, nowMs: atMs };
  }

  /** As it stood at the end of each tick. */
  countsByTick(atMs: number): readonly WatchMark[] {
    return this.marks.filter((mark, place) => place % MARKS_A_TICK === 0 && mark.nowMs <= atMs);
  }

  /** What all held of all then, and who lived. */
  tallyAt(atMs: number): WatchTally {
    const tally = new WatchTally(this.nodesCount);
    lay(tally, this.begun);
    for (let place = 0; place < this.turnsCount && (this.atMs[place] ?? 0) <= atMs; place += 1) {
      const { code, observer, subject } = unpacked(this.turns[place] ?? 0);
      if (observer === subject) tally.onDeath(subject);
      else tally.onVerdict(observer, subject, code);
    }
    return tally;
  }

  /** All that had died by then, in order, and who had learnt of it. */
  deathsAt(atMs: number): readonly DeathNews[] {
    const { living } = this.tallyAt(atMs);
    return this.deaths.flatMap((death) => (death.atMs > atMs ? [] : [death.newsAt(atMs, living)]));
  }

  /** When they died. */
  deathTimesAt(atMs: number): readonly number[] {
    return this.deaths.flatMap((death) => (death.atMs > atMs ? [] : [death.atMs]));
  }

  private keep(turn: Turn, atMs: number): void {
    if (this.turnsCount === TURNS_MAX_COUNT) {
      throw new RangeError(
        `The nodes have changed their minds ${TURNS_MAX_COUNT} times, and more is not kept: ` +
          "begin again, with fewer nodes or less loss.",
      );
    }
    if (this.turnsCount === this.turns.length) this.grow();
    this.atMs[this.turnsCount] = atMs;
    this.turns[this.turnsCount] = packed(turn);
    this.turnsCount += 1;
  }

  private grow(): void {
    const [atMs, turns] = [this.atMs, this.turns];
    const capacity = Math.min(TURNS_MAX_COUNT, turns.length * 2);
    this.atMs = new Float64Array(capacity);
    this.turns = new Uint32Array(capacity);
    this.atMs.set(atMs);
    this.turns.set(turns);
  }
}

/** What is held when time begins is nobody's doing. */
function lay(tally: WatchTally, verdicts: Uint8Array): void {
  for (const [pair, code] of verdicts.entries()) {
    const observer = Math.floor(pair / tally.nodesCount);
    tally.take(observer, pair % tally.nodesCount, code);
  }
}

function packed({ code, observer, subject }: Turn): number {
  return (((observer << NODE_BITS) | subject) << CODE_BITS) | code;
}

function unpacked(word: number): Turn {
  const pair = word >>> CODE_BITS;
  const code = word & CODE_MASK;
  return { observer: pair >>> NODE_BITS, subject: pair & NODE_MASK, code };
}
