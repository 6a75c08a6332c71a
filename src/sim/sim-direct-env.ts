import { at } from "../core/collections/at.ts";
import type { Env, TimerId } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { eventKinds } from "./event-slab.ts";
import type { TimerOwner } from "./sim-engine.ts";
import type { SimNode } from "./sim-node.ts";
import type { SimPost } from "./sim-post.ts";

/**
 * The door of a protocol that sends straight to its peers, by their number. It is its own owner of
 * timers and makes its dice when they are first thrown: there may be a million of them.
 */
export class SimDirectEnv<M, T> implements Env<M, T, PeerId>, TimerOwner {
  readonly index: number;
  readonly life: number;
  /** The number of the channel. */
  readonly place: number;
  protected readonly post: SimPost;
  private dice: Random | undefined;

  constructor(node: SimNode, channel: number) {
    this.index = node.index;
    this.life = node.life;
    this.place = channel;
    this.post = node.simulator.post;
  }

  get self(): PeerId {
    return peerId(this.index);
  }

  get kind(): number {
    return eventKinds.directTimer;
  }

  get random(): Random {
    this.dice ??= this.deriveDice();
    return this.dice;
  }

  now(): number {
    const { engine } = this.post;
    return engine.hasDrift ? this.node.clockMs : engine.nowMs;
  }

  wallClock(): number {
    return this.node.wallClockMs;
  }

  send(to: PeerId, message: M): void {
    if (!this.isOfThisLife) return;
    const { roster } = this.post.engine;
    this.post.send(this.index, roster.known(to), this.place, message);
  }

  setTimer(timer: T, delayMs: number): TimerId {
    return this.post.engine.setTimer(this, delayMs, timer);
  }

  clearTimer(id: TimerId): void {
    this.node.clearTimer(id);
  }

  /** Its node may have crashed, and it may still hold its door. */
  protected get isOfThisLife(): boolean {
    return this.post.engine.roster.life(this.index) === this.life;
  }

  protected get node(): SimNode {
    return at(this.post.engine.roster.nodes, this.index);
  }

  private deriveDice(): Random {
    const { engine } = this.post;
    return Random.derive(engine.seed, this.index, this.life, engine.channel(this.place).name);
  }
}
