import { addressKey } from "../../core/address.ts";
import type { SwimMember } from "../../peers/swim/swim.contract.ts";
import { Checker, type Inhabitant, type Metric, type World } from "./checker.ts";

export const incarnationsDefaults = {
  /** Records looked at in one sample; larger clusters are looked at in turns. [guess] */
  recordsMaxCount: 4_096,
  /**
   * Whom an observer held for dead or left for so long, it may have forgotten and met anew.
   * [because: half of memberlist's GossipToTheDeadTime in LAN]
   */
  forgettableAfterMs: 15_000,
} as const;

type Options = { readonly [Name in keyof typeof incarnationsDefaults]: number };

type Beliefs = Map<string, Belief>;

interface Belief {
  readonly incarnation: number;
  readonly place: string;
  /** When it was first seen to be dead or left in the observer's eyes; undefined: it lives. */
  readonly goneSinceMs: number | undefined;
}

/**
 * Invariants of SWIM: what a node knows of a member's incarnation never decreases while it knows
 * the member at that address, and nobody but the member itself ever raised it. (SWIM, section 4.2;
 * a dead name that comes back elsewhere starts anew: specs/memberlist-wire.md section 14.1)
 */
export class Incarnations extends Checker {
  private readonly options: Options;
  private readonly highest: number[];
  private readonly seen = new Map<number, { readonly life: number; of: Beliefs }>();
  private nextObserver = 0;
  private lookedCount = 0;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
    this.highest = new Array<number>(world.nodesCount).fill(0);
  }

  override onSample(): void {
    const { nodesCount } = this.world;
    for (let node = 0; node < nodesCount; node += 1) this.noteOwn(node);
    const observersCount = Math.max(1, Math.floor(this.options.recordsMaxCount / nodesCount));
    for (let turn = 0; turn < Math.min(observersCount, nodesCount); turn += 1) {
      const inhabitant = this.world.inhabitant(this.nextObserver % nodesCount);
      this.nextObserver += 1;
      if (inhabitant !== undefined) this.look(inhabitant);
    }
  }

  /** Its last own word on the matter. */
  override onCrash(node: number): void {
    this.noteOwn(node);
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    this.onSample();
    return { looked: this.lookedCount, highest: Math.max(0, ...this.highest) };
  }

  private noteOwn(node: number): void {
    const own = this.world.inhabitant(node)?.membership.members.local.incarnation ?? 0;
    if (own > (this.highest[node] ?? 0)) this.highest[node] = own;
  }

  private look(observer: Inhabitant): void {
    const last = this.seen.get(observer.index);
    const before = last !== undefined && last.life === observer.life ? last.of : undefined;
    const now: Beliefs = new Map();
    for (const member of observer.membership.members) {
      this.lookedCount += 1;
      const former = before?.get(member.name);
      const belief = this.beliefOf(member, former);
      now.set(member.name, belief);
      this.compare({ observer: observer.name, member: member.name, belief, former });
    }
    this.seen.set(observer.index, { life: observer.life, of: now });
  }

  private beliefOf(member: SwimMember, former: Belief | undefined): Belief {
    const isGone = member.status === "dead" || member.status === "left";
    const goneSinceMs = isGone ? (former?.goneSinceMs ?? this.world.nowMs) : undefined;
    return { incarnation: member.incarnation, place: addressKey(member.address), goneSinceMs };
  }

  private compare({ belief, former, member, observer }: Comparison): void {
    const highest = this.highest[this.world.indexOf(member)] ?? 0;
    if (belief.incarnation > highest) {
      const held = `${observer} holds ${member} at incarnation ${belief.incarnation}`;
      this.violate(`${held}; itself it is at ${highest}`);
    }
    if (former === undefined || belief.incarnation >= former.incarnation) return;
    if (former.place !== belief.place) return;
    const goneForMs = this.world.nowMs - (former.goneSinceMs ?? this.world.nowMs);
    if (goneForMs >= this.options.forgettableAfterMs) return;
    this.violate(
      `${observer} fell from ${former.incarnation} to ${belief.incarnation} for ${member}`,
    );
  }
}

interface Comparison {
  readonly observer: string;
  readonly member: string;
  readonly belief: Belief;
  readonly former: Belief | undefined;
}
