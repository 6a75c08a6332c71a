import { type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../peer-view.ts";
import { isLiving, type MemberTable } from "./roster/members.ts";

/** SWIM's answer to "who is there": everyone alive or suspect but this node. */
export class SwimView implements PeerView {
  private readonly members: MemberTable;
  private readonly listeners: PeerListener[] = [];

  constructor(members: MemberTable) {
    this.members = members;
  }

  get size(): number {
    const { livingCount, local } = this.members;
    return isLiving(local.status) ? livingCount - 1 : livingCount;
  }

  get population(): number {
    return this.size + 1;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const local = this.members.local.name;
    const picked = this.members.pick({
      random,
      count,
      drawsMax: this.members.size,
      accept: (m) => isLiving(m.status) && m.name !== local && m.name !== exclude,
    });
    picked.forEach((member, index) => {
      out[index] = peerId(member.name);
    });
    return picked.length;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    const local = this.members.local.name;
    for (const member of this.members) {
      if (member.name !== local && isLiving(member.status)) visit(peerId(member.name));
    }
  }

  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  /** Told by `News` at the end of a step. */
  tellUp(name: string): void {
    for (const listener of this.listeners) listener.onPeerUp(peerId(name));
  }

  tellDown(name: string): void {
    for (const listener of this.listeners) listener.onPeerDown(peerId(name));
  }
}
