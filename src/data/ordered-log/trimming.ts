import type { PeerId } from "../../core/peer.ts";
import { hasMajority, type LogContext } from "./log-context.ts";
import { encodeCommand } from "./order-command.ts";
import type { PeerReport } from "./ordered-log.messages.ts";

interface Heard {
  readonly report: PeerReport;
  readonly heardMs: number;
}

/**
 * What a leader knows of how far its members are, and what follows: from where on data is needed no
 * more, and whether a change of voters keeps what is ordered on a majority. [spec raft §7]
 */
export class Trimming {
  private readonly log: LogContext;
  private readonly heard = new Map<PeerId, Heard>();
  private sinceMs = 0;
  private proposedPlace = 0;

  constructor(log: LogContext) {
    this.log = log;
  }

  begin(): void {
    this.heard.clear();
    this.sinceMs = this.log.env.now();
    this.proposedPlace = 0;
  }

  onReport(from: PeerId, report: PeerReport): void {
    const { env, order } = this.log;
    const { learners, voters } = order.members;
    if (!voters.includes(from) && !learners.includes(from))
      return this.log.count("dropped.stranger");
    this.heard.set(from, { report, heardMs: env.now() });
  }

  /** Proposes to drop what is needed no more. */
  look(): void {
    const { options, order, state } = this.log;
    if (!order.status.isLeader) return;
    const { trailingBytes, trailingCount, trimStepBytes, trimStepCount } = options;
    const done = Math.max(state.trimmed.place, this.proposedPlace);
    const end = Math.min(state.end.place, Math.max(this.inSnapshots(), this.appliedByAll()));
    const place = this.before(end, trailingCount, trailingBytes);
    if (place <= done || this.before(place, trimStepCount, trimStepBytes) < done) return;
    this.proposedPlace = place;
    order.propose(encodeCommand({ kind: "trim", place }));
  }

  /** Of the items up to `place`, so many or such bytes are left out. */
  private before(place: number, count: number, bytesMax: number): number {
    const { state, store } = this.log;
    const least = Math.max(place - count, state.trimmed.place);
    let bytes = 0;
    for (let at = place; at > least; at -= 1) {
      const item = state.itemAt(at);
      bytes += (item?.kind === "event" && store.get(item.dot)?.encoded.length) || 0;
      if (bytes > bytesMax) return at;
    }
    return place - count;
  }

  /** A learner that has all data becomes a holder; one that has not would thin the majority out. */
  mayPromote(peer: PeerId): boolean {
    const report = this.heard.get(peer)?.report;
    return report !== undefined && report.dataThrough.place >= this.log.state.end.place;
  }

  /** Among those who stay, a majority has all that is ordered. */
  mayRemove(peer: PeerId): boolean {
    const { order, state } = this.log;
    const rest = order.members.voters.filter((voter) => voter !== peer);
    return hasMajority(rest, (voter) => {
      const report = this.heard.get(voter)?.report;
      return report !== undefined && report.dataThrough.place >= state.end.place;
    });
  }

  /** A majority of the voters has a snapshot of so much. */
  private inSnapshots(): number {
    const { voters } = this.log.order.members;
    const places = voters.map((voter) => this.heard.get(voter)?.report.snapshot.place ?? 0);
    places.sort((a, b) => b - a);
    return places[Math.floor(voters.length / 2)] ?? 0;
  }

  /** All members' applications have so much behind them, over a crash too. */
  private appliedByAll(): number {
    const { env, options, order } = this.log;
    const { learners, voters } = order.members;
    let least = Number.POSITIVE_INFINITY;
    const saying = new Set<PeerId>();
    for (const member of [...voters, ...learners]) {
      const found = this.heard.get(member);
      if (env.now() - (found?.heardMs ?? this.sinceMs) > options.silentAfterMs) continue;
      if (found === undefined) return 0;
      const { applied } = found.report;
      if (applied === undefined) continue;
      saying.add(member);
      least = Math.min(least, applied.place);
    }
    return hasMajority(voters, (voter) => saying.has(voter)) ? least : 0;
  }
}
