import type { Address } from "../../core/address.ts";

/** A packet that the main thread has not taken. */
export interface Waiting {
  readonly from: Address;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

export interface BacklogOptions {
  readonly windowCount: number;
  readonly backlogMaxCount: number;
  readonly backlogMaxBytes: number;
}

/**
 * Packets on their way to the main thread, in order. A few are posted and wait to be taken; the
 * others wait here, where the oldest makes room for the newest: after a long block, old gossip is
 * worth least. What could be answered without the main thread is taken out before it is posted.
 */
export class PacketBacklog {
  private readonly options: BacklogOptions;
  private readonly onDropped: () => void;
  /** Posted, and not taken. */
  private readonly posted = new Set<Waiting>();
  private readonly held = new Set<Waiting>();
  /** Those that nobody has looked at yet, the oldest first. */
  private readonly unseen = new Set<Waiting>();
  private heldBytes = 0;
  private postedBytes = 0;
  private takenCount = 0;

  constructor(options: BacklogOptions, onDropped: () => void) {
    this.options = options;
    this.onDropped = onDropped;
  }

  /** Whether there is any that nobody has looked at. */
  get hasUnseen(): boolean {
    return this.unseen.size > 0;
  }

  get heldCount(): number {
    return this.held.size;
  }

  put(waiting: Waiting): void {
    this.held.add(waiting);
    this.unseen.add(waiting);
    this.heldBytes += waiting.bytes.length;
    const { backlogMaxBytes, backlogMaxCount } = this.options;
    for (const oldest of this.held) {
      if (this.held.size <= backlogMaxCount && this.heldBytes <= backlogMaxBytes) return;
      this.drop(oldest);
      this.onDropped();
    }
  }

  /** It is answered: the main thread need not see it, unless it was posted already. */
  drop(waiting: Waiting): void {
    this.unseen.delete(waiting);
    if (this.held.delete(waiting)) this.heldBytes -= waiting.bytes.length;
  }

  /** The main thread has taken so many of all that were ever posted. */
  onTaken(count: number): void {
    for (const oldest of this.posted) {
      if (this.takenCount >= count) return;
      this.takenCount += 1;
      this.posted.delete(oldest);
      this.postedBytes -= oldest.bytes.length;
      this.unseen.delete(oldest);
    }
  }

  /** What may be posted now; from then on it counts as posted. */
  takePostable(): Waiting[] {
    const { backlogMaxBytes, windowCount } = this.options;
    const some: Waiting[] = [];
    for (const oldest of this.held) {
      if (this.posted.size >= windowCount || this.postedBytes >= backlogMaxBytes) break;
      this.held.delete(oldest);
      this.heldBytes -= oldest.bytes.length;
      this.posted.add(oldest);
      this.postedBytes += oldest.bytes.length;
      some.push(oldest);
    }
    return some;
  }

  /** Those that came before `beforeMs` and that were not looked at; each is given out once. */
  takeUnseen(beforeMs: number): Waiting[] {
    const late: Waiting[] = [];
    for (const oldest of this.unseen) {
      if (oldest.atMs > beforeMs) break;
      this.unseen.delete(oldest);
      late.push(oldest);
    }
    return late;
  }
}
