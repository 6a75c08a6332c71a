import { at } from "../core/collections/at.ts";
import { eventKinds, kindAt } from "./event-slab.ts";
import type { SimNetwork } from "./network.ts";
import { STREAM_CHANNEL } from "./sim-channel.ts";
import type { SimEngine } from "./sim-engine.ts";
import { ActionEvent } from "./sim-event.ts";

/** What a message travels in. */
export type SimVia = "packet" | "request" | "reply" | "link";

/** What the author of a simulation says of its messages. */
export interface MessageRules {
  /**
   * Puts each message through a codec and back; without it messages travel by reference.
   * undefined says that the codec refused it, and the message is lost.
   */
  readonly transcode?: ((message: unknown, via: SimVia) => unknown) | undefined;
  /** Bytes of a message on the wire; asked only where `bandwidthBytesPerSecond` is set. */
  readonly sizeOf?: ((message: unknown, via: SimVia) => number) | undefined;
}

/** Takes packets from machine to machine, both by their number, through the network. */
export class SimPost {
  readonly engine: SimEngine;
  private readonly network: SimNetwork;
  private readonly rules: MessageRules;

  constructor(engine: SimEngine, network: SimNetwork, rules: MessageRules) {
    this.engine = engine;
    this.network = network;
    this.rules = rules;
  }

  /** `to` is below 0 when nobody has the address. */
  send(from: number, to: number, channel: number, message: unknown): void {
    const { engine, network } = this;
    if (!engine.roster.isRunning(from)) return this.sendLater(from, to, channel, message);
    engine.counts.packetsSent += 1;
    if (engine.tracer.isOn) this.reportSend(from, to, channel, message);
    if (to < 0) {
      engine.counts.packetsToNobody += 1;
      return;
    }
    let waitMs = 0;
    if (network.holdsUp) {
      waitMs = this.startMs(from, to, message);
      if (waitMs < 0) return this.lose(from, to, "full line");
    }
    if (!network.canPass(from, to)) return this.lose(from, to, "partition");
    if (network.isLost()) return this.lose(from, to, "loss");
    const arriving = this.transcode(message, "packet");
    if (arriving === undefined) return this.lose(from, to, "codec");
    const { wheel } = engine;
    const { slab } = wheel;
    wheel.dueMs = engine.nowMs + (waitMs + network.latencyMs());
    const slot = wheel.add(arriving);
    slab.address(slot, to, from, kindAt(eventKinds.packet, channel));
    if (network.isDoubled()) this.double(slot, waitMs);
  }

  /** Once more the packet that was put in just now. */
  private double(first: number, waitMs: number): void {
    const { engine, network } = this;
    const { wheel } = engine;
    const { slab } = wheel;
    engine.counts.packetsDoubled += 1;
    wheel.dueMs = engine.nowMs + (waitMs + network.latencyMs());
    const slot = wheel.add(slab.carried(first));
    const what = kindAt(eventKinds.packet, slab.place(first));
    slab.address(slot, slab.node(first), slab.detail(first), what);
  }

  transcode(message: unknown, via: SimVia): unknown {
    const { transcode } = this.rules;
    return transcode === undefined ? message : transcode(message, via);
  }

  /** How long a piece of a stream waits in the line out of `from`. */
  lineMs(from: number, message: unknown, via: SimVia): number {
    if (!this.network.isMetered) return 0;
    return this.network.streamLinkMs(from, this.measure(message, via));
  }

  /** How long until a packet is on its way; below 0 when the line out of `from` is full. */
  private startMs(from: number, to: number, message: unknown): number {
    const { network } = this;
    const clogMs = network.clogMs(from, to);
    if (!network.isMetered) return clogMs;
    const lineMs = network.linkMs(from, this.measure(message, "packet"));
    return lineMs === undefined ? -1 : lineMs + clogMs;
  }

  private sendLater(from: number, to: number, channel: number, message: unknown): void {
    const later = new ActionEvent(() => this.send(from, to, channel, message));
    if (at(this.engine.roster.nodes, from).holds.keepSend(later)) return;
    this.engine.counts.packetsOverflowed += 1;
  }

  private measure(message: unknown, via: SimVia): number {
    if (message instanceof Uint8Array) return message.length;
    const { sizeOf } = this.rules;
    if (sizeOf !== undefined) return sizeOf(message, via);
    throw new Error("bandwidthBytesPerSecond needs the option sizeOf: how many bytes a message is");
  }

  private lose(from: number, to: number, why: string): void {
    const { engine } = this;
    engine.counts.packetsLost += 1;
    if (!engine.tracer.isOn) return;
    const { nodes } = engine.roster;
    const about = { node: at(nodes, from), peer: at(nodes, to), subject: why };
    engine.tracer.report("lost", engine.nowMs, about);
  }

  private reportSend(from: number, to: number, channel: number, message: unknown): void {
    const { engine } = this;
    const { nodes } = engine.roster;
    engine.tracer.report("send", engine.nowMs, {
      node: at(nodes, from),
      peer: nodes[to],
      subject: message,
      channel: channel === STREAM_CHANNEL ? undefined : engine.channel(channel).name,
    });
  }
}
