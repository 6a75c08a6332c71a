import type { Env, LinkEnv, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { LinkProtocol, Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { StackHost } from "../../core/stack-host.ts";
import { type LinkFlush, LinkLayer, type LinkTimer } from "./link-layer.ts";
import type { LinkPorts, Links, LinkUser } from "./links.contract.ts";
import type { LinksOptions } from "./links.options.ts";

/** The links of a node, on whichever host. */
export function mountLinks(host: StackHost, ports: LinkPorts, options: LinksOptions): LinkLayer {
  const layer = host.mount(
    "links",
    () => layer.flush(),
    (env: Env<LinkFlush, LinkTimer>) => new LinkLayer(env, ports, options),
  );
  host.mountConnections((door) => {
    layer.take(door);
    return layer;
  });
  return layer;
}

/** A protocol's messages as bytes. */
export interface LinkCodec<Message> {
  encode(message: Message): Uint8Array;
  /** Never throws. @returns undefined for what is no message; views of `bytes` are fine. */
  decode(bytes: Uint8Array): Message | undefined;
}

export interface LinkedMount<Message> {
  /** Of its dice and timers. */
  readonly name: string;
  /** On the wire. */
  readonly channel: number;
  readonly codec: LinkCodec<Message>;
  /** Bytes came that are no message. */
  onMalformed(): void;
}

/** Mounts a protocol whose failure detector is the link itself. */
export function mountLinked<M, T, P extends LinkProtocol<M, T>>(
  host: StackHost,
  links: Links,
  mount: LinkedMount<M>,
  make: (env: LinkEnv<M, T>) => P,
): P {
  const { channel, codec, name } = mount;
  const carry = (to: PeerId, sent: Sent<M>): void => {
    if (sent === "open") links.openLink(to, channel);
    else if (sent === "close") links.closeLink(to, channel);
    else links.send(to, channel, codec.encode(sent.message));
  };
  const { inner } = host.mount(
    name,
    carry,
    (env: Env<Sent<M>, T>) => new Timed<M, T, P>(make(new LinkedEnv(env))),
  );
  links.use(channel, new LinkedUser(inner, mount), "keep");
  return inner;
}

/** What the host needs of a protocol: its timers. Its messages come by links. */
class Timed<M, T, P extends LinkProtocol<M, T>> implements Protocol<Sent<M>, T> {
  readonly inner: P;

  constructor(inner: P) {
    this.inner = inner;
  }

  start(): void {
    this.inner.start();
  }

  stop(): void {
    this.inner.stop();
  }

  onMessage(): void {}

  onTimer(timer: T): void {
    this.inner.onTimer(timer);
  }
}

/** All in one queue: a message sent before its link is closed leaves before. */
type Sent<M> = "open" | "close" | { readonly message: M };

interface LinkEar<M> {
  onMessage(peer: PeerId, message: M): void;
  onLinkUp(peer: PeerId): void;
  onLinkDown(peer: PeerId): void;
}

class LinkedUser<M> implements LinkUser {
  private readonly protocol: LinkEar<M>;
  private readonly mount: LinkedMount<M>;

  constructor(protocol: LinkEar<M>, mount: LinkedMount<M>) {
    this.protocol = protocol;
    this.mount = mount;
  }

  onMessage(peer: PeerId, bytes: Uint8Array): void {
    const message = this.mount.codec.decode(bytes);
    if (message === undefined) this.mount.onMalformed();
    else this.protocol.onMessage(peer, message);
  }

  onLinkUp(peer: PeerId): void {
    this.protocol.onLinkUp(peer);
  }

  onLinkDown(peer: PeerId): void {
    this.protocol.onLinkDown(peer);
  }
}

/** An `Env` with links. */
class LinkedEnv<M, T> implements LinkEnv<M, T> {
  private readonly env: Env<Sent<M>, T>;

  constructor(env: Env<Sent<M>, T>) {
    this.env = env;
  }

  get self(): PeerId {
    return this.env.self;
  }

  get random(): Random {
    return this.env.random;
  }

  now(): number {
    return this.env.now();
  }

  wallClock(): number {
    return this.env.wallClock();
  }

  send(to: PeerId, message: M): void {
    this.env.send(to, { message });
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }

  openLink(to: PeerId): void {
    this.env.send(to, "open");
  }

  closeLink(to: PeerId): void {
    this.env.send(to, "close");
  }
}
