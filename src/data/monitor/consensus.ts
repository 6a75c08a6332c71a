import type { Standing, Verdict } from "./monitor.contract.ts";
import { AGE_MAX_ROUNDS, type SuspectRow } from "./monitor.messages.ts";
import type { MonitorOptions } from "./monitor.options.ts";

/** News of one subject, as a message has it. */
export interface News<Subject> {
  readonly subject: Subject;
  readonly heartbeat: number;
}

interface Entry {
  /** Of the subject, as far as was heard. */
  heartbeat: number;
  /** Rounds since there was news. */
  age: number;
  isDead: boolean;
  /** Membership knows it no more; it is shown for a while. Rounds since. */
  gone: number | undefined;
}

export interface ConsensusOptions {
  readonly quorum: MonitorOptions["quorum"];
  readonly lingerRoundsCount: number;
  /** Silence of more rounds than this is suspect; GEMS's T_cleanup. */
  readonly cleanupRounds: (subjectsCount: number) => number;
}

/**
 * GEMS's failure detection of one layer: the gossip list (rounds since news of each subject), the
 * suspect vector (who is silent for too long), the suspect matrix (everybody's vectors) and the
 * live list. A subject is dead when those observers agree who are themselves alive and not
 * suspected. In the first layer observers and subjects are the members of one group, in the second
 * one they are the groups. [spec aggregation §8; Subramaniyan, Raman, George, Radlinski 2006]
 *
 * Departs from [GEMS]: news is a heartbeat that was not heard before, and not the minimum of two
 * lists: where rounds are not in step, who is yet to count a round takes back what others have
 * counted, and silence never grows. "majority" takes more than half of the observers for agreement,
 * where the paper asks all of them; `quorum: "all"` is the paper's.
 */
export class Consensus<Subject extends string | number> {
  private readonly options: ConsensusOptions;
  private readonly entries = new Map<Subject, Entry>();
  private readonly rows = new Map<Subject, ReadonlySet<Subject>>();
  private self: Subject;
  private quietRounds = 0;
  /** Of this node's own entry at its last beat. */
  private beaten = 0;

  constructor(self: Subject, options: ConsensusOptions) {
    this.self = self;
    this.options = options;
    this.entries.set(self, fresh());
  }

  get size(): number {
    return this.entries.size;
  }

  get cleanupRounds(): number {
    return this.options.cleanupRounds(this.entries.size);
  }

  has(subject: Subject): boolean {
    return this.entries.has(subject);
  }

  /** Everybody is as good as just heard of, whoever is there. */
  restart(self: Subject): void {
    this.self = self;
    this.entries.clear();
    this.rows.clear();
    this.entries.set(self, fresh());
  }

  /**
   * Who is there now. Who is missing has left (`hasLeft`) and is forgotten, or is still watched:
   * that nobody hears of it is yet to be agreed upon.
   */
  setSubjects(subjects: Iterable<Subject>, hasLeft: (subject: Subject) => boolean): void {
    const present = new Set(subjects);
    present.add(this.self);
    for (const [subject, entry] of [...this.entries]) {
      if (present.has(subject)) entry.gone = undefined;
      else if (hasLeft(subject)) this.forget(subject);
      else entry.gone ??= 0;
    }
    for (const subject of present) {
      if (!this.entries.has(subject)) this.entries.set(subject, fresh());
    }
  }

  /** `elapsed` rounds have gone by. A node that slept accuses nobody before it has heard again. */
  onRounds(elapsed: number, ears: "open" | "shut"): void {
    if (ears === "shut") this.quietRounds = this.cleanupRounds;
    else if (this.quietRounds > 0) this.quietRounds -= 1;
    for (const [subject, entry] of [...this.entries]) {
      // Who never spoke takes no part, as far as is known: its silence says nothing.
      if (subject === this.self || (entry.heartbeat === 0 && entry.gone === undefined)) continue;
      entry.age = Math.min(AGE_MAX_ROUNDS, entry.age + elapsed);
      if (entry.gone === undefined) continue;
      entry.gone += elapsed;
      if (entry.gone > this.options.lingerRoundsCount) this.forget(subject);
    }
  }

  /**
   * This node lives: its own heartbeat goes up, to `count` at least, which all clocks know about. A
   * group has many who raise it: who has heard of it since the last time leaves it at that.
   */
  beat(count: number): void {
    const own = this.entries.get(this.self);
    if (own === undefined) return;
    const next = own.heartbeat === this.beaten ? own.heartbeat + 1 : own.heartbeat;
    own.heartbeat = Math.max(next, count);
    this.beaten = own.heartbeat;
  }

  /** The gossip list, as it is told. */
  news(): News<Subject>[] {
    return [...this.entries].map(([subject, { heartbeat }]) => ({ subject, heartbeat }));
  }

  /** The suspect matrix, rows without a suspect left out; this node's own vector among them. */
  matrix(): SuspectRow<Subject>[] {
    const rows: SuspectRow<Subject>[] = [];
    for (const [observer, suspects] of this.rows) {
      if (observer !== this.self) rows.push({ observer, suspects: [...suspects] });
    }
    const own = this.suspects();
    if (own.length > 0) rows.push({ observer: this.self, suspects: own });
    return rows;
  }

  /**
   * Whose heartbeat was not heard before is alive, and its row is newer than the one held here.
   * `from` speaks of itself. @returns who was dead and is heard of.
   */
  merge(
    from: Subject,
    news: readonly News<Subject>[],
    rows: readonly SuspectRow<Subject>[],
  ): Subject[] {
    const told = new Map(rows.map(({ observer, suspects }) => [observer, suspects]));
    const returned: Subject[] = [];
    for (const { heartbeat, subject } of news) {
      const entry = this.entries.get(subject);
      if (entry === undefined) continue;
      const isNews = heartbeat > entry.heartbeat;
      if (isNews) entry.heartbeat = heartbeat;
      if (subject === this.self || !(isNews || subject === from)) continue;
      if (isNews) entry.age = 0;
      this.setRow(subject, told.get(subject));
      if (entry.isDead && isNews) {
        entry.isDead = false;
        returned.push(subject);
      }
    }
    return returned;
  }

  /** Whom this node suspects: silent for longer than the cleanup time, and not dead yet. */
  suspects(): Subject[] {
    if (this.quietRounds > 0) return [];
    const { cleanupRounds } = this;
    const suspects: Subject[] = [];
    for (const [subject, { age, heartbeat }] of this.entries) {
      if (heartbeat > 0 && age > cleanupRounds) suspects.push(subject);
    }
    return suspects;
  }

  /** Who is dead by agreement from now on, as far as this node can see. */
  judge(): Subject[] {
    const own = new Set(this.suspects());
    const dead: Subject[] = [];
    if (own.size === 0) return dead;
    const observers = [...this.entries].flatMap(([subject, { heartbeat, isDead }]) =>
      isDead || heartbeat === 0 || own.has(subject) ? [] : [subject],
    );
    for (const subject of own) {
      const entry = this.entries.get(subject);
      if (entry === undefined || entry.isDead) continue;
      const agreeing = observers.filter(
        (one) => one === this.self || this.rows.get(one)?.has(subject) === true,
      );
      if (!this.isQuorum(agreeing.length, observers.length)) continue;
      entry.isDead = true;
      dead.push(subject);
    }
    return dead;
  }

  /** Somebody noticed agreement. "refused": this node has fresh news, or it is this node. */
  onVerdict(subject: Subject): "news" | "known" | "refused" {
    const entry = this.entries.get(subject);
    if (entry === undefined || entry.isDead) return "known";
    // Who was heard of so lately cannot have been silent for long enough anywhere.
    const isFresh = entry.heartbeat === 0 || entry.age * 2 <= this.cleanupRounds;
    if (subject === this.self || isFresh) return "refused";
    entry.isDead = true;
    return "news";
  }

  /** By subject; `undefined` of whom nothing is known. */
  standing(subject: Subject): Standing<Subject> | undefined {
    const entry = this.entries.get(subject);
    if (entry === undefined) return undefined;
    return this.standingOf(subject, entry);
  }

  standings(): Standing<Subject>[] {
    return [...this.entries].map(([subject, entry]) => this.standingOf(subject, entry));
  }

  private standingOf(subject: Subject, entry: Entry): Standing<Subject> {
    const verdict = subject === this.self ? "live" : this.verdictOf(entry);
    return { subject, ageRounds: entry.age, verdict };
  }

  private verdictOf({ age, heartbeat, isDead }: Entry): Verdict {
    if (isDead) return "dead";
    if (heartbeat === 0) return "unheard";
    return this.quietRounds === 0 && age > this.cleanupRounds ? "suspect" : "live";
  }

  /** Who suspects nobody has none. */
  private setRow(observer: Subject, suspects: readonly Subject[] | undefined): void {
    const known = suspects?.filter((one) => this.entries.has(one)) ?? [];
    if (known.length > 0) this.rows.set(observer, new Set(known));
    else this.rows.delete(observer);
  }

  private isQuorum(agreeing: number, observers: number): boolean {
    return this.options.quorum === "all" ? agreeing === observers : agreeing * 2 > observers;
  }

  private forget(subject: Subject): void {
    this.entries.delete(subject);
    this.rows.delete(subject);
  }
}

/** What has changed since it was told last; what is new is no change. */
export function takeChanges<Subject extends string | number>(
  told: Map<Subject, Verdict>,
  sight: Consensus<Subject>,
): Standing<Subject>[] {
  const changes: Standing<Subject>[] = [];
  for (const standing of sight.standings()) {
    const { subject, verdict } = standing;
    const before = told.get(subject) ?? "unheard";
    told.set(subject, verdict);
    // To be heard of for the first time is what all are.
    if (before !== verdict && before !== "unheard") changes.push(standing);
  }
  for (const subject of [...told.keys()]) {
    if (!sight.has(subject)) told.delete(subject);
  }
  return changes;
}

function fresh(): Entry {
  return { heartbeat: 0, age: 0, isDead: false, gone: undefined };
}
