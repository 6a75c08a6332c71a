import { Checker, type Metric, type World } from "./checker.ts";
import { rounded } from "./summary.ts";

export const healingDefaults = {
  /** By when all must agree again once the faults have ended; 0: within the phase. [guess] */
  withinMs: 0,
} as const;

type Options = { readonly [Name in keyof typeof healingDefaults]: number };

/** When all faults have ended, everybody finds everybody again, without help and in time. */
export class Healing extends Checker {
  private readonly options: Options;
  private tookMs: number | undefined;
  private isAsked = false;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onHealed(tookMs: number | undefined): void {
    this.isAsked = true;
    this.tookMs = tookMs;
    const { withinMs } = this.options;
    if (tookMs === undefined) this.violate("the cluster did not agree again before time was up");
    else if (withinMs > 0 && tookMs > withinMs) {
      this.violate(`agreement took ${Math.round(tookMs)} ms, not ${withinMs}`);
    }
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    if (!this.isAsked) this.violate('there was nothing to heal: give the scenario a "heal"');
    return this.tookMs === undefined ? {} : { tookMs: rounded(this.tookMs) };
  }
}
