import type { PeerId } from "../../core/peer.ts";
import type { PeerListener } from "../peer-view.ts";
import type { PartialView } from "./partial-view.ts";

/**
 * Tells listeners who came and went, once a step has ended: within a step a peer may go and come
 * back, and that is no news.
 */
export class ViewEar {
  private readonly view: PartialView;
  private readonly afterStep: (body: () => void) => void;
  private readonly listeners: PeerListener[] = [];
  /** Who is there, as far as the listeners know. */
  private told = new Set<PeerId>();
  private isPlanned = false;

  constructor(view: PartialView, afterStep: (body: () => void) => void) {
    this.view = view;
    this.afterStep = afterStep;
  }

  subscribe(listener: PeerListener): void {
    if (this.listeners.length === 0) this.told = this.present();
    this.listeners.push(listener);
  }

  /** The view may have changed. */
  noteChange(): void {
    if (this.listeners.length === 0 || this.isPlanned) return;
    this.isPlanned = true;
    this.afterStep(() => {
      this.isPlanned = false;
      this.tell();
    });
  }

  private tell(): void {
    const { told } = this;
    const now = this.present();
    this.told = now;
    for (const peer of told) {
      if (!now.has(peer)) for (const listener of this.listeners) listener.onPeerDown(peer);
    }
    for (const peer of now) {
      if (!told.has(peer)) for (const listener of this.listeners) listener.onPeerUp(peer);
    }
  }

  private present(): Set<PeerId> {
    return new Set([...this.view].map(({ peer }) => peer));
  }
}
