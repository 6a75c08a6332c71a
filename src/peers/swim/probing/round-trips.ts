/** A new sample counts one eighth, as TCP does. [RFC 6298 §2.3] */
const SAMPLE_SHARE = 1 / 8;

/** Smoothed round-trip times of direct probes, by member name. */
export class RoundTrips {
  private readonly smoothed = new Map<string, number>();

  add(name: string, rttMs: number): void {
    const before = this.smoothed.get(name);
    const next = before === undefined ? rttMs : before + (rttMs - before) * SAMPLE_SHARE;
    this.smoothed.set(name, next);
  }

  of(name: string): number | undefined {
    return this.smoothed.get(name);
  }

  forget(name: string): void {
    this.smoothed.delete(name);
  }
}
