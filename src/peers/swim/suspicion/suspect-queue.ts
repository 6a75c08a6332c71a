import type { Random } from "../../../core/random.ts";

/** Most suspects waiting for their turn; further ones are probed when the list comes to them. */
const WAITING_MAX = 64;

export interface SuspectQueueTerms {
  readonly random: Random;
  /** How many of the cluster's members are to probe a suspect; 0 for none. */
  readonly probersCount: number;
  /** How many members there are. */
  readonly population: () => number;
}

/**
 * Suspects that this node has heard of and probes before the list goes on. A probe of its own turns
 * hearsay into a second accusation, or gives the suspect a further chance to hear of the suspicion
 * and to refute it. Each member takes part by chance, so that in a large cluster a suspect is not
 * asked by all at once. It costs no packets: the turn is one that another member would have had.
 */
export class SuspectQueue {
  private readonly terms: SuspectQueueTerms;
  private readonly waiting = new Set<string>();

  constructor(terms: SuspectQueueTerms) {
    this.terms = terms;
  }

  offer(name: string): void {
    const { random, probersCount, population } = this.terms;
    if (probersCount === 0 || this.waiting.size >= WAITING_MAX) return;
    if (random.chance(probersCount / Math.max(1, population() - 2))) this.waiting.add(name);
  }

  /** The one that waits longest. */
  take(): string | undefined {
    for (const name of this.waiting) {
      this.waiting.delete(name);
      return name;
    }
    return undefined;
  }
}
