import type { SimNode } from "./sim-node.ts";
import type { SimTraceEvent, SimTraceListener } from "./sim-trace.ts";

/** Tells one listener what happens; nothing is made while there is none. */
export class SimTracer {
  listener: SimTraceListener | undefined;

  /** Asked first where making the report would cost. */
  get isOn(): boolean {
    return this.listener !== undefined;
  }

  report(what: SimTraceEvent["what"], atMs: number, about: About): void {
    if (this.listener === undefined) return;
    const { node, peer, subject, channel } = about;
    this.listener({
      atMs,
      what,
      node: node === undefined ? "network" : node.name,
      ...(peer && { peer: peer.name }),
      ...(subject !== undefined && { subject }),
      ...(channel !== undefined && { channel }),
    });
  }
}

export interface About {
  /** Undefined for what happens to no node. */
  readonly node: SimNode | undefined;
  readonly peer?: SimNode | undefined;
  readonly subject?: unknown;
  readonly channel?: string | undefined;
}
