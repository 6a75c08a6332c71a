import { unreachable } from "../../core/assert.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Enrolled } from "../enrolled.ts";
import { type Contact, Contacts } from "./contacts.ts";
import { CooledRumors } from "./cooled-rumors.ts";
import { type HotRumor, HotRumors } from "./hot-rumors.ts";
import { Interest } from "./interest.ts";
import { Listener } from "./listener.ts";
import { RoundClock } from "./round-clock.ts";
import type {
  RumorCount,
  RumorEnv,
  RumorStatistics,
  RumorTimer,
  RumorWiring,
} from "./rumor.contract.ts";
import type {
  AnswerMessage,
  CallMessage,
  FeedbackMessage,
  RumorMessage,
  Told,
} from "./rumor.messages.ts";
import { standings } from "./rumor.messages.ts";
import type { RumorOptions } from "./rumor.options.ts";
import { newSeat } from "./seats.ts";
import { isHeld, NO_CALL, Teller } from "./teller.ts";

/** Calls that wait for an answer; more than a node makes in the time it waits. [guess] */
const CALLS_MAX_COUNT = 1_024;
const NO_RUMORS: readonly HotRumor[] = [];
const NO_STANDINGS: readonly number[] = [];
const UINT32 = 2 ** 32;

/**
 * Complex epidemics: what is news here is told to random peers, and asked for from them, until it
 * is known too widely to be worth telling. Fast and cheap, and it ends by itself; a residue of
 * nodes may never hear. [Demers 1987 §1.4]
 *
 * It promises a residue, never completeness: pair it with anti-entropy.
 */
export class Rumor implements Protocol<RumorMessage, RumorTimer> {
  private readonly env: RumorEnv;
  private readonly wiring: RumorWiring;
  private readonly options: RumorOptions;
  private readonly hot: HotRumors;
  private readonly cooled: CooledRumors;
  private readonly interest: Interest;
  private readonly clock: RoundClock;
  private readonly teller: Teller;
  private readonly listener: Listener;
  /** What this node began, and what others began and it gave rumors to. */
  private readonly calls = new Contacts(CALLS_MAX_COUNT);
  private readonly served: Contacts;
  private readonly guests: Contacts;
  private nextRound: number;
  private readonly sampled: PeerId[] = [];

  constructor(env: RumorEnv, wiring: RumorWiring, options: RumorOptions) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.hot = new HotRumors(options.hotMaxCount);
    this.cooled = new CooledRumors(options.hotMaxCount);
    this.interest = new Interest(options, env, wiring.peers);
    this.clock = new RoundClock(env, options);
    const { clock, cooled, hot, interest } = this;
    const parts = { clock, cooled, hot, interest };
    this.teller = new Teller(parts, wiring.counters, options);
    this.listener = new Listener(env, parts, wiring, options);
    this.served = new Contacts(options.callersMaxCount);
    this.guests = new Contacts(options.callersMaxCount);
    // So that a late answer to an earlier life of this node is hardly one to this life.
    this.nextRound = env.random.uint32();
  }

  start(): void {
    this.clock.start();
  }

  stop(): void {
    this.clock.stop();
    this.hot.clear();
    this.cooled.clear();
    this.calls.clear();
    this.served.clear();
    this.guests.clear();
  }

  /** From now on what is news to `enrolled.replica`, wherever it came from, is spread. */
  enrol(enrolled: Enrolled): void {
    this.listener.add(newSeat(enrolled));
  }

  withdraw(name: string): void {
    const seat = this.listener.of(name);
    this.listener.delete(name);
    this.hot.keep((rumor) => rumor.seat !== seat);
    if (seat !== undefined) this.cooled.withdraw(seat);
  }

  /** undefined of a replica that is not enrolled. */
  statisticsOf(name: string): RumorStatistics | undefined {
    const seat = this.listener.of(name);
    return seat === undefined ? undefined : { ...seat.statistics };
  }

  /** How many rumors this node still tells. */
  get hotCount(): number {
    return this.hot.size;
  }

  onTimer(_timer: RumorTimer): void {
    if (this.clock.isStopped) return;
    this.clock.beginRound();
    this.cooled.prune(this.env.now());
    if (this.hot.size > 0) this.hot.keep((rumor) => this.isStillHot(rumor));
    const sinceMs = this.env.now() - this.options.answerTimeoutMs;
    this.calls.prune(sinceMs);
    this.served.prune(sinceMs);
    this.guests.prune(sinceMs);
    const { mode } = this.options;
    if (mode === "push" && this.hot.size === 0) return;
    this.clock.plan(mode !== "pull" && this.hot.size > 0 ? "busy" : "idle");
    this.count("rumor.rounds");
    const { fanoutCount, huntsMaxCount } = this.options;
    const { sampled } = this;
    const count = this.wiring.peers.sample(this.env.random, fanoutCount, sampled);
    for (let place = 0; place < count; place += 1) {
      const peer = sampled[place];
      if (peer !== undefined) this.begin(peer, huntsMaxCount);
    }
  }

  onMessage(from: PeerId, message: RumorMessage): void {
    if (this.clock.isStopped) return;
    switch (message.kind) {
      case "call":
        return this.onCall(from, message);
      case "answer":
        return this.onAnswer(from, message);
      case "feedback":
        return this.onFeedback(from, message);
      case "payloads":
        this.listener.hear(from, message.rumors);
        return;
      case "knock":
        return this.onKnock(from, message.round);
      case "welcome":
        return this.onWelcome(from, message.round);
      case "busy":
        return this.onBusy(from, message.round);
      default:
        unreachable(message);
    }
  }

  // The caller's side

  private begin(peer: PeerId, huntsLeft: number): void {
    const round = this.nextRound;
    this.nextRound = (this.nextRound + 1) % UINT32;
    const { connectionsMaxCount, mode } = this.options;
    const knocks = connectionsMaxCount > 0 && mode !== "pull" && this.hot.size > 0;
    if (!knocks) return this.call(peer, round, huntsLeft);
    this.calls.add({ ...this.contact(peer, round), huntsLeft });
    this.send(peer, { kind: "knock", round });
  }

  private call(peer: PeerId, round: number, huntsLeft: number): void {
    const { feedback, mode } = this.options;
    const rumors = mode === "pull" ? NO_RUMORS : this.teller.pick(NO_CALL);
    if (mode === "push" && rumors.length === 0) return;
    const told = this.teller.tell(rumors);
    if (feedback === "feedback" || mode !== "push") {
      this.calls.add({ ...this.contact(peer, round), huntsLeft, rumors });
    }
    const canWant = mode !== "push" && feedback === "feedback";
    const wantsNames = canWant && this.clock.takeNamesTurn();
    this.send(peer, { kind: "call", round, mode, feedback, wantsNames, rumors: told }, told);
  }

  private onWelcome(from: PeerId, round: number): void {
    const contact = this.takeContact(this.calls, from, round);
    if (contact !== undefined) this.call(from, round, contact.huntsLeft);
  }

  private onBusy(from: PeerId, round: number): void {
    const contact = this.takeContact(this.calls, from, round);
    if (contact === undefined) return;
    this.count("rumor.busy");
    if (contact.huntsLeft === 0) return;
    const others: PeerId[] = [];
    this.wiring.peers.sample(this.env.random, 1, others, from);
    const other = others[0];
    if (other !== undefined) this.begin(other, contact.huntsLeft - 1);
  }

  private onAnswer(from: PeerId, message: AnswerMessage): void {
    const contact = this.takeContact(this.calls, from, message.round);
    if (contact === undefined) return;
    const { feedback, round, rumors } = message;
    if (feedback === "feedback" && !this.note(contact, message.standings)) return;
    const heard = this.listener.hear(from, rumors);
    if (feedback === "blind") return;
    // Of what is only named nobody needs to hear that it is known.
    const isTold = rumors.some(({ standing }) => standing !== standings.cold);
    if (!isTold && !heard.includes(standings.unknown)) return;
    this.send(from, { kind: "feedback", round, standings: heard });
  }

  // The callee's side

  private onKnock(from: PeerId, round: number): void {
    if (!this.clock.admit(this.options.connectionsMaxCount)) {
      return this.send(from, { kind: "busy", round });
    }
    this.guests.add(this.contact(from, round));
    this.send(from, { kind: "welcome", round });
  }

  private onCall(from: PeerId, message: CallMessage): void {
    const { feedback, mode, round } = message;
    const { connectionsMaxCount } = this.options;
    const isGuest = connectionsMaxCount > 0 && this.guests.take(from, round) !== undefined;
    if (!isGuest && !this.clock.admit(connectionsMaxCount)) {
      return this.send(from, { kind: "busy", round });
    }
    const call = this.listener.beginCall();
    const heard = this.listener.hear(from, message.rumors);
    const rumors = mode === "push" ? NO_RUMORS : this.teller.pick(call);
    const isBlind = feedback === "blind";
    const named = message.wantsNames && !isBlind ? this.pickNamed() : NO_RUMORS;
    const hasMore = rumors.length + named.length > 0;
    // Silence says that there is nothing to say.
    if (!hasMore && (isBlind || heard.length === 0)) return;
    if (hasMore && !isBlind) {
      this.served.add({ ...this.contact(from, round), rumors, named });
    }
    const told = [...this.teller.tell(rumors), ...this.teller.nameAll(named)];
    const how = isBlind ? NO_STANDINGS : heard;
    this.send(from, { kind: "answer", round, feedback, standings: how, rumors: told }, told);
  }

  /** A node without rounds of its own forgets nothing but here. */
  private pickNamed(): readonly HotRumor[] {
    this.cooled.prune(this.env.now());
    return this.teller.pickNamed();
  }

  private onFeedback(from: PeerId, { round, standings: theirs }: FeedbackMessage): void {
    const contact = this.takeContact(this.served, from, round);
    if (contact !== undefined) this.note(contact, theirs);
  }

  // Both

  private contact(peer: PeerId, round: number): Contact {
    const atMs = this.env.now();
    return { peer, round, atMs, rumors: NO_RUMORS, named: NO_RUMORS, huntsLeft: 0 };
  }

  private takeContact(contacts: Contacts, peer: PeerId, round: number): Contact | undefined {
    const contact = contacts.take(peer, round);
    if (contact === undefined) this.count("rumor.dropped.stale");
    return contact;
  }

  /** Takes in how a peer stood to what it was told. */
  private note({ named, peer, round, rumors }: Contact, theirs: readonly number[]): boolean {
    if (theirs.length !== rumors.length + named.length) {
      this.count("rumor.dropped.absurd");
      return false;
    }
    const wanted: HotRumor[] = [];
    for (const [place, rumor] of rumors.entries()) {
      const standing = theirs[place] ?? standings.cold;
      if (!rumor.isGone) this.interest.onStanding(rumor, standing);
      const isWanted = standing === standings.unknown && this.teller.isAnnounced(rumor);
      if (isWanted) wanted.push(rumor);
    }
    const missed = named.filter((_, at) => theirs[rumors.length + at] === standings.unknown);
    this.count("rumor.namedWanted", missed.length);
    // It may be told no more by now: who was told of it waits for it all the same.
    const given = [...wanted, ...missed].filter((rumor) => this.canGive(rumor));
    this.give(peer, round, given);
    return true;
  }

  private canGive(rumor: HotRumor): boolean {
    const { seat } = rumor;
    return this.listener.of(seat.enrolled.name) === seat && isHeld(rumor);
  }

  private give(peer: PeerId, round: number, wanted: readonly HotRumor[]): void {
    for (const rumors of this.teller.portions(wanted)) {
      const told = rumors.map((rumor) => this.teller.give(rumor));
      this.send(peer, { kind: "payloads", round, rumors: told });
    }
  }

  private isStillHot(rumor: HotRumor): boolean {
    if (rumor.isGone) return false;
    const { hotRoundsMaxCount, namedForMs } = this.options;
    rumor.roundsCount += 1;
    const isHot = this.interest.judge(rumor);
    if (isHot && rumor.roundsCount <= hotRoundsMaxCount) return true;
    this.count(isHot ? "rumor.expired" : "rumor.cooled");
    if (namedForMs > 0) this.cooled.add(rumor, this.env.now() + namedForMs);
    return false;
  }

  private send(to: PeerId, message: RumorMessage, told: readonly Told[] = []): void {
    const hasPayload = told.some(({ update }) => update !== undefined);
    const isPayload = hasPayload || message.kind === "payloads";
    this.count(isPayload ? "rumor.payloadMessages" : "rumor.controlMessages");
    this.env.send(to, message);
  }

  private count(name: RumorCount, by = 1): void {
    this.wiring.counters.add(name, by);
  }
}
