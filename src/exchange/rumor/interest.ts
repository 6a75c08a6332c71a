import { unreachable } from "../../core/assert.ts";
import { ln } from "../../core/math.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { HotRumor } from "./hot-rumors.ts";
import type { RumorEnv } from "./rumor.contract.ts";
import { standings } from "./rumor.messages.ts";
import type { RumorOptions } from "./rumor.options.ts";

/**
 * When a rumor is told no more. What is heard of it is only noted, and judged when the cycle ends:
 * one useful contact in a cycle makes the whole cycle useful and sets the counter back to 0. That
 * is what reproduces the tables. [Demers 1987 §1.4, footnote; spec papers section 1.4]
 */
export class Interest {
  private readonly options: RumorOptions;
  private readonly env: RumorEnv;
  private readonly peers: PeerView;

  constructor(options: RumorOptions, env: RumorEnv, peers: PeerView) {
    this.options = options;
    this.env = env;
    this.peers = peers;
  }

  /** How this node stands to a rumor that it knows. */
  standing({ coolingRounds, counter, isGone }: HotRumor): number {
    if (isGone) return standings.cold;
    if (coolingRounds >= 0) return standings.cooling;
    return Math.min(standings.hottest, counter + 1);
  }

  /** It was told to a peer, who says how it stood to it. */
  onStanding(rumor: HotRumor, theirs: number): void {
    if (theirs === standings.unknown || theirs === standings.expected) {
      rumor.isUseful = true;
      rumor.balance -= 1;
    } else if (this.options.minimization === "none") {
      rumor.isUseless = true;
      this.weigh(rumor, theirs);
    } else this.compare(rumor, theirs);
  }

  /** A peer told it to this node, which knew it. */
  onHeard(rumor: HotRumor, theirs: number): void {
    if (this.options.loss === "medianCounter") this.weigh(rumor, theirs);
    else if (this.options.minimization === "smallerCounts") this.compare(rumor, theirs);
  }

  /** A peer told it to this node, which did not know it. */
  onFirst(rumor: HotRumor, theirs: number): void {
    if (this.options.loss !== "medianCounter" || theirs < standings.cooling) return;
    this.cool(rumor);
    // The cycle in which it came is judged too.
    rumor.coolingRounds += 1;
  }

  /** One more told it in the same cycle: only where all of them were cooling, so is this node. */
  onBirth(rumor: HotRumor, theirs: number): void {
    if (theirs < standings.cooling) rumor.coolingRounds = -1;
  }

  /** The cycle has ended. @returns whether the rumor is told on. */
  judge(rumor: HotRumor): boolean {
    const isHot = this.isHot(rumor);
    rumor.beginCycle();
    return isHot;
  }

  private isHot(rumor: HotRumor): boolean {
    const { feedback, interestCount, loss } = this.options;
    if (loss === "medianCounter") return this.isHotByMedian(rumor);
    if (feedback === "feedback" && rumor.isUseful) {
      rumor.counter = 0;
      return true;
    }
    const counts = feedback === "blind" ? rumor.isTold : rumor.isUseless;
    if (!counts) return true;
    switch (loss) {
      case "coin":
        return this.env.random.below(interestCount) !== 0;
      case "counter":
        rumor.counter += 1;
        return rumor.counter < interestCount;
      default:
        return unreachable(loss);
    }
  }

  /** [Karp 2000; spec papers section 2, steps 4 and 5] */
  private isHotByMedian(rumor: HotRumor): boolean {
    if (rumor.coolingRounds >= 0) {
      rumor.coolingRounds -= 1;
      return rumor.coolingRounds > 0;
    }
    if (rumor.isCoolingElsewhere) this.cool(rumor);
    else if (rumor.balance > 0) {
      rumor.counter += 1;
      if (rumor.counter + 1 >= this.medianMaxCount) this.cool(rumor);
    }
    return true;
  }

  /** From now on it is told for a fixed number of rounds. */
  private cool(rumor: HotRumor): void {
    rumor.coolingRounds = this.medianMaxCount;
  }

  /** ln ln n, at least 1. */
  private get medianMaxCount(): number {
    return Math.max(1, Math.ceil(ln(Math.max(1, ln(Math.max(2, this.peers.population))))));
  }

  private weigh(rumor: HotRumor, theirs: number): void {
    // Departs from [Karp 2000]: who is in D is silent there; here it says so, which ends it sooner.
    if (theirs >= standings.cooling) rumor.isCoolingElsewhere = true;
    else rumor.balance += theirs >= rumor.counter + 1 ? 1 : -1;
  }

  /** Of two who know it, only the one with the smaller counter counts, and both when equal. */
  private compare(rumor: HotRumor, theirs: number): void {
    if (this.standing(rumor) <= theirs) rumor.isUseless = true;
  }
}
