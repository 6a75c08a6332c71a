import { makeOrigin, type Origin } from "../../core/peer.ts";

/**
 * A hundred years in milliseconds: no clock is set back that far. A larger number is forged, and
 * believing it could leave no number for the lives to come.
 */
const REPORT_AHEAD_MAX_MS = 100 * 365 * 86_400_000;

/**
 * Which life of its name this node lives, and so the origin of all it publishes.
 *
 * Without a data directory the boot is the start time in milliseconds. If a peer's reply to a join
 * still holds the advert of a former life with a boot above ours (a clock was set back), ours is
 * raised above it. That ends with the first publish: from then on the origin stands for this life,
 * for the dots of one life must have one origin. A raise after that is not needed for uniqueness
 * (the reported number differs from ours), only for order, and is ignored.
 */
export class Life {
  private readonly name: string;
  private currentBoot: number;
  private currentOrigin: Origin;
  /** Measured from where the life began: step by step, forged reports would get anywhere. */
  private readonly bootCeiling: number;
  private phase: "open" | "used" = "open";

  constructor(name: string, boot: number) {
    this.name = name;
    this.currentBoot = boot;
    this.bootCeiling = boot + REPORT_AHEAD_MAX_MS;
    this.currentOrigin = makeOrigin(name, boot);
  }

  get boot(): number {
    return this.currentBoot;
  }

  get origin(): Origin {
    return this.currentOrigin;
  }

  /**
   * Others do not count on this life any more: another begins, as if the node had started again.
   * @returns its boot, which is above `floor`
   */
  renew(nowMs: number, floor: number): number {
    this.currentBoot = Math.max(nowMs, this.currentBoot + 1, floor + 1);
    this.currentOrigin = makeOrigin(this.name, this.currentBoot);
    return this.currentBoot;
  }

  /** Something was published under this origin. */
  becomeUsed(): void {
    this.phase = "used";
  }

  /**
   * A peer knows `boot` of our name. Our own comes back to us too, so an equal number says nothing.
   * @returns the new boot when it had to be raised.
   */
  onReported(boot: number): number | undefined {
    if (this.phase === "used" || boot <= this.currentBoot) return undefined;
    if (boot > this.bootCeiling) return undefined;
    this.currentBoot = boot + 1;
    this.currentOrigin = makeOrigin(this.name, this.currentBoot);
    return this.currentBoot;
  }
}
