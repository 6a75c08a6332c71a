import type { DataFace, FaceParts } from "../data-face.ts";
import { NodeRing } from "./node-ring.ts";

/** `node.ring()`: one for all who ask. */
export class RingFace implements DataFace {
  private readonly parts: FaceParts;
  private ring: NodeRing | undefined;

  constructor(parts: FaceParts) {
    this.parts = parts;
  }

  /** @throws HearsayError NODE_STOPPED */
  get(): NodeRing {
    const { name, ports, stack } = this.parts;
    ports.checkRunning();
    this.ring ??= new NodeRing(name, stack().hearsayPeers, ports);
    return this.ring;
  }

  close(): void {}
}
