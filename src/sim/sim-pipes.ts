import { at } from "../core/collections/at.ts";
import { eventKinds, kindAt } from "./event-slab.ts";
import type { SimNetwork } from "./network.ts";
import { endStates, PipeStore } from "./pipe-store.ts";
import type { SimEngine } from "./sim-engine.ts";
import { ActionEvent } from "./sim-event.ts";
import type { SimPost } from "./sim-post.ts";
import { vitalFlags } from "./sim-roster.ts";
import type { SimTraceEvent } from "./sim-trace.ts";

/** What travels beside messages, or happens to a pipe. */
const signals = { dial: 0, answer: 1, end: 2, check: 3, silence: 4 } as const;

/** Who makes pipes and is told what becomes of them. Every call is about one end. */
export interface PipeOwner {
  /** A dial has come to a node that runs: false refuses it. */
  accepts(end: number): boolean;
  onUp(end: number): void;
  onDown(end: number): void;
  onMessage(end: number, place: number, message: unknown): void;
  /** Nobody uses it any more, and its number will be another's. */
  onReleased(end: number): void;
}

/** Something on its way into a pipe that waits, for the network is cut. */
interface Piece {
  /** Where it will come out. */
  readonly end: number;
  readonly what: number;
  readonly cargo: unknown;
}

/**
 * Ordered, reliable pipes between machines: what links and connections are made of. As TCP they
 * lose nothing while they stand, and nothing overtakes in them. What is sent into a cut waits for
 * its end; when that takes `linkDeadAfterMs` the pipe breaks, and both ends hear of it. The end of
 * a process is told as fast as bytes travel, that of a machine by silence.
 */
export class SimPipes {
  readonly store = new PipeStore();
  private readonly engine: SimEngine;
  private readonly network: SimNetwork;
  private readonly post: SimPost;
  private readonly owners: PipeOwner[] = [];
  /** Since when the ends of a pipe cannot reach each other, by the number of its first end. */
  private readonly suspects = new Map<number, number>();
  private readonly stalled = new Map<number, Piece[]>();
  /** What waits at an end whose node is paused or blocked: later pieces queue up behind. */
  private readonly held = new Map<number, number>();
  /** The end of which something that has waited happens now. */
  private turn: number | undefined;
  private seenChanges = 0;

  constructor(engine: SimEngine, network: SimNetwork, post: SimPost) {
    this.engine = engine;
    this.network = network;
    this.post = post;
  }

  /** @returns what its pipes are marked with. */
  addOwner(owner: PipeOwner): number {
    return this.owners.push(owner) - 1;
  }

  /** Dials from `end`; what is put in meanwhile goes when it stands. Not before `floorMs`. */
  dial(end: number, floorMs: number): void {
    const { store } = this;
    store.setState(end, endStates.opening);
    store.setDue(end ^ 1, floorMs);
    this.engine.counts.linksDialled += 1;
    this.report("link", end, "dial");
    this.putSignal(end ^ 1, signals.dial);
  }

  /** The node of `end` sends `message` to the other end. */
  send(end: number, place: number, message: unknown): void {
    this.engine.counts.linkMessagesSent += 1;
    if (this.engine.tracer.isOn) this.report("send", end, message, place);
    const arriving = this.post.transcode(message, "link");
    if (arriving === undefined) {
      this.engine.counts.linkMessagesLost += 1;
      return;
    }
    this.put(end ^ 1, kindAt(eventKinds.pipeMessage, place), arriving);
  }

  /** The node of `end` closes it, behind what it has sent; it hears no more of it. */
  close(end: number): void {
    if (!this.store.isOpen(end)) return;
    this.store.setState(end, endStates.closed);
    this.report("link", end, "close");
    this.putSignal(end ^ 1, signals.end);
  }

  /** The node of `end` dies: its kernel tells the other end, unless the machine is gone as well. */
  abandon(end: number, condition: "dead" | "gone"): void {
    const { store } = this;
    if (!store.isOpen(end)) return;
    store.setState(end, endStates.closed);
    if (condition === "gone") this.expectSilence(end ^ 1);
    else this.putNow({ end: end ^ 1, what: signalOf(signals.end), cargo: undefined });
  }

  /** The node of `end` is told that it is over, for another one has taken its place. */
  drop(end: number): void {
    this.goDown(end);
  }

  /** The network may have changed: some pipes are cut, others whole again. */
  review(): void {
    const { network, store } = this;
    if (network.changesCount === this.seenChanges) return;
    this.seenChanges = network.changesCount;
    for (let end = 0; end < 2 * store.capacity; end += 2) {
      if (!store.isOpen(end) && !store.isOpen(end + 1)) continue;
      if (this.isCut(end)) this.suspect(end);
      else if (this.suspects.delete(end)) this.flush(end);
    }
  }

  /** For the engine: a piece of a pipe has come out at `end`. */
  takeMessage(end: number, place: number, message: unknown): void {
    if (this.mustHold(end)) return this.hold(end, () => this.onMessage(end, place, message));
    this.onMessage(end, place, message);
  }

  takeSignal(end: number, signal: number): void {
    if (signal === signals.check || !this.mustHold(end)) return this.onSignal(end, signal);
    if (signal === signals.dial) this.expectSilence(end ^ 1);
    this.hold(end, () => this.onSignal(end, signal));
  }

  private onMessage(end: number, place: number, message: unknown): void {
    const { store } = this;
    // Both dialled at once: what the other one says is an answer too.
    if (store.state(end) === endStates.opening) this.onAnswer(end);
    if (store.state(end) === endStates.up) {
      this.engine.counts.linkMessagesDelivered += 1;
      if (this.engine.tracer.isOn) this.report("deliver", end, message, place);
      at(this.owners, store.owner(end)).onMessage(end, place, message);
    } else {
      this.engine.counts.linkMessagesLost += 1;
    }
    this.forget(end);
  }

  private onSignal(end: number, signal: number): void {
    if (signal === signals.dial) this.onDial(end);
    else if (signal === signals.answer) this.onAnswer(end);
    else if (signal === signals.check) this.onCheck(end);
    else if (signal === signals.end) this.goDown(end);
    else this.onSilence(end);
    this.forget(end);
  }

  private onDial(end: number): void {
    const { roster } = this.engine;
    const { store } = this;
    const node = at(roster.nodes, store.node(end));
    const owner = at(this.owners, store.owner(end));
    const state = store.state(end);
    if (state === endStates.up || state === endStates.closed) return;
    if (!node.isAlive || !owner.accepts(end)) {
      store.setState(end, endStates.closed);
      // The kernel says so, whether or not there is a process.
      if (node.isMachineUp)
        this.putNow({ end: end ^ 1, what: signalOf(signals.end), cargo: undefined });
      else this.expectSilence(end ^ 1);
      return;
    }
    store.setState(end, endStates.up);
    this.putSignal(end ^ 1, signals.answer);
    this.report("link", end, "up");
    owner.onUp(end);
  }

  private onAnswer(end: number): void {
    const { store } = this;
    if (store.state(end) !== endStates.opening) return;
    store.setState(end, endStates.up);
    this.report("link", end, "up");
    at(this.owners, store.owner(end)).onUp(end);
  }

  /** `linkDeadAfterMs` have passed since the ends were cut off from each other. */
  private onCheck(end: number): void {
    const sinceMs = this.suspects.get(end);
    const { engine } = this;
    if (sinceMs === undefined || sinceMs + engine.options.linkDeadAfterMs > engine.nowMs) return;
    this.suspects.delete(end);
    const pieces = this.stalled.get(end) ?? [];
    this.stalled.delete(end);
    for (const piece of pieces) {
      if (piece.what !== signalOf(signals.end)) engine.counts.linkMessagesLost += 1;
      this.store.addWaiting(end, -1);
    }
    this.engine.counts.linksBroken += 1;
    this.goDown(end);
    this.goDown(end + 1);
  }

  private goDown(end: number): void {
    const { store } = this;
    if (!store.isOpen(end)) return;
    if (this.mustHold(end)) {
      store.addWaiting(end, 1);
      return this.hold(end, () => this.onSignal(end, signals.end));
    }
    store.setState(end, endStates.closed);
    this.report("link", end, "down");
    at(this.owners, store.owner(end)).onDown(end);
  }

  /** Dialled and not answered, or its other end is that of a machine that is gone. */
  private onSilence(end: number): void {
    const { store } = this;
    const isUnanswered = store.state(end) === endStates.opening;
    if (!isUnanswered && store.state(end ^ 1) !== endStates.closed) return;
    this.engine.counts.linksBroken += 1;
    this.goDown(end);
    // Whoever was only slow to answer must not take it for one that stands.
    if (isUnanswered) this.putSignal(end ^ 1, signals.end);
  }

  private expectSilence(end: number): void {
    const { engine, store } = this;
    store.addWaiting(end, 1);
    engine.wheel.dueMs = engine.nowMs + engine.options.linkDeadAfterMs;
    const slot = engine.wheel.add(undefined);
    engine.wheel.slab.address(slot, store.node(end), end, signalOf(signals.silence));
  }

  private putSignal(end: number, signal: number): void {
    this.put(end, signalOf(signal), undefined);
  }

  /** What comes out at `end` sooner or later, or never when the pipe breaks. */
  private put(end: number, what: number, cargo: unknown): void {
    const from = this.store.node(end ^ 1);
    if (this.engine.roster.isRunning(from)) return this.putNow({ end, what, cargo });
    // A process that was stopped, or that a test speaks for, writes when it runs again.
    const { holds } = at(this.engine.roster.nodes, from);
    const later = new ActionEvent(() => {
      this.store.addWaiting(end, -1);
      this.putNow({ end, what, cargo });
    });
    if (!holds.keepSend(later)) return this.overflow(end);
    this.store.addWaiting(end, 1);
  }

  /** More than a machine keeps: its process would be told that the connection is broken. */
  private overflow(end: number): void {
    this.engine.counts.packetsOverflowed += 1;
    this.store.addWaiting(end, 1);
    const broken = new ActionEvent(() => {
      this.goDown(end);
      this.goDown(end ^ 1);
      this.forget(end);
    });
    this.engine.schedule(0, broken);
  }

  private putNow(piece: Piece): void {
    const { end, what, cargo } = piece;
    const { engine, network, store } = this;
    store.addWaiting(end, 1);
    const [from, to] = [store.node(end ^ 1), store.node(end)];
    if (!network.canPass(from, to) || (this.stalled.size > 0 && this.stalled.has(end & ~1))) {
      return this.stall(piece);
    }
    const isDial = what === signalOf(signals.dial);
    if (isDial && !network.canPass(to, from)) return this.stall(piece);
    const waitMs = network.holdsUp ? this.waitMs(end, cargo) : 0;
    const dueMs = Math.max(store.due(end), engine.nowMs + waitMs + network.orderedLatencyMs());
    engine.wheel.dueMs = dueMs;
    const slot = engine.wheel.add(cargo);
    engine.wheel.slab.address(slot, to, end, what);
    // Behind a dial nothing goes before its answer has come.
    const answerMs = isDial ? network.orderedLatencyMs() + network.orderedLatencyMs() : 0;
    store.setDue(end, dueMs + answerMs);
  }

  private waitMs(end: number, cargo: unknown): number {
    const [from, to] = [this.store.node(end ^ 1), this.store.node(end)];
    const lineMs = cargo === undefined ? 0 : this.post.lineMs(from, cargo, "link");
    return lineMs + this.network.clogMs(from, to);
  }

  private stall(piece: Piece): void {
    const first = piece.end & ~1;
    const pieces = this.stalled.get(first);
    if (pieces === undefined) this.stalled.set(first, [piece]);
    else pieces.push(piece);
    this.suspect(first);
  }

  private flush(first: number): void {
    const pieces = this.stalled.get(first) ?? [];
    this.stalled.delete(first);
    for (const piece of pieces) {
      this.store.addWaiting(first, -1);
      this.putNow(piece);
    }
  }

  private suspect(first: number): void {
    if (this.suspects.has(first)) return;
    const { engine, store } = this;
    this.suspects.set(first, engine.nowMs);
    store.addWaiting(first, 1);
    engine.wheel.dueMs = engine.nowMs + engine.options.linkDeadAfterMs;
    const slot = engine.wheel.add(undefined);
    engine.wheel.slab.address(slot, store.node(first), first, signalOf(signals.check));
  }

  private isCut(end: number): boolean {
    const [one, other] = [this.store.node(end), this.store.node(end ^ 1)];
    return !this.network.canPass(one, other) || !this.network.canPass(other, one);
  }

  private mustHold(end: number): boolean {
    const { roster } = this.engine;
    const node = this.store.node(end);
    if (!roster.isRunning(node)) return roster.has(node, vitalFlags.alive);
    return this.held.size > 0 && this.held.has(end) && this.turn !== end;
  }

  /** Until the node runs again, and then behind what came before. */
  private hold(end: number, run: () => void): void {
    const { engine, held, store } = this;
    held.set(end, (held.get(end) ?? 0) + 1);
    const node = at(engine.roster.nodes, store.node(end));
    const { life } = node;
    const event = new ActionEvent(() => {
      const left = (held.get(end) ?? 1) - 1;
      if (left > 0) held.set(end, left);
      else held.delete(end);
      if (node.life !== life) this.forget(end);
      else if (engine.roster.isRunning(node.index)) this.runInTurn(end, run);
      else this.hold(end, run);
    });
    if (engine.roster.isRunning(node.index)) engine.schedule(0, event);
    else node.holds.keep(event);
  }

  /** It has waited: those behind it are no reason to wait again. */
  private runInTurn(end: number, run: () => void): void {
    this.turn = end;
    try {
      run();
    } finally {
      this.turn = undefined;
    }
  }

  private report(what: SimTraceEvent["what"], end: number, subject: unknown, place = 0): void {
    const { nowMs, roster, tracer } = this.engine;
    if (!tracer.isOn) return;
    const [node, peer] = [
      roster.nodes[this.store.node(end)],
      roster.nodes[this.store.node(end ^ 1)],
    ];
    const channel = place === 0 ? undefined : this.engine.channel(place).name;
    tracer.report(what, nowMs, { node, peer, subject, channel });
  }

  /** An event that knew the pipe is over. */
  private forget(end: number): void {
    const { store } = this;
    store.addWaiting(end, -1);
    if (store.waiting(end) > 0 || store.isOpen(end) || store.isOpen(end ^ 1)) return;
    this.suspects.delete(end & ~1);
    at(this.owners, store.owner(end)).onReleased(end);
    store.release(end);
  }
}

function signalOf(signal: number): number {
  return kindAt(eventKinds.pipeSignal, signal);
}
