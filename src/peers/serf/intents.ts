/** What somebody said about a name that membership has not told us of yet. */
export interface Intent {
  readonly kind: "join" | "leave";
  readonly lTime: number;
  readonly heardAtMs: number;
}

/**
 * Intents that overtook the member they speak of. Gossip has no order, so a leave may come before
 * the join it follows; it is kept until the member appears, or for a while.
 */
export class Intents {
  private readonly maxCount: number;
  private readonly onFull: () => void;
  private readonly byName = new Map<string, Intent>();

  /** @param onFull told of each intent that fell out because `maxCount` were kept. */
  constructor(maxCount: number, onFull: () => void) {
    this.maxCount = maxCount;
    this.onFull = onFull;
  }

  get size(): number {
    return this.byName.size;
  }

  /** Keeps `intent` if it is newer than what is kept about `name`. False when it is not. */
  keep(name: string, intent: Intent): boolean {
    const kept = this.byName.get(name);
    if (kept !== undefined && kept.lTime >= intent.lTime) return false;
    this.byName.delete(name);
    this.byName.set(name, intent);
    if (this.byName.size > this.maxCount) this.dropOldest();
    return true;
  }

  /** The newest intent about `name`, which is forgotten here. */
  take(name: string): Intent | undefined {
    const intent = this.byName.get(name);
    this.byName.delete(name);
    return intent;
  }

  dropHeardBefore(timeMs: number): void {
    for (const [name, intent] of this.byName) {
      if (intent.heardAtMs < timeMs) this.byName.delete(name);
    }
  }

  private dropOldest(): void {
    const [oldest] = this.byName.keys();
    if (oldest !== undefined) this.byName.delete(oldest);
    this.onFull();
  }
}
