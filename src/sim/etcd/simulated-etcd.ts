import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { StoreChange, StoreMessage } from "../../orderer/store.messages.ts";
import { SimulatedStore } from "./simulated-store.ts";

type FakeTimer = { readonly kind: "expire" };

interface Watch {
  readonly watch: number;
  readonly from: string;
  readonly to: string;
  part: number;
}

/** Most changes in one message. [because: a real one comes in pieces, too] */
const PART_MAX_COUNT = 7;
const EXPIRE_INTERVAL_MS = 250;

/**
 * An etcd of several members in a simulation: one machine, for what clients see is one store. What
 * it is sent and sends may be lost, late or doubled, as between a client and members that die; it
 * answers nobody while a majority of its members is down.
 */
export class SimulatedEtcd implements Protocol<StoreMessage, FakeTimer> {
  readonly store = new SimulatedStore();
  /** Members that are down, of three. */
  downCount = 0;
  /** Tells nothing more to who watches, and does not say so: a member that is cut off. */
  isMute = false;
  private readonly env: Env<StoreMessage, FakeTimer>;
  private readonly watches = new Map<PeerId, Watch>();

  constructor(env: Env<StoreMessage, FakeTimer>) {
    this.env = env;
    this.store.onChanges = (changes) => this.tellAll(changes);
  }

  private get isWorking(): boolean {
    return this.downCount < 2;
  }

  start(): void {
    this.env.setTimer({ kind: "expire" }, EXPIRE_INTERVAL_MS);
  }

  stop(): void {}

  onTimer(): void {
    if (this.isWorking) this.store.expire(this.env.now());
    this.env.setTimer({ kind: "expire" }, EXPIRE_INTERVAL_MS);
  }

  onMessage(from: PeerId, message: StoreMessage): void {
    if (!this.isWorking) return;
    if (message.kind === "call") {
      const answer = this.store.answer(message.request, this.env.now());
      this.env.send(from, { kind: "answer", call: message.call, answer });
    } else if (message.kind === "watch") this.begin(from, message);
    else if (message.kind === "unwatch") this.end(from, message.watch);
  }

  /** All watches end, as when the member dies that they were at. */
  cutWatches(): void {
    const watches = [...this.watches];
    this.watches.clear();
    for (const [to, { watch }] of watches) {
      this.env.send(to, { kind: "unwatched", watch, reason: "broken", detail: "cut" });
    }
  }

  private begin(to: PeerId, asked: Extract<StoreMessage, { kind: "watch" }>): void {
    // One that was overtaken by a later one.
    if ((this.watches.get(to)?.watch ?? 0) > asked.watch && this.isSameLife(to, asked.watch))
      return;
    const changes = this.store.since(asked.revision);
    const { watch } = asked;
    if (changes === undefined) {
      this.env.send(to, { kind: "unwatched", watch, reason: "compacted", detail: "compacted" });
      return;
    }
    const begun: Watch = { watch, from: asked.from, to: asked.to, part: 0 };
    this.watches.set(to, begun);
    this.tell(to, begun, changes);
  }

  /** Lives begin to count far from each other. */
  private isSameLife(to: PeerId, watch: number): boolean {
    return Math.abs((this.watches.get(to)?.watch ?? 0) - watch) < 100_000;
  }

  private end(from: PeerId, watch: number): void {
    if (this.watches.get(from)?.watch === watch) this.watches.delete(from);
  }

  private tellAll(changes: readonly StoreChange[]): void {
    if (this.isMute) return;
    for (const [to, watch] of this.watches) this.tell(to, watch, changes);
  }

  private tell(to: PeerId, watch: Watch, changes: readonly StoreChange[]): void {
    const told = changes.filter((change) => {
      const key = change.kind === "put" ? change.item.key : change.key;
      return key >= watch.from && key < watch.to;
    });
    for (let start = 0; start < told.length; start += PART_MAX_COUNT) {
      const part = told.slice(start, start + PART_MAX_COUNT);
      this.env.send(to, { kind: "changes", watch: watch.watch, part: watch.part, changes: part });
      watch.part += 1;
    }
  }
}
