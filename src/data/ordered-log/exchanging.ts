import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { LogContext } from "./log-context.ts";
import type { Spreading } from "./spreading.ts";

/**
 * Compares what has no place with random peers, so that an event of which only a few were told, and
 * whose origin is gone, still comes to the voters. [spec raft §6]
 */
export class Exchanging {
  private readonly log: LogContext;
  private readonly spreading: Spreading;

  constructor(log: LogContext, spreading: Spreading) {
    this.log = log;
    this.spreading = spreading;
  }

  arm(): void {
    const { env, options } = this.log;
    env.setTimer({ kind: "exchange" }, options.exchangeIntervalMs * (0.75 + env.random.real() / 2));
  }

  onTimer(): void {
    this.arm();
    const { env, options, order, store, view } = this.log;
    const agedMs = env.now() - options.exchangeIntervalMs / 2;
    const dots = new DotSet();
    for (const { dot, sinceMs } of store.pendings()) {
      // What has just come is on its way by itself.
      if (sinceMs > agedMs) continue;
      dots.add(dot);
      if (dots.size >= options.pendingMaxCount) break;
    }
    if (dots.isEmpty) return;
    const sampled: PeerId[] = [];
    const count = view.sample(env.random, 1, sampled);
    const voter = env.random.pick(order.members.voters.filter((peer) => peer !== env.self));
    const peers = new Set(sampled.slice(0, count));
    if (voter !== undefined) peers.add(voter);
    for (const peer of peers) env.sendNow(peer, { kind: "pending", dots });
  }

  /** Gives what the other one lacks, and asks for what is missing here. */
  onPending(from: PeerId, theirs: ReadonlyDotSet): void {
    const { env, options, state, store } = this.log;
    const agedMs = env.now() - options.exchangeIntervalMs / 2;
    const given = [];
    let bytes = 0;
    for (const event of store.pendings()) {
      if (event.sinceMs > agedMs || theirs.has(event.dot)) continue;
      bytes += event.encoded.length;
      if (given.length > 0 && bytes > options.fetchMaxBytes) break;
      given.push(event);
    }
    this.spreading.send(from, "direct", given);
    const held = new DotSet();
    for (const { dot } of store.pendings()) held.add(dot);
    const lacking = theirs
      .missingFrom(held, options.pendingMaxCount)
      .filter((dot) => state.floorOf(dot.origin) < dot.seq)
      .slice(0, options.fetchMaxCount);
    if (lacking.length > 0) env.sendNow(from, { kind: "fetch", dots: lacking });
  }
}
