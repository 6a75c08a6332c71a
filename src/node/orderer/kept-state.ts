import type { JournalPosition } from "../../core/env.ts";
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
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { JointSnapshot } from "../../data/ordered-machines/ordered-machines.contract.ts";
import type { DurableStore } from "../durable/durable-ports.ts";

const EMPTY = new Uint8Array(0);

/**
 * An engine that keeps no states, such as etcd, with this node's own disk beside it: what the
 * commands came to is durable here before the engine is told that it may forget them.
 */
export class KeepingOrderer implements Orderer {
  private readonly inner: Orderer;
  private readonly channel: JournalChannel;

  constructor(inner: Orderer, store: DurableStore, name: string) {
    this.inner = inner;
    this.channel = store.asideChannel(name);
  }

  /** What the last life has kept; handed out once. */
  takeKept(): JointSnapshot | undefined {
    const { snapshot } = this.channel.takeRecovered();
    if (snapshot === undefined) return undefined;
    const reader = new ByteReader(snapshot);
    const position = reader.varint();
    if (position === undefined) return undefined;
    return { position: position as OrderPosition, bytes: snapshot.subarray(reader.at) };
  }

  get status(): OrdererStatus {
    return this.inner.status;
  }

  get members(): OrdererMembers {
    return this.inner.members;
  }

  get wantsSnapshot(): boolean {
    return this.inner.wantsSnapshot;
  }

  compact(position: OrderPosition, state: Uint8Array): void {
    this.keep(position, state, () => this.inner.compact(position, state));
  }

  /** Writes what a peer gave, too: the next life need not ask again. */
  keep(position: OrderPosition, state: Uint8Array, done: () => void = () => {}): void {
    const writer = new ByteWriter(state.length + 8);
    writer.varint(position);
    writer.bytes(state);
    // A snapshot takes the place of records, so there must be one.
    const upTo: JournalPosition = this.channel.append(EMPTY);
    this.channel.snapshot(writer.finish(), upTo, done);
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
