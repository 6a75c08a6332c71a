import { Checker, type Inhabitant, type Metric, type World } from "./checker.ts";

export const incarnationsDefaults = {
  /** Records looked at in one sample; larger clusters are looked at in turns. [guess] */
  recordsMaxCount: 4_096,
} as const;

type Options = { readonly [Name in keyof typeof incarnationsDefaults]: number };

/**
 * Invariants of SWIM: what a node knows of a member's incarnation never decreases while it knows
 * the member, and nobody but the member itself ever raised it. (SWIM, section 4.2)
 */
export class Incarnations extends Checker {
  private readonly options: Options;
  private readonly highest: number[];
  private readonly seen = new Map<number, { readonly life: number; of: Map<string, number> }>();
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
    const now = new Map<string, number>();
    for (const { name, incarnation } of observer.membership.members) {
      this.lookedCount += 1;
      now.set(name, incarnation);
      const highest = this.highest[this.world.indexOf(name)] ?? 0;
      if (incarnation > highest) {
        const held = `${observer.name} holds ${name} at incarnation ${incarnation}`;
        this.violate(`${held}; itself it is at ${highest}`);
      }
      const former = before?.get(name) ?? 0;
      if (incarnation >= former) continue;
      this.violate(`${observer.name} fell from ${former} to ${incarnation} for ${name}`);
    }
    this.seen.set(observer.index, { life: observer.life, of: now });
  }
}
