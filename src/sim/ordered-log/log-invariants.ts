import { assert } from "../../core/assert.ts";
import { sameBytes } from "../../core/bytes.ts";
import { type Dot, dotKey } from "../../core/dot.ts";
import type { PeerId } from "../../core/peer.ts";
import { decodeCommand } from "../../data/ordered-log/order-command.ts";
import type {
  AppendOutcome,
  AppendWait,
  OrderedItem,
  OrderedPlace,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { OrderedLogMessage } from "../../data/ordered-log/ordered-log.messages.ts";
import { machinesCodec } from "../../data/ordered-machines/ordered-machines.wire.ts";
import type { Entry } from "../../raft/entry.ts";
import { SimJournal } from "../sim-journal.ts";
import type { SimNode } from "../sim-node.ts";
import type { LogServer, LogWatch } from "./log-server.ts";

interface Watched {
  readonly server: LogServer;
  readonly life: number;
  /** Order that was looked at. */
  end: number;
  toldPlace: number;
}

/**
 * Watches all servers of a log and knows everything. It throws at the first violation of what an
 * ordered log promises, O1 to O6, and of what it stands on: who keeps an id that is not decided has
 * its data in its journal. [spec raft §10, decision 0011]
 */
export class LogInvariants implements LogWatch {
  /** What was ordered, by place. */
  readonly items: (OrderedItem | undefined)[] = [];
  stepsCount = 0;
  readonly outcomes: { wait: AppendWait; outcome: AppendOutcome }[] = [];
  gapsCount = 0;
  restoredCount = 0;
  /** Places as the order alone has them. */
  private readonly names: (string | undefined)[] = [];
  private readonly placeOf = new Map<string, number>();
  private readonly sent = new Map<string, Uint8Array>();
  private readonly sums: (string | undefined)[] = [];
  private readonly watched = new Map<number, Watched>();
  /** Who has an event on disk. */
  private readonly holders = new Map<string, Set<number>>();
  private readonly lostDisks = new Set<number>();
  /** Ids that were kept before they were decided. */
  keptCount = 0;
  /** Whether this entry is decided, whoever knows it. */
  isCommitted: (entry: Entry) => boolean = () => false;
  /** Called for each message. */
  onMessage: (from: SimNode, to: PeerId, message: OrderedLogMessage) => void = () => {};

  get orderedCount(): number {
    return this.placeOf.size;
  }

  /** Acknowledged as "ordered" or more. */
  get acknowledged(): Dot[] {
    return this.outcomes.flatMap(({ outcome, wait }) =>
      outcome.kind === "done" && wait !== "durable" && outcome.dot !== undefined
        ? [outcome.dot]
        : [],
    );
  }

  isOrdered(dot: Dot): boolean {
    return this.placeOf.has(dotKey(dot));
  }

  hasSent(dot: Dot): boolean {
    return this.sent.has(dotKey(dot));
  }

  /** Its disk is gone, and all that it had. */
  onDiskLost(index: number): void {
    this.lostDisks.add(index);
    for (const holders of this.holders.values()) holders.delete(index);
  }

  hasLostDisk(index: number): boolean {
    return this.lostDisks.has(index);
  }

  onAppend(_server: LogServer, dot: Dot, bytes: Uint8Array): void {
    const name = dotKey(dot);
    assert(!this.sent.has(name), `${name} was sent twice`);
    this.sent.set(name, bytes);
  }

  onDrop(server: LogServer, dot: Dot): void {
    this.holders.get(dotKey(dot))?.delete(server.node.index);
  }

  onOutcome(server: LogServer, wait: AppendWait, outcome: AppendOutcome): void {
    this.outcomes.push({ wait, outcome });
    if (outcome.kind !== "done" || outcome.dot === undefined) return;
    const { dot } = outcome;
    this.onStep(server);
    assert(this.sent.has(dotKey(dot)), `${dotKey(dot)} was never sent`);
    if (wait === "durable" && !this.isOrdered(dot)) {
      const isDurable = this.holders.get(dotKey(dot))?.has(server.node.index) === true;
      assert(isDurable, `${dotKey(dot)} is called durable before it is`);
    }
    if (wait === "durable") return;
    // O6: no minority can take it away. What has a place may be in snapshots by now.
    if (wait === "majority" && !this.isOrdered(dot)) this.checkHolders(server, dot);
    else assert(this.isOrdered(dot), `${dotKey(dot)} is called ordered, and is not`);
  }

  onStep(server: LogServer): void {
    this.stepsCount += 1;
    const watched = this.watchedOf(server);
    this.lookAtDisk(server);
    this.lookAtOrder(server, watched);
  }

  onItems(server: LogServer, items: readonly OrderedItem[]): void {
    const watched = this.watchedOf(server);
    // It is told in the very step in which the order has come.
    this.lookAtOrder(server, watched);
    for (const item of items) {
      // O2: each once, without a gap.
      assert(
        item.place === watched.toldPlace + 1,
        `${server.node.name} is told ${item.place} behind ${watched.toldPlace}`,
      );
      watched.toldPlace = item.place;
      this.checkItem(server, item);
    }
    const { place, sum } = server.told;
    const known = this.sums[place] ?? sum;
    // O1: the same items before it.
    assert(known === sum, `${server.node.name} was told another past of ${place}`);
    this.sums[place] = sum;
  }

  onRestored(server: LogServer, at: OrderedPlace, state: Uint8Array): boolean {
    const watched = this.watchedOf(server);
    assert(at.place > watched.toldPlace, "a snapshot leads forward");
    watched.toldPlace = at.place;
    this.restoredCount += 1;
    return state.length > 0;
  }

  onGap(server: LogServer, at: OrderedPlace): void {
    this.watchedOf(server).toldPlace = at.place;
    this.gapsCount += 1;
  }

  onLeave(from: SimNode, to: PeerId, message: OrderedLogMessage): void {
    this.onMessage(from, to, message);
  }

  onKept({ log, node }: LogServer, entry: Entry): void {
    if (entry.kind !== "command" || this.isCommitted(entry)) return;
    // One that knows of no guard has promised nothing.
    if (log.log.order.reconsider === undefined) return;
    const named = machinesCodec.decodeCommand(entry.command);
    const command = named && decodeCommand(named.command);
    if (command?.kind !== "batch") return;
    const { state, store } = log.log;
    for (const { dot, hash } of command.entries) {
      // What another id has given its place to is skipped: whoever proposed it again did not know.
      if (this.isOrdered(dot)) continue;
      const has = state.floorOf(dot.origin) >= dot.seq || store.find(dot, hash) !== undefined;
      assert(has, `${node.name} keeps the id ${dotKey(dot)}, and has not its data`);
      this.keptCount += 1;
    }
  }

  private watchedOf(server: LogServer): Watched {
    const { index } = server.node;
    const known = this.watched.get(index);
    if (known?.life === server.life) return known;
    const fresh = { server, life: server.life, end: 0, toldPlace: 0 };
    this.watched.set(index, fresh);
    if (known !== undefined) this.checkRecovered(server);
    return fresh;
  }

  /** What was durable is there again. */
  private checkRecovered({ log, node }: LogServer): void {
    for (const [name, holders] of this.holders) {
      if (!holders.has(node.index)) continue;
      const dot = dotOf(name);
      const place = this.placeOf.get(name) ?? Number.POSITIVE_INFINITY;
      const isThere = log.log.store.get(dot) !== undefined || place <= log.assembly.base.place;
      assert(isThere, `${node.name} had ${name} on disk, and has it no more`);
    }
  }

  private lookAtDisk(server: LogServer): void {
    const { log, node, unsynced } = server;
    // Its log may hear of a sync after its part of the order did.
    const { durable } = SimJournal.of(node);
    const synced = unsynced.filter(({ position }) => position <= durable);
    if (synced.length === 0) return;
    server.unsynced = unsynced.filter(({ position }) => position > durable);
    for (const event of synced) {
      // It may have been dropped in the meantime.
      if (log.log.store.get(event.dot) !== event) continue;
      const name = dotKey(event.dot);
      const holders = this.holders.get(name);
      if (holders === undefined) this.holders.set(name, new Set([node.index]));
      else holders.add(node.index);
    }
  }

  private lookAtOrder(server: LogServer, watched: Watched): void {
    const { state } = server.log.log;
    const from = Math.max(watched.end, state.trimmed.place) + 1;
    for (let place = from; place <= state.end.place; place += 1) {
      const item = state.itemAt(place);
      if (item === undefined) continue;
      const name = item.kind === "event" ? dotKey(item.dot) : "note";
      const known = this.names[place];
      assert(
        known === undefined || known === name,
        `${server.node.name} has ${name} at ${place}, others ${known}`,
      );
      if (known !== undefined) continue;
      this.names[place] = name;
      if (item.kind !== "event") continue;
      assert(!this.placeOf.has(name), `${name} has two places`);
      this.placeOf.set(name, place);
      this.checkHolders(server, item.dot);
    }
    watched.end = state.end.place;
  }

  /** O4: a majority of the voters has it on disk when it gets its place. */
  private checkHolders(server: LogServer, dot: Dot): void {
    const { voters } = server.raft.members;
    // Its part of the order may have promised what its log has not looked at yet.
    for (const one of this.watched.values()) if (one.server.isAlive) this.lookAtDisk(one.server);
    const holders = this.holders.get(dotKey(dot)) ?? new Set();
    const isHolder = (voter: PeerId): boolean =>
      holders.has(Number(voter)) || this.lostDisks.has(Number(voter));
    const count = voters.filter(isHolder).length;
    // The leader is the first to know, unless it tells its log late; then voters may have changed.
    const isMost = (count + (server.raft.status.isLeader ? 0 : 1)) * 2 > voters.length;
    assert(isMost, `${dotKey(dot)} is on the disks of ${[...holders].join(", ")} alone`);
  }

  private checkItem(server: LogServer, item: OrderedItem): void {
    const known = this.items[item.place];
    if (item.kind === "note") {
      const isSame = known?.kind !== "event" && (!known || sameBytes(known.bytes, item.bytes));
      assert(isSame, `two notes at ${item.place}`);
      this.items[item.place] = item;
      return;
    }
    const name = dotKey(item.dot);
    const sent = this.sent.get(name);
    // O5: what was sent is what is told.
    assert(sent !== undefined && sameBytes(sent, item.bytes), `${name} is not what was sent`);
    assert(this.placeOf.get(name) === item.place, `${name} is told at ${item.place}`);
    if (known === undefined) this.checkCauses(item);
    else if (known.kind === "event" && server.log.assembly.base.place === 0) {
      const isSame = JSON.stringify([...known.clock]) === JSON.stringify([...item.clock]);
      assert(isSame, `${name} has two clocks`);
    }
    this.items[item.place] = item;
  }

  /** O3: what happened before it stands before it. */
  private checkCauses(item: OrderedItem & { kind: "event" }): void {
    for (const [origin, seq] of item.clock) {
      const before = this.placeOf.get(`${origin}:${seq}`);
      const isBefore = before !== undefined && before <= item.place;
      assert(isBefore, `${dotKey(item.dot)} stands before ${origin}:${seq}, its cause`);
    }
  }
}

function dotOf(name: string): Dot {
  const colon = name.lastIndexOf(":");
  return { origin: name.slice(0, colon) as Dot["origin"], seq: Number(name.slice(colon + 1)) };
}
