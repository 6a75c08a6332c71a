/** For the tests of the simple exchanges: peers, counts, and a replica that takes everything. */
import { DotSet } from "../core/dot-set.ts";
import { makeOrigin, peerId } from "../core/peer.ts";
import { historyDefaults } from "../data/history/history.options.ts";
import { History } from "../data/history/history.ts";
import type { Enrolled } from "../exchange/enrolled.ts";
import { StaticView } from "../peers/static/static-view.ts";

export class ExchangeRig {
  readonly peers: StaticView;
  readonly counts = new Map<string, number>();
  readonly history: History;
  readonly enrolled: Enrolled;
  readonly counters = {
    add: (name: string, by = 1): void => {
      this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    },
  };

  constructor(peersCount: number) {
    this.peers = new StaticView(peerId("self"));
    for (let at = 1; at <= peersCount; at += 1) this.peers.add(peerId(`p${at}`));
    const wiring = {
      origin: () => makeOrigin("self", 1),
      wallClock: () => 1,
      afterStep: (body: () => void) => body(),
    };
    this.history = new History(wiring, historyDefaults);
    this.enrolled = { name: "x", replica: this.history, sizeOf: () => 1 };
  }

  /** An update of another node, the first of its origin. */
  foreign(name: string) {
    const dot = { origin: makeOrigin(name, 1), seq: 1 };
    return {
      kind: "update",
      replica: "x",
      dot,
      update: { atMs: 1, payload: Uint8Array.of(1) },
    } as const;
  }

  heldOf(name: string): number {
    return this.history.seen.intersection(DotSet.of(this.foreign(name).dot)).size;
  }
}

/** Whom the recorded actions were sent to, sorted. */
export function receivers(actions: readonly object[]): string[] {
  const names = actions.flatMap((action) => ("to" in action ? [String(action.to)] : []));
  return names.sort((a, b) => (a < b ? -1 : 1));
}
