import { ln } from "../../core/math.ts";
import type { PeerId } from "../../core/peer.ts";
import type { LogContext } from "./log-context.ts";
import type { MessageOf } from "./ordered-log.messages.ts";

/** How many of a view are no neighbours in the ring. [spec raft §8: ⌈ln n⌉ + 2 in all] */
const MORE_COUNT = 2;

/**
 * Views that a leader hands out: of each ring neighbour by name both, and some random others, so
 * that all views together hang together. They are advice on whom to tell what is new: without a
 * leader the last one is good for a while, and then peers are sampled as anywhere. [spec raft §8]
 */
export class Views {
  private readonly log: LogContext;
  private peers: readonly PeerId[] = [];
  private epoch = 0;
  private untilMs = Number.NEGATIVE_INFINITY;
  private askedMs = Number.NEGATIVE_INFINITY;

  constructor(log: LogContext) {
    this.log = log;
  }

  /** Who is to be told, as far as the leader knows; empty without its advice. */
  get advised(): readonly PeerId[] {
    return this.log.env.now() < this.untilMs ? this.peers : [];
  }

  /** Asks for another one when half of the time of this one is over. */
  look(): void {
    const { env, options, order } = this.log;
    const { isLeader, leader } = order.status;
    const nowMs = env.now();
    const isFresh = this.untilMs - nowMs > options.viewTtlMs / 2;
    const hasAsked = nowMs - this.askedMs < options.retryMaxMs;
    if (isLeader || leader === undefined || isFresh || hasAsked) return;
    this.askedMs = nowMs;
    env.sendNow(leader, { kind: "viewAsk", epoch: this.epoch });
  }

  onAsk(from: PeerId): void {
    const { env, order } = this.log;
    if (!order.status.isLeader) return this.log.count("dropped.notLeader");
    this.epoch += 1;
    const { epoch } = this;
    env.sendNow(from, {
      kind: "view",
      term: order.status.term,
      epoch,
      peers: this.viewOf(from),
    });
  }

  onView(from: PeerId, { epoch, peers, term }: MessageOf<"view">): void {
    const { env, options, order } = this.log;
    if (from !== order.status.leader || term !== order.status.term) {
      return this.log.count("dropped.notLeader");
    }
    this.epoch = epoch;
    this.peers = peers.filter((peer) => peer !== env.self);
    this.untilMs = env.now() + options.viewTtlMs;
  }

  /** Voters are told all by whoever writes: the ring is of the others. */
  private viewOf(peer: PeerId): PeerId[] {
    const { env, options, order } = this.log;
    const ring = [...new Set([...order.members.learners, peer])].sort(byName);
    const place = ring.indexOf(peer);
    const neighbours = [ring[(place + 1) % ring.length], ring.at(place - 1)];
    const view = new Set(neighbours.flatMap((one) => (one === undefined ? [] : [one])));
    const wantedCount = Math.max(options.viewMinCount, Math.ceil(ln(ring.length)) + MORE_COUNT);
    for (const other of env.random.shuffle([...ring])) {
      if (view.size >= wantedCount) break;
      view.add(other);
    }
    view.delete(peer);
    return [...view];
  }
}

function byName(a: PeerId, b: PeerId): number {
  const [one, other] = [String(a), String(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
