import type { OrdererMembers } from "../../core/orderer.ts";
import { memberOf, type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { LogPeers, LogView } from "../../data/ordered-log/ordered-log.contract.ts";
import type { MemberStatus } from "../api.ts";

/** The members of the order but this node: whoever else is no use to a log. */
export class OrderView implements LogView {
  private readonly self: PeerId;
  private readonly members: () => OrdererMembers;

  constructor(name: string, members: () => OrdererMembers) {
    this.self = peerId(name);
    this.members = members;
  }

  get size(): number {
    return this.others(undefined).length;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const others = this.others(exclude);
    const most = Math.min(count, others.length);
    for (let taken = 0; taken < most; taken += 1) {
      const at = taken + random.below(others.length - taken);
      const [picked, first] = [others[at], others[taken]];
      if (picked === undefined || first === undefined) break;
      others[at] = first;
      out.push(picked);
    }
    return most;
  }

  private others(exclude: PeerId | undefined): PeerId[] {
    const { learners, voters } = this.members();
    return [...voters, ...learners].filter((peer) => peer !== this.self && peer !== exclude);
  }
}

export interface OrderPeersPorts {
  members(): OrdererMembers;
  statusOf(name: string): MemberStatus | undefined;
  /** Of the life that the member lives; undefined while it is not alive. */
  livingBoot(name: string): number | undefined;
}

/** Lives of nodes, as the membership knows them. */
export class OrderPeers implements LogPeers {
  private readonly ports: OrderPeersPorts;

  constructor(ports: OrderPeersPorts) {
    this.ports = ports;
  }

  peerOf(origin: Origin): PeerId | undefined {
    return parseOrigin(origin) === undefined ? undefined : peerId(memberOf(origin));
  }

  isGone(origin: Origin): boolean {
    const life = parseOrigin(origin);
    if (life === undefined) return true;
    const living = this.ports.livingBoot(life.name);
    if (living !== undefined) return living > life.boot;
    const status = this.ports.statusOf(life.name);
    if (status !== undefined) return status === "failed" || status === "left";
    // Of a node that has just begun nobody is known yet, and nobody is gone for that.
    const { learners, voters } = this.ports.members();
    return ![...voters, ...learners].includes(peerId(life.name));
  }
}
