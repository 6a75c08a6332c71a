import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { NodeStateCount, Standing } from "../../data/node-state/node-state.contract.ts";
import {
  NODE_STATE_CHANNEL,
  type NodeStateMessage,
} from "../../data/node-state/node-state.messages.ts";
import type { NodeStateOptions } from "../../data/node-state/node-state.options.ts";
import type { NodeState } from "../../data/node-state/node-state.ts";
import { decodeNodeState, encodeNodeState } from "../../data/node-state/node-state.wire.ts";
import { Scuttlebutt } from "../../data/node-state/scuttlebutt.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { Links } from "../links/links.contract.ts";
import type { FramePost } from "./frame-post.ts";

export interface StateLayerParts {
  readonly host: StackHost;
  readonly swim: Swim;
  readonly hearsayPeers: PeerView;
  readonly counters: { add(name: NodeStateCount | "stack.dropped.badBody", by?: number): void };
  readonly origin: () => Origin;
  readonly post: FramePost;
  readonly links: Links;
  /** A peer speaks of state, and this node does not take part yet: the last chance to `open`. */
  readonly onHeard: () => void;
}

/**
 * The states of nodes on one node. Until somebody has a state, there is none of it: nothing is
 * sent, and no timer runs.
 */
export class StateLayer {
  private readonly parts: StateLayerParts;
  private engine: Scuttlebutt | undefined;
  private isStopped = false;

  constructor(parts: StateLayerParts) {
    this.parts = parts;
    parts.links.use(
      NODE_STATE_CHANNEL,
      { onMessage: (peer, bytes) => this.onBody(peer, bytes) },
      "bulk",
    );
  }

  /** In a step, once. */
  open(state: NodeState, options: NodeStateOptions): Scuttlebutt {
    const { counters, hearsayPeers, host } = this.parts;
    const engine = host.mount(
      "nodeState",
      (to: PeerId, message: NodeStateMessage) => this.send(to, message),
      (env) => new Scuttlebutt(env, { peers: hearsayPeers, state, counters }, options),
    );
    this.engine = engine;
    engine.start();
    return engine;
  }

  /** Whether the member of this name is there. */
  standingOf(name: string): Standing {
    const status = this.parts.swim.members.get(name)?.status;
    if (status === "alive" || status === "suspect") return "here";
    return status === "left" ? "left" : "gone";
  }

  stop(): void {
    this.isStopped = true;
    this.engine?.stop();
  }

  /** In a step: from a packet or a stream. */
  onFrame({ body, origin }: Frame): void {
    this.onBody(peerId(parseOrigin(origin)?.name ?? origin), body);
  }

  private onBody(from: PeerId, body: Uint8Array): void {
    if (this.isStopped) return;
    const message = decodeNodeState(body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    if (this.engine === undefined) this.parts.onHeard();
    this.engine?.onMessage(from, message);
  }

  private send(to: PeerId, message: NodeStateMessage): void {
    const body = encodeNodeState(message);
    this.parts.post.afterWrites(
      () => this.isStopped,
      () => this.sendBody(to, body),
    );
  }

  /**
   * Peers are random ones: a link is not opened for what fits into a packet. After a message that
   * is lost a later round repairs.
   */
  private sendBody(to: PeerId, body: Uint8Array): void {
    const { links, origin, post } = this.parts;
    if (!post.canReach(to)) return;
    const frame = encodeFrame({ origin: origin(), channel: NODE_STATE_CHANNEL, body });
    if (!post.isSmall(frame) && links.canReach(to)) links.send(to, NODE_STATE_CHANNEL, body);
    else post.send(to, frame);
  }
}
