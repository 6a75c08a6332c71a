import type { JournalChannel } from "../../core/journal-channel.ts";
import type {
  Orderer,
  OrdererChange,
  OrdererListener,
  OrdererMembers,
  OrdererStatus,
  OrderPosition,
  OrderRequest,
  OrderSubscriber,
} from "../../core/orderer.ts";
import type { PeerId } from "../../core/peer.ts";
import type { JointSnapshot } from "../../data/ordered-machines/ordered-machines.contract.ts";
import type { DurableStore } from "../durable/durable-ports.ts";
import { decodeJoint, encodeJoint } from "./machine-snapshots.ts";

export interface KeepingPorts {
  readonly store: DurableStore;
  /** Of its part of the journal. */
  readonly name: string;
  /** The disk tells when it likes. */
  readonly inStep: (body: () => void) => void;
}

const EMPTY = new Uint8Array(0);

/**
 * An engine that keeps no states, such as etcd, with this node's own disk beside it: what the
 * commands came to is durable here before the engine is told that it may forget them.
 */
export class KeepingOrderer implements Orderer {
  private readonly inner: Orderer;
  private readonly channel: JournalChannel;
  private readonly inStep: (body: () => void) => void;
  /** One is on its way to the disk: the next one comes after it. */
  private isKeeping = false;

  constructor(inner: Orderer, { inStep, name, store }: KeepingPorts) {
    this.inner = inner;
    this.inStep = inStep;
    this.channel = store.asideChannel(name);
  }

  /** What the last life has kept; handed out once. */
  takeKept(): JointSnapshot | undefined {
    const { snapshot } = this.channel.takeRecovered();
    return snapshot && decodeJoint(snapshot);
  }

  get status(): OrdererStatus {
    return this.inner.status;
  }

  get members(): OrdererMembers {
    return this.inner.members;
  }

  get wantsSnapshot(): boolean {
    return !this.isKeeping && this.inner.wantsSnapshot;
  }

  compact(position: OrderPosition, state: Uint8Array): void {
    if (this.isKeeping) return;
    this.isKeeping = true;
    this.keep({ position, bytes: state }, () => {
      this.isKeeping = false;
      this.inStep(() => this.inner.compact(position, state));
    });
  }

  /** Writes what a peer gave, too: the next life need not ask again. */
  keep(snapshot: JointSnapshot, done: () => void = () => {}): void {
    // A snapshot takes the place of records, so there must be one.
    const upTo = this.channel.append(EMPTY);
    this.channel.snapshot(encodeJoint(snapshot), upTo, done);
  }

  propose(command: Uint8Array): OrderRequest {
    return this.inner.propose(command);
  }

  read(): OrderRequest {
    return this.inner.read();
  }

  change(change: OrdererChange): OrderRequest {
    return this.inner.change(change);
  }

  transferTo(to: PeerId): void {
    this.inner.transferTo(to);
  }

  subscribe(subscriber: OrderSubscriber, after: OrderPosition): void {
    this.inner.subscribe(subscriber, after);
  }

  unsubscribe(subscriber: OrderSubscriber): void {
    this.inner.unsubscribe(subscriber);
  }

  listen(listener: OrdererListener): void {
    this.inner.listen(listener);
  }
}
