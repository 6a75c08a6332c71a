import type { LinkEnv } from "../core/env.ts";
import type { PeerId } from "../core/peer.ts";
import { SimDirectEnv } from "./sim-direct-env.ts";
import type { SimLinks } from "./sim-links.ts";
import type { SimNode } from "./sim-node.ts";

/** The door of a protocol that opens links to its peers, by their number. */
export class SimLinkEnv<M, T> extends SimDirectEnv<M, T> implements LinkEnv<M, T> {
  private readonly links: SimLinks;

  constructor(node: SimNode, channel: number) {
    super(node, channel);
    this.links = node.simulator.links;
  }

  override send(to: PeerId, message: M): void {
    if (this.isOfThisLife) this.links.send(this.index, to, this.place, message);
  }

  openLink(to: PeerId): void {
    if (this.isOfThisLife) this.links.open(this.index, to, this.place);
  }

  closeLink(to: PeerId): void {
    if (this.isOfThisLife) this.links.close(this.index, to, this.place);
  }
}

/** The door of a protocol that uses the links of another one. */
export class SimOnLinksEnv<M, T> extends SimDirectEnv<M, T> {
  private readonly links: SimLinks;

  constructor(node: SimNode, channel: number) {
    super(node, channel);
    this.links = node.simulator.links;
  }

  override send(to: PeerId, message: M): void {
    if (this.isOfThisLife) this.links.carry(this.index, to, this.place, message);
  }
}
