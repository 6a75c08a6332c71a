import type { DotRange } from "../../core/dot-set.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Enrolled } from "../enrolled.ts";
import type { Announced } from "./plumtree.messages.ts";
import type { SeatWiring } from "./seat.ts";
import type { Statistics } from "./statistics.ts";

/** Gives peers the payloads that they ask for by name, out of the replica itself. */
export class Answers {
  private readonly enrolled: Enrolled;
  private readonly shared: SeatWiring;
  private readonly statistics: Statistics;

  constructor(enrolled: Enrolled, shared: SeatWiring, statistics: Statistics) {
    this.enrolled = enrolled;
    this.shared = shared;
    this.statistics = statistics;
  }

  give(to: PeerId, wanted: readonly Announced[], nowMs: number): void {
    const { graftMaxBytes, graftMaxCount } = this.shared.options;
    let wantedCount = 0;
    for (const { first, last } of wanted) wantedCount += last - first + 1;
    const most = Math.min(wantedCount, graftMaxCount);
    const left = { count: this.shared.budgets.give(to, most, nowMs), bytes: graftMaxBytes };
    const granted = left.count;
    for (const run of wanted) this.giveRun(to, run, left);
    const given = granted - left.count;
    // The rest is asked for again, or anti-entropy brings it.
    if (given < wantedCount) this.count("plumtree.dropped.wants", wantedCount - given);
  }

  private giveRun(to: PeerId, run: Announced, left: Left): void {
    const { last, origin } = run;
    for (let seq = run.first; seq <= last && left.count > 0 && left.bytes > 0; ) {
      const updates: unknown[] = [];
      const bytes = this.collect(run, seq, { left, updates });
      if (updates.length > 0) this.push(to, { ...run, first: seq }, { updates, bytes });
      seq += updates.length;
      const lackedFrom = seq;
      while (seq <= last && left.count > 0 && this.find(origin, seq) === undefined) {
        seq += 1;
        left.count -= 1;
      }
      if (seq > lackedFrom) this.lack(to, { origin, first: lackedFrom, last: seq - 1 });
    }
  }

  /** The updates held from `start` on, without a gap. @returns their bytes. */
  private collect({ last, origin }: Announced, start: number, into: Collecting): number {
    const { left, updates } = into;
    let bytes = 0;
    for (let seq = start; seq <= last && left.count > 0 && left.bytes > 0; seq += 1) {
      const update = this.find(origin, seq);
      if (update === undefined) break;
      const size = this.enrolled.sizeOf(update);
      // A large one goes alone.
      if (updates.length > 0 && size > this.shared.options.announceFromBytes) break;
      updates.push(update);
      left.count -= 1;
      left.bytes -= size;
      bytes += size;
      // A message holds no more; what follows goes into the next.
      if (bytes >= this.shared.options.batchMaxBytes / 2) break;
    }
    return bytes;
  }

  private push(
    to: PeerId,
    { first, origin, round }: Announced,
    { bytes, updates }: { readonly bytes: number; readonly updates: readonly unknown[] },
  ): void {
    const load = { origin, first, round, updates, bytes, isSealed: true };
    const { options, outbox } = this.shared;
    if (updates.length === 1 && bytes > options.announceFromBytes) {
      if (!outbox.pushLarge(to, this.enrolled.name, load)) {
        // Another one may have room.
        outbox.lack(to, this.enrolled.name, { origin, first, last: first });
        return this.count("plumtree.dropped.wants", 1);
      }
    } else outbox.push(to, this.enrolled.name, load);
    this.statistics.payloadsSentCount += updates.length;
    this.statistics.bytesSentCount += bytes;
    this.count("plumtree.payloadsSent", updates.length);
  }

  private lack(to: PeerId, range: DotRange): void {
    this.shared.outbox.lack(to, this.enrolled.name, range);
    this.count("plumtree.notFound", range.last - range.first + 1);
  }

  private find(origin: Origin, seq: number): unknown {
    return this.enrolled.replica.get({ origin, seq });
  }

  private count(
    name: "plumtree.payloadsSent" | "plumtree.notFound" | "plumtree.dropped.wants",
    by: number,
  ): void {
    this.shared.wiring.counters.add(name, by);
  }
}

interface Left {
  count: number;
  bytes: number;
}

interface Collecting {
  readonly left: Left;
  readonly updates: unknown[];
}
