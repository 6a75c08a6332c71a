import type { Env, LinkEnv, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";

/** What a node makes of a message that its protocol sends; undefined: it is kept back. */
export type Twist<M> = (message: M) => M | undefined;

/** The door of a protocol whose node tampers with what it sends. */
export class TwistedEnv<M, T> implements Env<M, T> {
  protected readonly env: Env<M, T>;
  private readonly twist: Twist<M>;

  constructor(env: Env<M, T>, twist: Twist<M>) {
    this.env = env;
    this.twist = twist;
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
    const sent = this.twist(message);
    if (sent !== undefined) this.env.send(to, sent);
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.env.setTimer(timer, delayMs);
  }

  clearTimer(id: TimerId): void {
    this.env.clearTimer(id);
  }
}

/** The same with links. */
export class TwistedLinkEnv<M, T> extends TwistedEnv<M, T> implements LinkEnv<M, T> {
  private readonly links: LinkEnv<M, T>;

  constructor(links: LinkEnv<M, T>, twist: Twist<M>) {
    super(links, twist);
    this.links = links;
  }

  openLink(to: PeerId): void {
    this.links.openLink(to);
  }

  closeLink(to: PeerId): void {
    this.links.closeLink(to);
  }
}
