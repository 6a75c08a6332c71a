import { Checker, type Metric, type World } from "./checker.ts";
import { rounded } from "./summary.ts";

export const loadDefaults = {
  /** Most packets a node sends in a second, on average; 0 only measures. [guess] */
  packetsMaxCount: 0,
  /** Most bytes in packets a node sends in a second, on average; 0 only measures. [guess] */
  trafficMaxBytes: 0,
  /** How many times the average the busiest second may have; 0 only measures. [guess] */
  peakMaxCount: 0,
} as const;

type Options = { readonly [Name in keyof typeof loadDefaults]: number };

const SECOND_MS = 1_000;

/** What each running node sends in a second: packets, and bytes of those that were not lost. */
export class Load extends Checker {
  private readonly options: Options;
  private startPackets = 0;
  private startBytes = 0;
  private nodeMs = 0;
  private lastMs = 0;
  private lastPackets = 0;
  private peakPackets = 0;

  constructor(world: World, options: Options) {
    super(world);
    this.options = options;
  }

  override onStart(): void {
    const { traffic, nowMs } = this.world;
    this.startPackets = traffic.packetsCount;
    this.startBytes = traffic.bytes;
    this.lastPackets = traffic.packetsCount;
    this.lastMs = nowMs;
  }

  override onSample(): void {
    const { nowMs, traffic } = this.world;
    const passedMs = nowMs - this.lastMs;
    const runningCount = this.runningCount();
    this.nodeMs += passedMs * runningCount;
    if (passedMs > 0 && runningCount > 0) {
      const packets = traffic.packetsCount - this.lastPackets;
      this.peakPackets = Math.max(
        this.peakPackets,
        (packets * SECOND_MS) / passedMs / runningCount,
      );
    }
    this.lastMs = nowMs;
    this.lastPackets = traffic.packetsCount;
  }

  protected override conclude(): Readonly<Record<string, Metric>> {
    this.onSample();
    const { traffic } = this.world;
    const perSecond = (amount: number): number =>
      this.nodeMs === 0 ? 0 : (amount * SECOND_MS) / this.nodeMs;
    const packets = perSecond(traffic.packetsCount - this.startPackets);
    const bytes = perSecond(traffic.bytes - this.startBytes);
    this.refuse("packets", packets, this.options.packetsMaxCount);
    this.refuse("bytes", bytes, this.options.trafficMaxBytes);
    this.refuse("packets in the busiest second", this.peakPackets, this.peakMaxCount(packets));
    return {
      packetsPerSecond: rounded(packets),
      bytesPerSecond: rounded(bytes),
      peakPacketsPerSecond: rounded(this.peakPackets),
    };
  }

  private peakMaxCount(mean: number): number {
    return this.options.peakMaxCount * mean;
  }

  private refuse(what: string, value: number, most: number): void {
    if (most === 0 || value <= most) return;
    this.violate(`${rounded(value)} ${what} per node and second, not ${rounded(most)}`);
  }

  private runningCount(): number {
    const { truth, nodesCount } = this.world;
    let count = 0;
    for (let node = 0; node < nodesCount; node += 1) if (truth.isUp(node)) count += 1;
    return count;
  }
}
