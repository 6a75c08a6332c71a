import type { PeerId } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Links, LinkTaking, LinkUser } from "../links/links.contract.ts";

/** Longest name in a frame. [because: names of logs and groups are checked to be shorter] */
const NAME_MAX_BYTES = 512;

export interface NamedFramesPorts {
  readonly channel: number;
  links(): Pick<Links, "send">;
  /** A frame for nobody here: the last chance to `take` its name. */
  onUnknown?(name: string, from: PeerId): void;
  /** A frame that nobody wants, or that has no name. */
  onDropped(why: "unknown" | "malformed"): void;
}

/** In a step: bytes of a peer, which may be kept. */
export type FrameEar = (from: PeerId, bytes: Uint8Array) => void;

/** One channel of the links, shared by protocols of one kind: each frame says for whom it is. */
export class NamedFrames implements LinkUser {
  private readonly ports: NamedFramesPorts;
  private readonly ears = new Map<string, FrameEar>();
  private readonly heads = new Map<string, Uint8Array>();

  constructor(ports: NamedFramesPorts) {
    this.ports = ports;
  }

  /** From now on frames of this name are heard by `ear`, and may be sent. */
  take(name: string, ear: FrameEar): void {
    const writer = new ByteWriter();
    writer.text(name);
    this.heads.set(name, writer.finish());
    this.ears.set(name, ear);
  }

  release(name: string): void {
    this.ears.delete(name);
    this.heads.delete(name);
  }

  send(name: string, to: PeerId, body: Uint8Array): LinkTaking {
    const head = this.heads.get(name);
    if (head === undefined) return "noLink";
    const frame = new Uint8Array(head.length + body.length);
    frame.set(head);
    frame.set(body, head.length);
    return this.ports.links().send(to, this.ports.channel, frame);
  }

  onMessage(from: PeerId, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const name = reader.text();
    if (name === undefined || reader.at > NAME_MAX_BYTES) return this.ports.onDropped("malformed");
    if (!this.ears.has(name)) this.ports.onUnknown?.(name, from);
    const ear = this.ears.get(name);
    // A copy, once: what came is a view of the connection's own bytes.
    if (ear === undefined) this.ports.onDropped("unknown");
    else ear(from, bytes.slice(reader.at));
  }

  /** Whoever sent it says it again, or asks. */
  onUnsent(): void {}
}
