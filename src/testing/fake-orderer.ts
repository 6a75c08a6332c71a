import type {
  OrderedCommand,
  Orderer,
  OrdererChange,
  OrdererListener,
  OrdererMembers,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "../core/orderer.ts";
import { type PeerId, peerId } from "../core/peer.ts";

interface Asked {
  readonly by: FakeOrderer;
  readonly request: OrderRequest;
  /** undefined: a read. */
  readonly command: Uint8Array | undefined;
}

interface Compacted {
  readonly position: OrderPosition;
  /** undefined: it was not kept. */
  readonly state: Uint8Array | undefined;
}

/**
 * An order for tests: one list, and as many nodes as are asked for. Nothing happens until `run`.
 * While fewer than a majority are up, nothing is ordered, and what was asked ends "uncertain".
 */
export class FakeOrder {
  readonly nodes: FakeOrderer[] = [];
  readonly commands: OrderedCommand[] = [];
  /**
   * "kept": each node for itself keeps the states that it gave to `compact`, as in Raft.
   * "forgotten": nobody does, and what one node compacted is gone for all, as in etcd.
   */
  readonly states: "kept" | "forgotten";
  term = 1;
  private asked: Asked[] = [];
  private position = 0;

  constructor(states: "kept" | "forgotten" = "kept") {
    this.states = states;
  }

  get leader(): PeerId | undefined {
    const living = this.nodes.filter(({ isUp }) => isUp);
    return living.length * 2 > this.nodes.length ? living[0]?.self : undefined;
  }

  add(): FakeOrderer {
    const node = new FakeOrderer(this, peerId(this.nodes.length));
    if (this.states === "forgotten") node.compacted = this.nodes[0]?.compacted;
    this.nodes.push(node);
    return node;
  }

  /** Its former life is told nothing more. @returns the next life, which `revive` begins */
  kill(node: FakeOrderer): void {
    const wasLeader = this.leader === node.self;
    node.isUp = false;
    this.asked = this.asked.filter(({ by }) => by !== node);
    if (wasLeader) this.term += 1;
    this.tellStatus();
  }

  revive(node: FakeOrderer): FakeOrderer {
    const next = new FakeOrderer(this, node.self);
    next.compacted = node.compacted;
    this.nodes[this.nodes.indexOf(node)] = next;
    this.tellStatus();
    return next;
  }

  ask(asked: Asked): void {
    this.asked.push(asked);
  }

  /** Orders what was asked for, and tells everybody, until nothing is left. */
  run(): void {
    for (const node of this.nodes) node.hearAll();
    while (this.asked.length > 0) {
      const { asked } = this;
      this.asked = [];
      const hasLeader = this.leader !== undefined;
      const ended = asked.map((one) => (hasLeader ? this.fulfil(one) : undefined));
      for (const node of this.nodes) node.hearAll();
      for (const [index, { by, request }] of asked.entries()) {
        by.end(request, ended[index] ?? UNCERTAIN);
      }
    }
  }

  private fulfil({ command }: Asked): OrderOutcome {
    if (command === undefined)
      return { kind: "readable", position: this.position as OrderPosition };
    // Between two there may be some that no command has.
    this.position += 1 + (this.position % 2);
    const position = this.position as OrderPosition;
    this.commands.push({ position, command });
    return { kind: "ordered", position };
  }

  private tellStatus(): void {
    for (const node of this.nodes) node.tellStatus();
  }
}

const UNCERTAIN: OrderOutcome = { kind: "uncertain" };

export class FakeOrderer implements Orderer {
  readonly self: PeerId;
  isUp = true;
  wantsSnapshot = false;
  compacted: Compacted | undefined;
  private readonly order: FakeOrder;
  private readonly told = new Map<OrderSubscriber, number>();
  private readonly listeners: OrdererListener[] = [];
  private lastRequest = 0;

  constructor(order: FakeOrder, self: PeerId) {
    this.order = order;
    this.self = self;
  }

  get status(): OrdererStatus {
    const { leader, term } = this.order;
    return { state: "running", leader, term, isLeader: leader === this.self };
  }

  get members(): OrdererMembers {
    return { voters: this.order.nodes.map(({ self }) => self), learners: [] };
  }

  propose(command: Uint8Array): OrderRequest {
    return this.ask(command);
  }

  read(): OrderRequest {
    return this.ask(undefined);
  }

  change(change: OrdererChange): OrderRequest {
    throw new Error(`the members of a fake order do not change: ${change.kind}`);
  }

  transferTo(to: PeerId): void {
    throw new Error(`a fake order is not led by ${String(to)} because it is wished`);
  }

  compact(position: OrderPosition, state: Uint8Array): void {
    this.wantsSnapshot = false;
    const isKept = this.order.states === "kept";
    const compacted = { position, state: isKept ? state : undefined };
    for (const node of isKept ? [this] : this.order.nodes) {
      if ((node.compacted?.position ?? 0) < position) node.compacted = compacted;
    }
  }

  subscribe(subscriber: OrderSubscriber, after: OrderPosition): void {
    this.told.set(subscriber, after);
  }

  unsubscribe(subscriber: OrderSubscriber): void {
    this.told.delete(subscriber);
  }

  listen(listener: OrdererListener): void {
    this.listeners.push(listener);
  }

  end(request: OrderRequest, outcome: OrderOutcome): void {
    for (const listener of this.listeners) listener.onOutcome(request, outcome);
  }

  tellStatus(): void {
    for (const listener of this.listeners) listener.onStatus(this.status);
  }

  hearAll(): void {
    if (!this.isUp) return;
    const { compacted } = this;
    const { commands } = this.order;
    for (const subscriber of [...this.told.keys()]) {
      if (compacted !== undefined && (this.told.get(subscriber) ?? 0) < compacted.position) {
        this.told.set(subscriber, compacted.position);
        subscriber.onSnapshot(compacted.position, compacted.state);
      }
      const after = this.told.get(subscriber) ?? 0;
      const behind = commands.filter(({ position }) => position > after);
      this.told.set(subscriber, behind.at(-1)?.position ?? after);
      if (behind.length > 0) subscriber.onOrdered(behind);
    }
  }

  private ask(command: Uint8Array | undefined): OrderRequest {
    this.lastRequest += 1;
    const request = this.lastRequest as OrderRequest;
    this.order.ask({ by: this, request, command });
    return request;
  }
}
