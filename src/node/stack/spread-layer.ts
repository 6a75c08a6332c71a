import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { Enrolled, FindCodec } from "../../exchange/enrolled.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { Links } from "../links/links.contract.ts";
import type { FramePost } from "./frame-post.ts";
import type { StackCounters } from "./stack.contract.ts";

/** What an update costs beside its bytes. */
const UPDATE_OVERHEAD_BYTES = 16;

/** Larger messages are bulk. [because: a batch has 64 KiB of updates, and their names] */
const BULK_FROM_BYTES = 131_072;

/** A protocol that spreads the updates of replicas. */
export interface SpreadEngine<Message> {
  start(): void;
  stop(): void;
  enrol(enrolled: Enrolled): void;
  withdraw(name: string): void;
  onMessage(from: PeerId, message: Message): void;
}

/** How one such protocol is made, and written down. */
export interface SpreadKind<Message, Engine extends SpreadEngine<Message>> {
  /** Its number in Hearsay's frame. */
  readonly channelNumber: number;
  /** That of large messages on links, whose order does not matter. */
  readonly bulkChannelNumber?: number;
  mount(send: (to: PeerId, message: Message) => void): Engine;
  encode(message: Message, codecOf: FindCodec): Uint8Array;
  /** Bytes of updates that may be published before peers are asked again for what they take. */
  capacity(engine: Engine): number;
  /** undefined for what is no message. */
  decode(body: Uint8Array, codecOf: FindCodec): Message | undefined;
}

export interface SpreadParts {
  readonly host: StackHost;
  readonly counters: StackCounters;
  readonly origin: () => Origin;
  readonly post: FramePost;
  /** Absent where there are no links. */
  readonly links: Links | undefined;
  /** A peer speaks of a replica that is not enrolled: the last chance to enrol it. */
  readonly onUnknown: (name: string) => void;
}

/**
 * One way of spreading on one node. Until the first replica is enrolled, or somebody speaks of one,
 * it does not exist: nothing is sent, and no timer runs.
 */
export class SpreadLayer<Message, Engine extends SpreadEngine<Message>> {
  private readonly kind: SpreadKind<Message, Engine>;
  private readonly parts: SpreadParts;
  private readonly enrolled = new Map<string, Enrolled>();
  private engine: Engine | undefined;
  private isStopped = false;
  private roomBytes = 0;
  private readonly codecOf: FindCodec = (name) => this.enrolled.get(name)?.codec;
  private readonly codecOfHeard: FindCodec = (name) => {
    if (!this.enrolled.has(name)) this.parts.onUnknown(name);
    return this.enrolled.get(name)?.codec;
  };

  constructor(kind: SpreadKind<Message, Engine>, parts: SpreadParts) {
    this.kind = kind;
    this.parts = parts;
  }

  /** Absent until it is needed; for statistics. */
  get running(): Engine | undefined {
    return this.engine;
  }

  /** In a step. One of the same name gives way. */
  enrol(enrolled: Enrolled): void {
    this.engine ??= this.mount();
    if (this.enrolled.has(enrolled.name)) this.engine.withdraw(enrolled.name);
    this.enrolled.set(enrolled.name, enrolled);
    this.engine.enrol(enrolled);
  }

  /** False while what was published before waits for peers; else `bytesCount` more are. */
  hasRoom(bytesCount: number): boolean {
    if (this.roomBytes <= 0) {
      const { engine } = this;
      this.roomBytes = engine === undefined ? 0 : this.kind.capacity(engine);
      if (this.roomBytes <= 0) return engine === undefined;
    }
    this.roomBytes -= bytesCount + UPDATE_OVERHEAD_BYTES;
    return true;
  }

  stop(): void {
    this.isStopped = true;
    this.engine?.stop();
  }

  /** In a step: from a packet or a stream. */
  onFrame({ body, origin }: Frame): void {
    this.onBody(peerId(parseOrigin(origin)?.name ?? origin), body);
  }

  /** In a step. What is kept of the bytes is copied. */
  onBody(from: PeerId, body: Uint8Array): void {
    if (this.isStopped) return;
    const message = this.kind.decode(body, this.codecOfHeard);
    if (message === undefined) return this.parts.counters.add("stack.dropped.badBody");
    this.engine ??= this.mount();
    this.engine.onMessage(from, message);
  }

  private mount(): Engine {
    const engine = this.kind.mount((to, message) => this.send(to, message));
    engine.start();
    return engine;
  }

  private send(to: PeerId, message: Message): void {
    const body = this.kind.encode(message, this.codecOf);
    this.parts.post.afterWrites(
      () => this.isStopped,
      () => this.sendBody(to, body),
    );
  }

  /** What gets lost on its way, the protocol above misses, and asks for. */
  private sendBody(to: PeerId, body: Uint8Array): void {
    const { links, origin, post } = this.parts;
    const { bulkChannelNumber, channelNumber: channel } = this.kind;
    if (links?.canReach(to) === true) {
      const isBulk = body.length > BULK_FROM_BYTES;
      links.send(to, isBulk ? (bulkChannelNumber ?? channel) : channel, body);
      return;
    }
    if (post.canReach(to)) post.send(to, encodeFrame({ origin: origin(), channel, body }));
  }
}
