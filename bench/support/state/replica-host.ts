/**
 * The least host: one replica, the trees that carry it, and another such host in the same process.
 * What one sends is written by the shipped codec, and read by the other from those bytes.
 */
import { DotSet } from "../../../dist/core/dot-set.js";
import type { Env, TimerId } from "../../../dist/core/env.js";
import { resolveOptions } from "../../../dist/core/options.js";
import { type Origin, type PeerId, peerId } from "../../../dist/core/peer.js";
import { Random } from "../../../dist/core/random.js";
import { Stepper } from "../../../dist/core/step.js";
import type { Enrolled } from "../../../dist/exchange/enrolled.js";
import type { PlumtreeTimer } from "../../../dist/exchange/plumtree/plumtree.contract.js";
import { Plumtree } from "../../../dist/exchange/plumtree/plumtree.js";
import type { PlumtreeMessage } from "../../../dist/exchange/plumtree/plumtree.messages.js";
import { plumtreeDefaults } from "../../../dist/exchange/plumtree/plumtree.options.js";
import { decodePlumtree, encodePlumtree } from "../../../dist/exchange/plumtree/plumtree.wire.js";
import { StaticView } from "../../../dist/peers/static/static-view.js";

export class ReplicaHost extends Stepper implements Env<PlumtreeMessage, PlumtreeTimer> {
  readonly self: PeerId;
  readonly origin: Origin;
  readonly random: Random;
  receivedCount = 0;
  sentBytes = 0;
  private readonly plumtree: Plumtree;
  private readonly view: StaticView;
  private enrolled: Enrolled | undefined;
  private other: ReplicaHost | undefined;
  private outbox: Uint8Array[] = [];
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private lastTimer = 0;

  constructor(name: string) {
    super();
    this.self = peerId(name);
    this.origin = `${name}#1` as Origin;
    this.random = new Random(name);
    this.view = new StaticView(this.self);
    this.plumtree = new Plumtree(
      this,
      { peers: this.view, counters: { add: () => {} } },
      resolveOptions("plumtree", plumtreeDefaults),
    );
  }

  enrol(enrolled: Enrolled): void {
    this.enrolled = enrolled;
    this.plumtree.enrol(enrolled);
    enrolled.replica.subscribe({
      onNews: (_dot, _update, from) => {
        if (from !== undefined) this.receivedCount += 1;
      },
    });
  }

  connect(other: ReplicaHost): void {
    this.other = other;
    this.step(() => this.view.add(other.self));
  }

  /** What both have: each asks the other, as nodes do by their rounds. */
  held(): DotSet {
    const [own, theirs] = [this.enrolled?.replica.seen, this.other?.enrolled?.replica.seen];
    return own === undefined || theirs === undefined ? new DotSet() : own.intersection(theirs);
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  now(): number {
    return performance.now();
  }

  wallClock(): number {
    return Date.now();
  }

  send(_to: PeerId, message: PlumtreeMessage): void {
    const bytes = encodePlumtree(message, this.codecOf);
    this.sentBytes += bytes.length;
    this.outbox.push(bytes);
  }

  setTimer(timer: PlumtreeTimer, delayMs: number): TimerId {
    this.lastTimer += 1;
    const id = this.lastTimer;
    const fire = (): void => {
      this.timers.delete(id);
      this.step(() => this.plumtree.onTimer(timer));
    };
    this.timers.set(id, setTimeout(fire, delayMs));
    return id as TimerId;
  }

  clearTimer(id: TimerId): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  protected override onStepEnd(): void {
    if (this.outbox.length === 0) return;
    const sent = this.outbox;
    this.outbox = [];
    for (const bytes of sent) this.other?.take(this.self, bytes);
  }

  private take(from: PeerId, bytes: Uint8Array): void {
    const message = decodePlumtree(bytes, this.codecOf);
    if (message === undefined) throw new Error("what the other one wrote cannot be read");
    this.step(() => this.plumtree.onMessage(from, message));
  }

  private readonly codecOf = (name: string) =>
    name === this.enrolled?.name ? this.enrolled.codec : undefined;
}
