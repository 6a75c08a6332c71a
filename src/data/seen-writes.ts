import type { Dot } from "../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../core/dot-set.ts";
import type { Origin, PeerId } from "../core/peer.ts";
import type { ApplyVerdict, Delta, ReplicaListener } from "../exchange/replica.ts";
import type { StateJournal } from "./state-file.ts";
import type { SupersededDots } from "./superseded-dots.ts";

/** A write as it travels: under its own dot, or in the place of one that it has superseded. */
interface TravellingWrite {
  readonly key: string;
  readonly writtenAs?: Dot;
}

/** A data model by state transfer, as its book of dots sees it. */
export interface WriteKeeper<Update extends TravellingWrite> {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly journal: StateJournal<Update> | undefined;
  /** Overwritten writes by their key. */
  readonly superseded: () => SupersededDots;
  /** Dots of all writes that survive here. */
  readonly held: () => Iterable<{ readonly dot: Dot }>;
  /** Takes or refuses what `dot` wrote; that it travels in another's place is no matter here. */
  readonly judge: (dot: Dot, update: Update, from: PeerId | undefined) => ApplyVerdict;
  /** False when `update` cannot have superseded `dot`. Default: any of the same key can. */
  readonly mayStandFor?: (dot: Dot, update: Update) => boolean;
  readonly onDropped: (why: "own" | "malformed") => void;
  /** More was seen than before; in the middle of a step. */
  readonly onSeen?: (() => void) | undefined;
}

/**
 * Which writes a replica has seen, and what it made of them: all that is the same for every data
 * model of keys whose writes supersede each other. What is held is the model's own business.
 */
export class SeenWrites<Update extends TravellingWrite> {
  private readonly keeper: WriteKeeper<Update>;
  private readonly listeners: ReplicaListener<Update>[] = [];
  private seen = new DotSet();
  /** What is no write to anybody: told as forgotten. */
  private rejected = new DotSet();
  /** Seen, and refused by this node's schemas, bounds or clock: others may take it. */
  private refused = new DotSet();

  constructor(keeper: WriteKeeper<Update>) {
    this.keeper = keeper;
  }

  get dots(): ReadonlyDotSet {
    return this.seen;
  }

  /** Seen, and not to be asked for again in a later life, which may have other schemas. */
  get settled(): DotSet {
    return this.seen.difference(this.refused);
  }

  /** The name of this life's next write. */
  get nextOwn(): Dot {
    const origin = this.keeper.origin();
    return { origin, seq: this.seen.last(origin) + 1 };
  }

  subscribe(listener: ReplicaListener<Update>): void {
    this.listeners.push(listener);
  }

  apply(dot: Dot, update: Update, from: PeerId | undefined): ApplyVerdict {
    if (this.seen.has(dot)) return "known";
    const { journal, judge, mayStandFor, onDropped, origin, superseded } = this.keeper;
    const { key, writtenAs } = update;
    // Nobody else writes in this life's name, and believing it would leave a gap in our own.
    const own = origin();
    if (from !== undefined && (dot.origin === own || writtenAs?.origin === own)) {
      onDropped("own");
      return "rejected";
    }
    if (writtenAs === undefined) return judge(dot, update, from);
    if (mayStandFor?.(dot, update) === false) {
      onDropped("malformed");
      return this.refuse(dot);
    }
    const isKnown = this.seen.has(writtenAs);
    const verdict = isKnown ? "superseded" : judge(writtenAs, update, from);
    if (verdict === "deferred") return verdict;
    // What has superseded it is not here: this node cannot answer for it.
    if (verdict === "rejected" || this.refused.has(writtenAs)) return this.refuse(dot);
    this.see(dot);
    superseded().put(dot, key);
    journal?.onCovered(DotSet.of(dot));
    return verdict;
  }

  /** A write that survives here: it is kept, and told. */
  take(dot: Dot, update: Update, from: PeerId | undefined): "news" {
    this.see(dot);
    this.keeper.journal?.onUpdate(dot, update);
    this.keeper.afterStep(() => {
      for (const listener of this.listeners) listener.onNews(dot, update, from);
    });
    return "news";
  }

  /** A write that came too late: its dot is what a restart must not ask for again. */
  supersede(dot: Dot): "superseded" {
    this.see(dot);
    this.keeper.journal?.onCovered(DotSet.of(dot));
    return "superseded";
  }

  /** A write to nobody. */
  reject(dot: Dot): "rejected" {
    this.keeper.onDropped("malformed");
    this.see(dot);
    this.rejected.add(dot);
    this.keeper.journal?.onCovered(DotSet.of(dot));
    return "rejected";
  }

  /** Not told as forgotten, for others may take it, and not noted, for a restart may. */
  refuse(dot: Dot): "rejected" {
    this.see(dot);
    this.refused.add(dot);
    return "rejected";
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const { afterStep, journal, onSeen, origin } = this.keeper;
    const own = new DotSet();
    own.addRange(origin(), 1, Number.MAX_SAFE_INTEGER);
    const dots = covers.union(forgotten).difference(this.seen).difference(own);
    if (dots.isEmpty) return;
    this.seen.addAll(dots);
    onSeen?.();
    journal?.onCovered(dots);
    const lost = forgotten.intersection(dots);
    if (lost.isEmpty) return;
    afterStep(() => {
      for (const listener of this.listeners) listener.onForgotten?.(lost);
    });
  }

  /** A delta of what is held, with what is to be said of the other wanted dots. */
  complete(
    delta: Omit<Delta<Update>, "forgotten">,
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
  ): Delta<Update> {
    if (!delta.more) this.coverRest(delta, wanted, theirs);
    return { ...delta, forgotten: wanted.intersection(this.rejected).difference(theirs) };
  }

  /** Forgets all: this node will be told anew. */
  discard(): void {
    this.seen = new DotSet();
    this.rejected = new DotSet();
    this.refused = new DotSet();
    this.keeper.journal?.onDiscarded();
  }

  /** What a journal kept of it. */
  restore(dots: ReadonlyDotSet): void {
    this.seen.addAll(dots);
  }

  /** A write that a journal kept. */
  note(dot: Dot): void {
    this.seen.add(dot);
  }

  private see(dot: Dot): void {
    this.seen.add(dot);
    this.keeper.onSeen?.();
  }

  /**
   * Those whose key is no longer known here: only when the other side then has everything that is
   * held.
   */
  private coverRest(
    { covers, updates }: Pick<Delta<Update>, "covers" | "updates">,
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
  ): void {
    const given = DotSet.of(...updates.map(([dot, { writtenAs }]) => writtenAs ?? dot));
    const told = DotSet.of(...updates.map(([dot]) => dot));
    const open = wanted.intersection(this.seen).difference(theirs).difference(told);
    const rest = open.difference(covers).difference(this.rejected).difference(this.refused);
    if (rest.isEmpty) return;
    for (const { dot } of this.keeper.held()) {
      if (!theirs.has(dot) && !given.has(dot)) return;
    }
    covers.addAll(rest);
  }
}
