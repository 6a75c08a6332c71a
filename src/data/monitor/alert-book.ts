import type { PeerId } from "../../core/peer.ts";
import type { AlertMark } from "./monitor.messages.ts";
import type { MonitorOptions } from "./monitor.options.ts";

/** What is watched, and where it is too much or too little. */
export interface AlertRule {
  readonly name: string;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  /** It ends only beyond this; default: where it begins. */
  readonly clear?: number | undefined;
  /** Epochs in a row before it begins, and before it ends. */
  readonly forCount: number;
}

export interface AlertEvent {
  readonly rule: string;
  /** The same on all nodes that tell of one occurrence: `rule@epoch`. */
  readonly id: string;
  readonly state: "raised" | "cleared";
  readonly epoch: number;
  readonly value: number;
  /** Who tells users of it. */
  readonly firedBy: PeerId;
}

interface Active {
  epoch: number;
  firedBy: PeerId | undefined;
  /** Since when nobody minds it, as far as is known here. */
  orphanedAt: number;
}

/** It is over here; who told of it may die before it tells of that. */
interface Ended {
  readonly active: Active;
  readonly epoch: number;
  readonly value: number;
}

/** What another one said, and when it was heard. */
interface Heard {
  readonly mark: AlertMark;
  readonly atEpoch: number;
}

/** As long as a death may take to be noticed. [because: 40 rounds are 8 epochs] */
const ENDED_KEPT_COUNT = 12;

interface Watched {
  readonly rule: AlertRule;
  readonly read: () => number | undefined;
  /** Epochs in a row that speak for a change. */
  streak: number;
  active: Active | undefined;
  ended: Ended | undefined;
}

export interface AlertSurroundings {
  readonly self: PeerId;
  readonly options: Pick<MonitorOptions, "alertsMaxCount" | "handoverCount">;
  /** Lowest first, this node among them. */
  living(): readonly PeerId[];
  /** This node tells its users: once for a raise and once for a clear, unless others did. */
  onAlert(event: AlertEvent): void;
}

/**
 * Alerts, evaluated on every node from what it knows itself, and told by one: the lowest living
 * node. The next one tells when nobody has for `handoverCount` epochs, and when who told it has
 * died while it lasts: at least once, under one id. So is its end. [spec aggregation §8]
 */
export class AlertBook {
  private readonly around: AlertSurroundings;
  private readonly watched = new Map<string, Watched>();
  /** Of others, of rules whose streak is not long enough here yet. */
  private readonly heard = new Map<string, Heard>();
  private epoch = 0;

  constructor(around: AlertSurroundings) {
    this.around = around;
  }

  get size(): number {
    return this.watched.size;
  }

  has(name: string): boolean {
    return this.watched.has(name);
  }

  add(rule: AlertRule, read: () => number | undefined): void {
    this.watched.set(rule.name, { rule, read, streak: 0, active: undefined, ended: undefined });
  }

  remove(name: string): void {
    this.watched.delete(name);
    this.heard.delete(name);
  }

  /** Alerts that are on, as this node sees it. */
  active(): { readonly rule: string; readonly id: string; readonly firedBy: PeerId | undefined }[] {
    return [...this.watched.values()].flatMap(({ active, rule: { name } }) =>
      active === undefined ? [] : [{ rule: name, id: idOf(name, active), firedBy: active.firedBy }],
    );
  }

  /** To be told others. */
  marks(): AlertMark[] {
    return [...this.watched.values()].flatMap(({ active, rule: { name: rule } }) =>
      active?.firedBy === undefined ? [] : [{ rule, epoch: active.epoch, firedBy: active.firedBy }],
    );
  }

  onMark(mark: AlertMark): void {
    const watched = this.watched.get(mark.rule);
    if (watched === undefined) return;
    if (watched.active !== undefined) this.adopt(watched.active, mark, watched.rule);
    else this.heard.set(mark.rule, { mark, atEpoch: this.epoch });
  }

  onEpoch(epoch: number): void {
    this.epoch = epoch;
    const living = this.around.living();
    const rank = Math.max(0, living.indexOf(this.around.self));
    for (const watched of this.watched.values()) {
      const value = watched.read();
      if (value === undefined) watched.streak = 0;
      else if (watched.active === undefined) this.awaitRaise(watched, value, epoch);
      else this.awaitClear(watched, value, epoch);
      this.mindEnd(watched, living);
      const { active } = watched;
      if (active === undefined || value === undefined) continue;
      // Who told it is gone: somebody else minds it now.
      const isOrphan = active.firedBy !== undefined && !living.includes(active.firedBy);
      if (isOrphan) {
        active.firedBy = undefined;
        active.orphanedAt = epoch;
      }
      const isDue = epoch - active.orphanedAt >= rank * this.around.options.handoverCount;
      if (active.firedBy === undefined && isDue) this.fire(watched, active, value);
    }
  }

  private awaitRaise(watched: Watched, value: number, epoch: number): void {
    const { forCount, name } = watched.rule;
    watched.streak = isBreached(watched.rule, value) ? watched.streak + 1 : 0;
    if (watched.streak < forCount) return;
    watched.streak = 0;
    watched.active = { epoch, firedBy: undefined, orphanedAt: epoch };
    const heard = this.heard.get(name);
    this.heard.delete(name);
    // However long it has been on for others: who came late, or again, has no other id for it.
    if (heard !== undefined && epoch - heard.atEpoch <= forCount)
      this.take(watched.active, heard.mark);
  }

  private awaitClear(watched: Watched, value: number, epoch: number): void {
    const { active, rule } = watched;
    watched.streak = isClear(rule, value) ? watched.streak + 1 : 0;
    if (active === undefined || watched.streak < rule.forCount) return;
    watched.streak = 0;
    watched.active = undefined;
    if (active.firedBy === undefined) return;
    watched.ended = { active, epoch, value };
  }

  /** Its end is told by who told of it, and by the lowest one where that has died. */
  private mindEnd(watched: Watched, living: readonly PeerId[]): void {
    const { ended, rule } = watched;
    const firedBy = ended?.active.firedBy;
    if (ended === undefined || firedBy === undefined) return;
    const { self } = this.around;
    const teller = living.includes(firedBy) ? firedBy : living[0];
    const isOver = teller === self || this.epoch - ended.epoch > ENDED_KEPT_COUNT;
    if (isOver) watched.ended = undefined;
    if (teller !== self) return;
    const { active, epoch, value } = ended;
    const id = idOf(rule.name, active);
    this.around.onAlert({ rule: rule.name, id, state: "cleared", epoch, value, firedBy: self });
  }

  private fire({ rule }: Watched, active: Active, value: number): void {
    const { self } = this.around;
    active.firedBy = self;
    const { epoch } = active;
    const id = idOf(rule.name, active);
    this.around.onAlert({ rule: rule.name, id, state: "raised", epoch, value, firedBy: self });
  }

  /** One occurrence has one id, though nodes see it an epoch apart: that of the earlier. */
  private adopt(active: Active, mark: AlertMark, { forCount }: AlertRule): void {
    const nearby = forCount + this.around.options.handoverCount * 2;
    const earlier = active.epoch - mark.epoch;
    // What was told under one id ends under it.
    const isKept = active.firedBy === this.around.self || earlier <= 0 || earlier > nearby;
    if (active.firedBy === undefined || !isKept) this.take(active, mark);
  }

  private take(active: Active, { epoch, firedBy }: AlertMark): void {
    active.epoch = epoch;
    // The word of one who is gone is an echo: somebody else minds it.
    active.firedBy = this.around.living().includes(firedBy) ? firedBy : undefined;
  }
}

function idOf(rule: string, { epoch }: Pick<Active, "epoch">): string {
  return `${rule}@${epoch}`;
}

function isBreached({ above, below }: AlertRule, value: number): boolean {
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}

function isClear(rule: AlertRule, value: number): boolean {
  const { above, below, clear } = rule;
  if (above !== undefined) return value <= (clear ?? above);
  return value >= (clear ?? below ?? value);
}
