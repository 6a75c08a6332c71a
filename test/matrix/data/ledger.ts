/** Which writes are owed: those that a node said were on its disk, while it has that disk. */
export interface OwedWrite {
  /** What it wrote to, as the column names it. */
  readonly place: string;
  /** Greater for a later write of the same writer to the same place. */
  readonly count: number;
  /** The node that took it. */
  readonly by: string;
}

export class Ledger {
  /** What went wrong for clients, by code of error. */
  readonly refusals = new Map<string, number>();
  private owed: OwedWrite[] = [];
  private readonly lives = new Map<string, number>();
  private begunCount = 0;
  private endedCount = 0;

  /** Waits for the end of a write, which may never come. */
  track(
    write: Omit<OwedWrite, "count"> & { readonly count: number },
    promise: Promise<{ readonly durable: boolean } | undefined>,
    onAcknowledged: () => void = () => {},
  ): void {
    const life = this.lives.get(write.by) ?? 0;
    this.begunCount += 1;
    promise.then(
      (result) => {
        this.endedCount += 1;
        const isSameDisk = (this.lives.get(write.by) ?? 0) === life;
        if (result?.durable !== true || !isSameDisk) return;
        this.owed.push(write);
        onAcknowledged();
      },
      (error: unknown) => this.refuse(error),
    );
  }

  refuse(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** A node lost its disk, and with it what it may have told nobody. */
  loseDisk(name: string): void {
    this.lives.set(name, (this.lives.get(name) ?? 0) + 1);
    this.owed = this.owed.filter(({ by }) => by !== name);
  }

  get writes(): readonly OwedWrite[] {
    return this.owed;
  }

  /** The last owed write to each place. */
  lastOwed(): Map<string, OwedWrite> {
    const last = new Map<string, OwedWrite>();
    for (const write of this.owed) {
      if ((last.get(write.place)?.count ?? -1) < write.count) last.set(write.place, write);
    }
    return last;
  }

  /** Owed writes are worth little where hardly any were taken. */
  get acknowledgedRatio(): number {
    return this.begunCount === 0 ? 1 : this.endedCount / this.begunCount;
  }
}
