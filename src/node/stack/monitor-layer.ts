import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import { GroupLayout } from "../../data/monitor/grouping.ts";
import type {
  MonitorCount,
  MonitorRoster,
  MonitorWiring,
} from "../../data/monitor/monitor.contract.ts";
import { MONITOR_CHANNEL, type MonitorMessage } from "../../data/monitor/monitor.messages.ts";
import type { MonitorOptions } from "../../data/monitor/monitor.options.ts";
import { Monitor } from "../../data/monitor/monitor.ts";
import { decodeMonitor, encodeMonitor } from "../../data/monitor/monitor.wire.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { Links } from "../links/links.contract.ts";
import type { FramePost } from "./frame-post.ts";
import type { UnmonitoredPeers } from "./unmonitored-peers.ts";

/** As much of a member as groups are made by. */
export interface MonitoredRecord {
  readonly status: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface MonitorLayerParts {
  readonly name: string;
  readonly host: StackHost;
  readonly hearsayPeers: PeerView;
  /** Those among them that are in no group. */
  readonly unmonitored: UnmonitoredPeers;
  readonly counters: { add(name: MonitorCount | "stack.dropped.badBody", by?: number): void };
  readonly origin: () => Origin;
  readonly post: FramePost;
  readonly links: Links;
  /** undefined of whom membership knows nothing. */
  readonly memberOf: (name: string) => MonitoredRecord | undefined;
}

/** What the node adds: sensors, aggregates of its users, and who is told of changes. */
export type MonitorHooks = Omit<MonitorWiring, "counters" | "roster">;

/**
 * The monitor on one node. Until somebody takes part, here or elsewhere, there is none of it:
 * nothing is sent, and no timer runs.
 */
export class MonitorLayer {
  /** A peer's monitor speaks, and this node takes no part yet: the last chance to `open`. */
  onHeard: (() => void) | undefined;
  private readonly parts: MonitorLayerParts;
  private monitor: Monitor | undefined;
  private isStopped = false;

  constructor(parts: MonitorLayerParts) {
    this.parts = parts;
    const onMessage = (peer: PeerId, bytes: Uint8Array): void => this.onBody(peer, bytes);
    parts.links.use(MONITOR_CHANNEL, { onMessage }, "drop");
  }

  /** In a step, once. Groups are made by the tag `groupTag`, or by nothing when it is "". */
  open(hooks: MonitorHooks, options: MonitorOptions, groupTag: string): Monitor {
    const { counters, host } = this.parts;
    const roster = new MemberRoster(this.parts, options, groupTag);
    const wiring: MonitorWiring = {
      roster,
      counters,
      sample: () => {
        // A member may change its tags without coming or going.
        if (groupTag !== "") roster.onChange();
        return hooks.sample();
      },
      partials: (records) => hooks.partials(records),
      onChange: (change) => hooks.onChange(change),
      onEpoch: (epoch) => hooks.onEpoch(epoch),
      alertMarks: () => hooks.alertMarks(),
      onAlertMark: (mark) => hooks.onAlertMark(mark),
    };
    const monitor = host.mount(
      "monitor",
      (to: PeerId, message: MonitorMessage) => this.send(to, message),
      (env) => new Monitor(env, wiring, options),
    );
    this.monitor = monitor;
    monitor.start();
    return monitor;
  }

  stop(): void {
    this.isStopped = true;
    this.monitor?.stop();
  }

  /** In a step: from a packet or a stream. */
  onFrame({ body, origin }: Frame): void {
    this.onBody(peerId(parseOrigin(origin)?.name ?? origin), body);
  }

  private onBody(from: PeerId, body: Uint8Array): void {
    if (this.isStopped) return;
    const message = decodeMonitor(body);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    if (this.monitor === undefined) this.onHeard?.();
    this.monitor?.onMessage(from, message);
  }

  /** A lost one is mended by the next: a link is not opened for what fits into a packet. */
  private send(to: PeerId, message: MonitorMessage): void {
    const { links, origin, post } = this.parts;
    if (this.isStopped || !post.canReach(to)) return;
    const body = encodeMonitor(message);
    const frame = encodeFrame({ origin: origin(), channel: MONITOR_CHANNEL, body });
    if (!post.isSmall(frame) && links.canReach(to)) links.send(to, MONITOR_CHANNEL, body);
    else post.send(to, frame);
  }
}

/** The living Hearsay members in their groups, as membership sees them now. */
class MemberRoster implements MonitorRoster {
  private changes = 1;
  private readonly parts: MonitorLayerParts;
  private readonly options: MonitorOptions;
  private readonly groupTag: string;

  constructor(parts: MonitorLayerParts, options: MonitorOptions, groupTag: string) {
    this.parts = parts;
    this.options = options;
    this.groupTag = groupTag;
    const onChange = (): void => this.onChange();
    parts.hearsayPeers.subscribe({ onPeerUp: onChange, onPeerDown: onChange });
  }

  get version(): number {
    return this.changes + this.parts.unmonitored.version;
  }

  onChange(): void {
    this.changes += 1;
  }

  layout(kept?: GroupLayout): GroupLayout {
    const members = [this.grouped(peerId(this.parts.name))];
    const { hearsayPeers, unmonitored } = this.parts;
    hearsayPeers.forEachNeighbour((peer) => {
      if (!unmonitored.has(String(peer))) members.push(this.grouped(peer));
    });
    return new GroupLayout(members, this.options, kept);
  }

  hasLeft(peer: PeerId): boolean {
    const status = this.parts.memberOf(String(peer))?.status;
    return status === undefined || status === "left" || status === "leaving";
  }

  private grouped(peer: PeerId): { readonly peer: PeerId; readonly bucket: string } {
    const { groupTag } = this;
    if (groupTag === "") return { peer, bucket: "" };
    return { peer, bucket: this.parts.memberOf(String(peer))?.tags.get(groupTag) ?? "" };
  }
}
