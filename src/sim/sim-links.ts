import { at } from "../core/collections/at.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { LinkProtocol } from "../core/protocol.ts";
import { LinkTable } from "./link-table.ts";
import { endStates } from "./pipe-store.ts";
import type { SimEngine } from "./sim-engine.ts";
import { ActionEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";
import type { PipeOwner, SimPipes } from "./sim-pipes.ts";

const NOTHING: readonly number[] = [];

/** A protocol on links, and which links it has. */
interface LinkSeat {
  readonly protocol: LinkProtocol<unknown, unknown>;
  readonly table: LinkTable;
}

/** The seats of one channel, by the number of their node. */
type LinkSeats = (LinkSeat | undefined)[];

/**
 * Links of protocols between nodes that know each other by number: for each channel one a pair.
 * Who dials while the other one's dial is under way takes that one.
 */
export class SimLinks implements PipeOwner {
  private readonly engine: SimEngine;
  private readonly pipes: SimPipes;
  private readonly mark: number;
  private readonly seatsOf = new Map<number, LinkSeats>();
  /** Channels that open links, in the order of their mounting. */
  private readonly places: number[] = [];
  /** The channel of each link, by the number of its pipe. */
  private readonly placeOf: number[] = [];

  constructor(engine: SimEngine, pipes: SimPipes) {
    this.engine = engine;
    this.pipes = pipes;
    this.mark = pipes.addOwner(this);
  }

  mount(node: SimNode, place: number, protocol: LinkProtocol<unknown, unknown>): void {
    let seats = this.seatsOf.get(place);
    if (seats === undefined) {
      seats = [];
      this.seatsOf.set(place, seats);
      this.places.push(place);
    }
    while (seats.length < node.index) seats.push(undefined);
    seats[node.index] = { protocol, table: new LinkTable() };
  }

  /** Does nothing where one stands or is being opened. */
  open(from: number, to: PeerId, place: number): void {
    const peer = this.engine.roster.known(to);
    const seat = this.seat(from, place);
    if (seat === undefined) return;
    if (peer < 0 || peer === from) return this.missDial(from, to, seat);
    const { store } = this.pipes;
    const mine = seat.table.find(peer);
    if (mine >= 0 && store.isOpen(mine)) return;
    const theirs = this.seat(peer, place)?.table.find(from) ?? -1;
    if (theirs >= 0 && store.isOpen(theirs) && store.state(theirs ^ 1) === endStates.none) {
      store.setState(theirs ^ 1, endStates.opening);
      seat.table.put(peer, theirs ^ 1);
      return;
    }
    const end = store.add(from, peer, this.mark);
    this.placeOf[end >> 1] = place;
    seat.table.put(peer, end);
    // Nothing overtakes what a former link between the two still carries.
    this.pipes.dial(end, mine >= 0 ? store.due(mine ^ 1) : 0);
  }

  /** Behind what was sent. */
  close(from: number, to: PeerId, place: number): void {
    const end = this.find(from, to, place);
    if (end >= 0) this.pipes.close(end);
  }

  /** Over the link that this channel has. */
  send(from: number, to: PeerId, place: number, message: unknown): void {
    const end = this.find(from, to, place);
    if (end >= 0) this.pipes.send(end, place, message);
    else this.engine.counts.linkMessagesLost += 1;
  }

  /** Over the link that any channel has. */
  carry(from: number, to: PeerId, place: number, message: unknown): void {
    for (const opener of this.places) {
      const end = this.find(from, to, opener);
      if (end >= 0) return this.pipes.send(end, place, message);
    }
    this.engine.counts.linkMessagesLost += 1;
  }

  /** A node dies, and its ends of all links with it. */
  abandon(index: number, condition: "dead" | "gone"): void {
    for (const seats of this.seatsOf.values()) {
      for (const end of seats[index]?.table.ends() ?? NOTHING) this.pipes.abandon(end, condition);
      if (index < seats.length) seats[index] = undefined;
    }
  }

  accepts(end: number): boolean {
    const { engine, pipes } = this;
    const [to, from] = [pipes.store.node(end), pipes.store.node(end ^ 1)];
    const seat = this.seat(to, this.place(end));
    if (seat === undefined) return false;
    if (at(engine.roster.nodes, to).label !== at(engine.roster.nodes, from).label) return false;
    const former = seat.table.find(from);
    if (former !== end) {
      // The newest link counts: whoever dials has lost the former one already.
      if (former >= 0) this.pipes.drop(former);
      seat.table.put(from, end);
    }
    return true;
  }

  onUp(end: number): void {
    const { engine } = this;
    const { store } = this.pipes;
    const seat = this.seat(store.node(end), this.place(end));
    if (seat === undefined) return;
    engine.enter(store.node(end));
    try {
      seat.protocol.onLinkUp(peerId(store.node(end ^ 1)));
    } finally {
      engine.leave();
    }
  }

  onDown(end: number): void {
    const { engine } = this;
    const { store } = this.pipes;
    const seat = this.seat(store.node(end), this.place(end));
    if (seat === undefined || seat.table.find(store.node(end ^ 1)) !== end) return;
    engine.enter(store.node(end));
    try {
      seat.protocol.onLinkDown(peerId(store.node(end ^ 1)));
    } finally {
      engine.leave();
    }
  }

  onMessage(end: number, place: number, message: unknown): void {
    const { engine } = this;
    const { store } = this.pipes;
    const to = store.node(end);
    const protocol = engine.channel(place).get(to);
    if (protocol === undefined) {
      engine.counts.linkMessagesLost += 1;
      return;
    }
    engine.enter(to);
    try {
      protocol.onMessage(peerId(store.node(end ^ 1)), message);
    } finally {
      engine.leave();
    }
  }

  onReleased(end: number): void {
    const { store } = this.pipes;
    const place = this.place(end);
    for (const one of [end, end ^ 1]) {
      this.seat(store.node(one), place)?.table.remove(store.node(one ^ 1), one);
    }
  }

  /** To nobody, or to itself. */
  private missDial(from: number, to: PeerId, seat: LinkSeat): void {
    const { engine } = this;
    const life = engine.roster.life(from);
    const tell = new ActionEvent(() => {
      if (engine.roster.life(from) !== life) return;
      at(engine.roster.nodes, from).step(() => seat.protocol.onLinkDown(to));
    });
    engine.schedule(engine.options.linkDeadAfterMs, tell);
  }

  /** The end of the node `from`, where the link is open; else below 0. */
  private find(from: number, to: PeerId, place: number): number {
    if (typeof to !== "number") return -1;
    const end = this.seatsOf.get(place)?.[from]?.table.find(to) ?? -1;
    return end >= 0 && this.pipes.store.isOpen(end) ? end : -1;
  }

  private seat(index: number, place: number): LinkSeat | undefined {
    return this.seatsOf.get(place)?.[index];
  }

  private place(end: number): number {
    return at(this.placeOf, end >> 1);
  }
}
