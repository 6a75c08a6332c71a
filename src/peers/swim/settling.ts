import type { SwimContext } from "./swim-context.ts";

/** Rounds in a row that found nothing new, after which a newcomer has settled. */
const AGREED_ROUNDS_COUNT = 2;

/**
 * A newcomer compares notes with a few random members, soon after its join, until they agree.
 *
 * Departs from memberlist, where what gossip missed waits for the next regular push/pull. Many who
 * join one seed at a time gossip while they know only a few and each other not at all: with the
 * profile "local" they take 20 to 57 s to know all. Here each exchange spreads both ways, so a few
 * rounds do, and nothing is sent once they agree: a cluster at rest is memberlist's to the byte.
 * On the wire these are ordinary push/pulls. [bench/join-convergence]
 */
export class Settling {
  private readonly context: SwimContext;
  private roundsLeft = 0;
  private agreedCount = 0;
  private pending: "no" | "yes" = "no";

  constructor(context: SwimContext) {
    this.context = context;
  }

  /** This node has joined somebody: what it learned there may not be all there is. */
  onJoined(): void {
    const { members, options } = this.context;
    const { settleIntervalMs, settleMembersMaxCount, settleRoundsCount } = options;
    if (settleIntervalMs === 0 || members.size > settleMembersMaxCount) return;
    this.roundsLeft = settleRoundsCount;
    this.agreedCount = 0;
    this.schedule();
  }

  /** True when a round is to be made now. */
  takeRound(): boolean {
    this.pending = "no";
    if (this.roundsLeft <= 0) return false;
    this.roundsLeft -= 1;
    this.schedule();
    return true;
  }

  /** A round has ended; one that failed says nothing. */
  onCompared(agreed: "yes" | "no"): void {
    this.agreedCount = agreed === "yes" ? this.agreedCount + 1 : 0;
    if (this.agreedCount >= AGREED_ROUNDS_COUNT) this.roundsLeft = 0;
  }

  private schedule(): void {
    if (this.pending === "yes") return;
    this.pending = "yes";
    const { env, options } = this.context;
    // Spread over an interval, for those who join together must not ask together.
    const delayMs = options.settleIntervalMs * (0.5 + env.random.real());
    env.setTimer({ kind: "settleRound" }, delayMs);
  }
}
