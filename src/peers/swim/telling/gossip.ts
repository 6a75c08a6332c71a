import { isLiving } from "../roster/members.ts";
import type { SwimMember } from "../swim.contract.ts";
import { firstDelayMs, type SwimContext } from "../swim-context.ts";
import type { Outbox } from "./outbox.ts";

/**
 * Spreads what is queued to a few random members, the recently dead among them: who is wrongly
 * taken for dead learns of it and refutes. Source: spec section 17.3.
 */
export class Gossip {
  private readonly context: SwimContext;
  private readonly outbox: Outbox;

  constructor(context: SwimContext, outbox: Outbox) {
    this.context = context;
    this.outbox = outbox;
  }

  start(): void {
    const { env, options } = this.context;
    if (options.gossipIntervalMs === 0) return;
    env.setTimer({ kind: "gossipRound" }, firstDelayMs(this.context, options.gossipIntervalMs));
  }

  onRound(): void {
    const { broadcasts, env, options, members, passenger } = this.context;
    env.setTimer({ kind: "gossipRound" }, options.gossipIntervalMs);
    // Most rounds of a quiet cluster: who has nothing to say need not look for anybody.
    if (broadcasts.isEmpty && !passenger.hasNews()) return;
    const targets = members.pick({
      random: env.random,
      count: options.gossipNodesCount,
      drawsMax: members.size,
      accept: (member) => this.isTarget(member),
    });
    const served = targets.filter((target) => passenger.hasBroadcasts(target)).length;
    for (const target of targets) this.outbox.gossip(target);
    this.servePassenger(options.gossipNodesCount - served, targets);
  }

  /** Members who alone can take what the passenger has, so that it too reaches its full number. */
  private servePassenger(count: number, served: readonly SwimMember[]): void {
    if (count <= 0 || !this.context.passenger.hasNews()) return;
    const names = new Set(served.map((member) => member.name));
    const { env, options, members, passenger, identity } = this.context;
    const more = members.pick({
      random: env.random,
      count,
      drawsMax: options.gossipSearchCount,
      accept: (m) =>
        isLiving(m.status) &&
        m.name !== identity.name &&
        !names.has(m.name) &&
        passenger.hasBroadcasts(m),
    });
    for (const member of more) this.outbox.gossip(member);
  }

  private isTarget(member: SwimMember): boolean {
    if (member.name === this.context.identity.name || member.status === "left") return false;
    if (member.status !== "dead") return true;
    const deadForMs = this.context.env.now() - member.statusSince;
    return deadForMs <= this.context.options.gossipToTheDeadMs;
  }
}
