import { at } from "../../core/collections/at.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../peer-view.ts";
import { Conversations } from "./conversations.ts";
import { Graves } from "./graves.ts";
import { OfferBudget } from "./offer-budget.ts";
import { describe, type Entry, PartialView } from "./partial-view.ts";
import { PopulationSketch } from "./population-sketch.ts";
import type {
  AnswerMessage,
  Descriptor,
  Goodbye,
  OfferMessage,
  SamplingMessage,
} from "./sampling.messages.ts";
import type { SamplingOptions } from "./sampling.options.ts";
import { ViewEar } from "./view-ear.ts";

export type SamplingTimer =
  | { readonly kind: "round" }
  | { readonly kind: "silence"; readonly token: number };

export type SamplingCount =
  | "sampling.offers"
  | "sampling.answers"
  | "sampling.contacted"
  | "sampling.silent"
  | "sampling.aged"
  | "sampling.dropped.self"
  | "sampling.dropped.banned"
  | "sampling.dropped.budget"
  | "sampling.dropped.unasked"
  | "sampling.dropped.excess"
  | "sampling.dropped.contacts";

export interface SamplingWiring {
  /** What others need to reach this node; it travels with its descriptors. */
  readonly data: Uint8Array;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly counters: { add(name: SamplingCount, by?: number): void };
}

const ROUND: SamplingTimer = { kind: "round" };

/**
 * The peer sampling service: every node knows a few others, at random, and keeps knowing others. In
 * each round it exchanges half of its view with one of them. Whom it chooses, which way views
 * travel and who gives way where there are too many are options; published protocols are settings
 * of them (`samplingPresets`). [Jelasity 2007]
 *
 * Departs from [Jelasity 2007 Fig. 1]: descriptors age by the rounds of whoever holds them and not
 * by exchanges, as in [Cyclon 2005], so that an age is a time. Departs from it: a partner that does
 * not answer is taken out of the view, and not taken back on the word of others unless that word is
 * younger (`silence`). Departs from it: in a pull the asking node tells of itself to a contact, for
 * else nobody would ever hear of a newcomer.
 */
export class Sampling implements Protocol<SamplingMessage, SamplingTimer>, PeerView {
  private readonly env: Env<SamplingMessage, SamplingTimer>;
  private readonly wiring: SamplingWiring;
  private readonly options: SamplingOptions;
  private readonly view = new PartialView();
  private readonly graves: Graves;
  private readonly sketch: PopulationSketch;
  private readonly budget: OfferBudget;
  private readonly conversations = new Conversations();
  private readonly ear: ViewEar;
  private readonly contacts: PeerId[] = [];
  private nextContact = 0;
  private round = 0;
  private roundTimer: TimerId | undefined;

  constructor(
    env: Env<SamplingMessage, SamplingTimer>,
    wiring: SamplingWiring,
    options: SamplingOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.graves = new Graves(options.gravesMaxCount);
    this.sketch = new PopulationSketch(env.self, options.sketchMaxCount, options.sketchAgeMaxCount);
    this.budget = new OfferBudget(options);
    this.ear = new ViewEar(this.view, wiring.afterStep);
  }

  start(): void {
    this.sketch.renew(this.round);
    // Nodes that start together shall not have their rounds together.
    const delayMs = this.env.random.real() * this.options.roundIntervalMs;
    this.roundTimer = this.env.setTimer(ROUND, delayMs);
  }

  /** Says nothing; see `leave`. */
  stop(): void {
    if (this.roundTimer !== undefined) this.env.clearTimer(this.roundTimer);
    for (const timer of this.conversations.endAll()) this.env.clearTimer(timer);
  }

  // What the node asks for

  /**
   * Goes to these contacts, and in every round to one of them until somebody is in the view. A
   * contact need not be named as the node that answers: it is only an address to send to.
   */
  join(contacts: readonly PeerId[]): void {
    for (const contact of contacts) {
      if (contact === this.env.self) continue;
      this.graves.exhume(contact);
      if (!this.contacts.includes(contact)) this.keepContact(contact);
      this.offerTo(contact, "contact");
    }
  }

  /** Tells its peers that it is leaving; they pass that on. To be called before `stop`. */
  leave(): void {
    for (const { peer } of this.view) this.env.send(peer, { kind: "goodbye" });
  }

  /** Takes a peer out and keeps it out, whatever it or others say, until `admit`. */
  ban(peer: PeerId): void {
    this.graves.ban(peer);
    this.conversations.endWith(peer, (timer) => this.env.clearTimer(timer));
    this.view.remove(peer);
    this.ear.noteChange();
  }

  /** Ends a ban, or the doubt about a peer that was silent. */
  admit(peer: PeerId): void {
    this.graves.exhume(peer);
  }

  /** What a peer in the view told of how to reach it. */
  dataOf(peer: PeerId): Uint8Array | undefined {
    return this.view.find(peer)?.data;
  }

  /** The view, in no order that means anything. */
  descriptors(): Descriptor[] {
    return this.described(this.view);
  }

  // The view, as others see it

  get size(): number {
    return this.view.size;
  }

  /** By `PopulationSketch`; without one, who is in the view. */
  get population(): number {
    return Math.max(this.view.size + 1, this.sketch.estimate());
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.view.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const { peer } of this.view) visit(peer);
  }

  subscribe(listener: PeerListener): void {
    this.ear.subscribe(listener);
  }

  // The conversation

  onTimer(timer: SamplingTimer): void {
    if (timer.kind === "silence") this.onSilence(timer.token);
    else this.onRound();
  }

  onMessage(from: PeerId, message: SamplingMessage): void {
    if (from === this.env.self) return this.wiring.counters.add("sampling.dropped.self");
    if (this.graves.isBanned(from)) return this.wiring.counters.add("sampling.dropped.banned");
    if (message.kind === "offer") this.onOffer(from, message);
    else if (message.kind === "answer") this.onAnswer(from, message);
    else this.hearGoodbye({ peer: from, age: 0 });
    this.ear.noteChange();
  }

  private onRound(): void {
    const { contactEveryCount, entryMaxCount, roundIntervalMs, roundJitterRatio } = this.options;
    this.round += 1;
    this.budget.renew();
    this.sketch.renew(this.round);
    const early = (this.env.random.real() - 0.5) * roundJitterRatio;
    this.roundTimer = this.env.setTimer(ROUND, roundIntervalMs * (1 + early));
    if (entryMaxCount > 0) {
      const aged = this.view.removeBornBefore(this.round - entryMaxCount);
      if (aged > 0) this.wiring.counters.add("sampling.aged", aged);
    }
    const partner = this.view.choose(this.env.random, this.options.peerSelection);
    if (partner !== undefined) this.offerTo(partner.peer, "peer");
    const isContactDue = contactEveryCount > 0 && this.round % contactEveryCount === 0;
    if (partner === undefined || isContactDue) this.contactOne();
    this.ear.noteChange();
  }

  private contactOne(): void {
    if (this.contacts.length === 0) return;
    const contact = at(this.contacts, this.nextContact % this.contacts.length);
    this.nextContact += 1;
    this.offerTo(contact, "contact");
  }

  private keepContact(contact: PeerId): void {
    this.contacts.push(contact);
    if (this.contacts.length <= this.options.contactsMaxCount) return;
    this.contacts.shift();
    this.wiring.counters.add("sampling.dropped.contacts");
  }

  /** A contact is always told and asked, whichever way views travel: it is how one gets in. */
  private offerTo(to: PeerId, as: "peer" | "contact"): void {
    const { counters } = this.wiring;
    const propagation = as === "contact" ? "pushPull" : this.options.propagation;
    if (as === "peer" && this.options.partner === "given") this.view.remove(to);
    const picked = propagation === "pull" ? [] : this.pickFor(to);
    const answer = propagation === "push" ? "none" : "wanted";
    const token = this.env.random.uint32();
    if (answer === "wanted") this.expect(token, to, { as, sent: picked.map(({ peer }) => peer) });
    const descriptors = propagation === "pull" ? [] : this.descriptorsWith(picked);
    this.env.send(to, { kind: "offer", token, answer, descriptors, ...this.tidings() });
    counters.add(as === "contact" ? "sampling.contacted" : "sampling.offers");
  }

  private expect(
    token: number,
    peer: PeerId,
    { as, sent }: { readonly as: "peer" | "contact"; readonly sent: readonly PeerId[] },
  ): void {
    const timer = this.env.setTimer({ kind: "silence", token }, this.options.answerTimeoutMs);
    const talk = { peer, as, sent, askedRound: this.round, timer };
    const dropped = this.conversations.begin(token, talk);
    if (dropped !== undefined) this.env.clearTimer(dropped);
  }

  private onOffer(from: PeerId, offer: OfferMessage): void {
    if (!this.budget.admits(from)) return this.wiring.counters.add("sampling.dropped.budget");
    let sent: readonly PeerId[] = [];
    if (offer.answer === "wanted") {
      const { token } = offer;
      const tellsOfItself = this.tellsOfItself();
      const picked = this.pickFor(from, tellsOfItself ? 1 : 0);
      sent = picked.map(({ peer }) => peer);
      const descriptors = tellsOfItself ? this.descriptorsWith(picked) : this.described(picked);
      this.env.send(from, { kind: "answer", token, descriptors, ...this.tidings() });
      this.wiring.counters.add("sampling.answers");
    }
    this.takeIn(from, offer, sent);
  }

  private onAnswer(from: PeerId, answer: AnswerMessage): void {
    const talk = this.conversations.end(answer.token, from);
    if (talk === undefined) return this.wiring.counters.add("sampling.dropped.unasked");
    this.env.clearTimer(talk.timer);
    this.takeIn(from, answer, talk.sent);
  }

  private onSilence(token: number): void {
    const talk = this.conversations.end(token);
    if (talk === undefined || talk.as === "contact") return;
    this.wiring.counters.add("sampling.silent");
    if (this.options.silence === "ignored") return;
    const entry = this.view.find(talk.peer);
    // It wrote a descriptor since: the answer was lost, and not the peer.
    if (entry !== undefined && entry.bornRound > talk.askedRound) return;
    this.view.remove(talk.peer);
    this.graves.bury(talk.peer, talk.askedRound, "silent");
    this.ear.noteChange();
  }

  /** Others of the view to tell `partner` of, where `ownCount` places are taken. */
  private pickFor(partner: PeerId, ownCount = 1): Entry[] {
    const { exchangeMaxCount, healCount, viewSelection } = this.options;
    return this.view.pick(this.env.random, {
      count: exchangeMaxCount - ownCount,
      healCount: viewSelection === "healSwap" ? healCount : 0,
      partner,
    });
  }

  private descriptorsWith(picked: readonly Entry[]): Descriptor[] {
    const own: Descriptor = { peer: this.env.self, age: 0, data: this.wiring.data };
    return [own, ...this.described(picked)];
  }

  private described(entries: Iterable<Entry>): Descriptor[] {
    return [...entries].map((entry) => describe(entry, this.round));
  }

  /**
   * Where partners trade places, who is asked has just been given the other's: it gives no new one
   * of its own, unless its view lacks a tenth. [Cyclon 2005 §2]
   *
   * Departs from [Cyclon 2005 §2]: there views stay as small as losses have left them.
   */
  private tellsOfItself(): boolean {
    const { partner, viewMaxCount } = this.options;
    return partner === "kept" || this.view.size * 10 < viewMaxCount * 9;
  }

  private tidings() {
    const { goodbyeMaxCount, goodbyesMaxCount } = this.options;
    const goodbyes = this.graves.goodbyes(this.round, goodbyeMaxCount, goodbyesMaxCount);
    return { goodbyes, sketch: this.sketch.tell(this.round) };
  }

  private takeIn(from: PeerId, told: OfferMessage | AnswerMessage, sent: readonly PeerId[]): void {
    // Who speaks is there, whatever was said of it before.
    this.graves.exhume(from);
    const { goodbyesMaxCount } = this.options;
    for (const goodbye of told.goodbyes.slice(0, goodbyesMaxCount)) this.hearGoodbye(goodbye);
    this.sketch.merge(told.sketch, this.round);
    const rule = { random: this.env.random, rule: this.options };
    this.view.merge(this.admitted(told.descriptors), sent, rule);
  }

  private admitted(descriptors: readonly Descriptor[]): Entry[] {
    const { viewMaxCount } = this.options;
    const entries: Entry[] = [];
    for (let index = 0; index < descriptors.length && index <= viewMaxCount; index += 1) {
      const { age, data, peer } = at(descriptors, index);
      const bornRound = this.round - age;
      if (peer === this.env.self || !this.graves.admits(peer, bornRound)) continue;
      entries.push({ peer, bornRound, data });
    }
    const excess = descriptors.length - viewMaxCount - 1;
    if (excess > 0) this.wiring.counters.add("sampling.dropped.excess", excess);
    return entries;
  }

  private hearGoodbye(goodbye: Goodbye): void {
    const { peer, age } = goodbye;
    if (peer === this.env.self || !this.graves.isNews(goodbye, this.round)) return;
    this.graves.bury(peer, this.round - age, "left");
    const entry = this.view.find(peer);
    if (entry !== undefined && entry.bornRound <= this.round - age) this.view.remove(peer);
  }
}
