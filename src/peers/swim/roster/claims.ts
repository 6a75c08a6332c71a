import { type Address, addressKey } from "../../../core/address.ts";
import { Allowance } from "../../../core/allowance.ts";
import { addressFromBytes, leadsSomewhere } from "../../../core/ip.ts";
import { aliveOf, type Refutation } from "../suspicion/refutation.ts";
import { type Suspicion, suspicionOf } from "../suspicion/suspicion.ts";
import { Suspicions } from "../suspicion/suspicions.ts";
import type { SwimMember } from "../swim.contract.ts";
import type { AliveMessage, DeadMessage, SuspectMessage } from "../swim.messages.ts";
import { note, type SwimContext } from "../swim-context.ts";
import type { BroadcastWish } from "../telling/broadcasts.ts";
import { ignoresPorts } from "../wire/versions.ts";
import { ClaimCheck } from "./claim-check.ts";
import { Lives } from "./lives.ts";
import { isLiving, type MemberChange, MemberRecord, type StoredMember } from "./member-record.ts";

/**
 * A correction may be twenty times as long as what it answers, whose source anybody can forge. What
 * is not said now another node says, or the next accusation brings.
 */
const CORRECTIONS_PER_SECOND = 16;

type Accusation = SuspectMessage | DeadMessage;
type NewsWish = BroadcastWish & { readonly key?: string };
type AliveChange = MemberChange & { readonly meta: Uint8Array };

/**
 * What others say about a member, and which of it wins. Precedence (i known, j claimed; about
 * another node):
 *
 *   claim \ known   alive      suspect                    dead       left
 *   alive j         j > i      j > i, ends suspicion      j > i      j > i or another address
 *   suspect j       j >= i     j >= i, confirms only      no         no
 *   dead j          j >= i     j >= i                     no         no
 *
 * About ourselves every accusation is refuted, until we leave. Source: spec section 14.
 */
export class Claims {
  private readonly context: SwimContext;
  private readonly refutation: Refutation;
  private readonly check: ClaimCheck;
  private readonly suspicions: Suspicions;
  private readonly lives: Lives;
  private readonly corrections: Allowance;
  private leaving: "no" | "yes" = "no";
  private doubts = 0;

  constructor(context: SwimContext, refutation: Refutation) {
    const { options, counters, identity } = context;
    this.context = context;
    this.refutation = refutation;
    this.check = new ClaimCheck(options, counters, identity);
    this.suspicions = new Suspicions(context);
    this.lives = new Lives(context);
    this.corrections = new Allowance(CORRECTIONS_PER_SECOND, context.env.now());
  }

  get hasLeft(): boolean {
    return this.leaving === "yes";
  }

  /** How many alives were doubted so far. */
  get doubtsCount(): number {
    return this.doubts;
  }

  /**
   * Announces this node with `meta` under a new incarnation: its first alive, and every update.
   * `onSent` is told when the broadcast has gone out its full count.
   */
  announce(meta: Uint8Array, onSent: (incarnation: number) => void): number {
    const incarnation = this.refutation.nextIncarnation();
    const { broadcasts, members } = this.context;
    const announced = members.local.changed({ incarnation, meta });
    const repeatsCount = this.repeatsOf(members.local);
    const wish = { onSent: () => onSent(incarnation), repeatsCount };
    broadcasts.queue(announced.name, aliveOf(announced), wish);
    this.becomeAlive(members.local, { incarnation, meta });
    return incarnation;
  }

  /** Says dead of ourselves: from now on nothing about us is refuted. */
  leave(onSent: () => void): void {
    const { name, incarnation } = this.context.members.local;
    this.leaving = "yes";
    const goodbye: DeadMessage = { kind: "dead", incarnation, node: name, from: name };
    this.context.broadcasts.queue(name, goodbye, { onSent });
    this.becomeDead(this.context.members.local, goodbye);
  }

  /** Spec 14.1. */
  onAlive(received: AliveMessage): void {
    if (!this.check.isSaneAlive(received)) return;
    const claim = this.withPort(received);
    const { members } = this.context;
    const local = members.local.name === claim.node;
    if (local && this.hasLeft) return this.ignore();
    const known = members.get(claim.node);
    if (known === undefined) return this.isGhostly(claim) ? this.doubt(claim) : this.admit(claim);
    const moved = !known.isAt(claim.addr, claim.port);
    if (moved && !this.lives.isReclaimable(known, claim)) return this.onConflict(known, claim);
    if (local) return this.onAliveAboutUs(known, claim);
    if (claim.incarnation <= known.incarnation && !moved) return this.ignore();
    this.believe(known, claim);
  }

  /** Spec 14.2. @param sayer whose packet it came in. */
  onSuspect(claim: SuspectMessage, sayer?: Address): void {
    const known = this.accused(claim, sayer);
    if (known === undefined) return;
    const running = this.suspicions.of(claim.node);
    if (running !== undefined) {
      if (!running.confirm(claim.from)) return this.ignore();
      this.news(claim);
      this.context.counters.add("swim.suspicions.confirmed");
      this.note(claim, "confirmed");
      return this.suspicions.rearm(claim.node, running);
    }
    if (known.status !== "alive") return this.ignore();
    if (known.name === this.context.members.local.name) return this.onAccused(claim);
    this.news(claim);
    this.context.counters.add("swim.suspicions.begun");
    this.note(claim, "suspected");
    const suspect = this.replace(known, { incarnation: claim.incarnation, status: "suspect" });
    this.suspicions.begin(claim.node, claim.from);
    this.context.news.add({ kind: "suspect", member: suspect });
  }

  /** Spec 14.3. @param sayer whose packet it came in. */
  onDead(claim: DeadMessage, sayer?: Address): void {
    const known = this.accused(claim, sayer);
    if (known === undefined) return;
    const suspicion = this.suspicions.take(claim.node);
    if (!isLiving(known.status)) return this.ignore();
    if (known.name === this.context.members.local.name) return this.onAccused(claim);
    this.news(claim);
    this.becomeDead(known, claim);
    this.succeed(suspicion);
  }

  /** The suspicion `serial` of `name` ran out unrefuted: it is dead. */
  onSuspicionExpired(name: string, serial: number): void {
    const known = this.context.members.get(name);
    const suspicion = this.suspicions.takeExpired(name, serial);
    if (suspicion === undefined || known?.status !== "suspect") return;
    this.context.counters.add("swim.suspicions.timedOut");
    note(this.context, name, { what: "timedOut", incarnation: known.incarnation });
    const from = this.context.members.local.name;
    this.onDead({ kind: "dead", incarnation: known.incarnation, node: name, from });
    this.succeed(suspicion);
  }

  /** An incarnation that was buried says nothing new: it may be the word of one who slept. */
  private isGhostly(claim: AliveMessage): boolean {
    const { env, graveyard } = this.context;
    const buried = graveyard.incarnationOf(claim.node, env.now());
    return buried !== undefined && claim.incarnation <= buried;
  }

  /**
   * Departs from memberlist, which takes any alive about a name it forgot: here the one in question
   * is accused, alone, of the death it died. If it lives it refutes, as after any restart (spec
   * 14.7), and everybody believes the higher incarnation.
   */
  private doubt(claim: AliveMessage): void {
    const { counters, env, graveyard, identity } = this.context;
    const { addr, node, port } = claim;
    this.doubts += 1;
    counters.add("swim.ghosts.doubted");
    const incarnation = graveyard.incarnationOf(node, env.now());
    const place = addressFromBytes(addr, port);
    if (incarnation === undefined || place === undefined) return;
    if (!graveyard.takeAsk(node, env.now())) return;
    counters.add("swim.ghosts.asked");
    env.send(place, { kind: "suspect", incarnation, node, from: identity.name });
  }

  private admit(claim: AliveMessage): void {
    const { members, options, counters, env } = this.context;
    // Everyone's first incarnation is 1; the real thing would keep 0 as a dead record.
    if (claim.incarnation === 0) return this.ignore();
    if (!leadsSomewhere(claim.addr, claim.port)) return counters.add("swim.dropped.badAddress");
    if (members.size >= options.membersMaxCount) return counters.add("swim.dropped.tableFull");
    const { addr, meta, node: name, port, vsn } = claim;
    const unborn = MemberRecord.unborn({ name, addr, port, meta, vsn }, env.now());
    members.insert(unborn);
    this.context.graveyard.open(name);
    this.believe(unborn, claim);
  }

  private believe(known: StoredMember, claim: AliveMessage): void {
    const { addr, port, meta, vsn, incarnation } = claim;
    const place = leadsSomewhere(addr, port) ? { addr, port } : {};
    const key = this.lives.broadcastKey(known, claim);
    this.news(claim, { key, repeatsCount: this.repeatsOf(known) });
    this.becomeAlive(known, { ...place, meta, vsn, incarnation });
  }

  private becomeAlive(known: StoredMember, change: AliveChange): void {
    const { news, evidence } = this.context;
    const { name, status: before } = known;
    this.suspicions.take(name);
    evidence.keep(known);
    const member = this.replace(known, { ...change, status: "alive" });
    const { incarnation } = member;
    if (!isLiving(before)) {
      const back = known.incarnation > 0 ? { detail: `came back, was ${before}` } : {};
      if (evidence.has(name)) note(this.context, name, { what: "joined", incarnation, ...back });
      return news.add({ kind: "join", member });
    }
    if (before === "suspect") {
      note(this.context, name, { what: "refuted", by: name, incarnation });
      news.add({ kind: "refuted", member });
    }
    if (known.hasMeta(change.meta)) return;
    note(this.context, name, { what: "updated", incarnation });
    news.add({ kind: "update", member });
  }

  private becomeDead(known: StoredMember, claim: DeadMessage): void {
    const status = claim.node === claim.from ? "left" : "dead";
    this.note(claim, status === "left" ? "left" : "declaredDead");
    const member = this.replace(known, { incarnation: claim.incarnation, status });
    this.context.news.add({ kind: "leave", member });
  }

  private onAliveAboutUs(known: StoredMember, claim: AliveMessage): void {
    if (claim.incarnation < known.incarnation) return this.ignore();
    // The same incarnation with other content is from an earlier life of ours: it must lose.
    const same = known.hasMeta(claim.meta) && known.hasVersions(claim.vsn);
    if (claim.incarnation === known.incarnation && same) return this.ignore();
    this.refutation.refute(claim.incarnation);
  }

  private onAccused(claim: Accusation): void {
    const what = claim.kind === "suspect" ? "suspected" : "declaredDead";
    this.note(claim, what);
    this.refutation.refute(claim.incarnation);
  }

  /** The member that `claim` is about; undefined when there is none or the claim is out of date. */
  private accused(claim: Accusation, sayer: Address | undefined): StoredMember | undefined {
    const known = this.context.members.get(claim.node);
    if (!this.check.isSaneAccusation(claim, known?.incarnation ?? 0)) return undefined;
    if (known !== undefined && claim.incarnation >= known.incarnation) return known;
    this.ignore();
    if (known !== undefined && isLiving(known.status)) this.correct(known, claim.from, sayer);
    return undefined;
  }

  /**
   * Who itself accuses somebody that has refuted long since missed the refutation, which nobody
   * says any more: it is told. Departs from memberlist, where it buries the accused, however often
   * that answers its pings, and holds it for dead until a push/pull.
   */
  private correct(known: StoredMember, accuser: string, sayer: Address | undefined): void {
    const { counters, env, members } = this.context;
    const author = members.get(accuser);
    if (sayer === undefined || author === undefined) return;
    if (addressKey(author.address) !== addressKey(sayer)) return;
    if (this.corrections.take(1, env.now()) === 0) return counters.add("swim.claims.uncorrected");
    counters.add("swim.claims.corrected");
    env.send(sayer, aliveOf(known));
  }

  private onConflict(existing: SwimMember, claim: AliveMessage): void {
    const { counters, members, news } = this.context;
    counters.add("swim.conflicts");
    if (existing.name === members.local.name) this.outbid(existing, claim);
    else if (this.lives.isSuccessor(existing, claim)) this.challenge(existing, claim);
    news.add({ kind: "conflict", existing, claim });
  }

  /** What is said of a former life of ours, its death above all, is not to be said of this one. */
  private outbid(local: SwimMember, former: AliveMessage): void {
    if (former.incarnation < local.incarnation) return;
    if (this.lives.isSuccessor(former, local)) this.refutation.refute(former.incarnation);
  }

  /**
   * A later life of a member knocks: the former one is accused, as if a probe had failed. If it is
   * dead the others learn it now and not a probe round later; if it lives it refutes.
   */
  private challenge(existing: SwimMember, claim: AliveMessage): void {
    const { name, status } = existing;
    if (status === "alive" && this.lives.takeChallenge(name)) {
      note(this.context, name, { what: "succeeded", by: name });
      this.onSuspect(suspicionOf(existing, this.context.identity.name));
    }
    const suspicion = this.suspicions.of(name);
    if (suspicion !== undefined) this.lives.keepWord(suspicion, claim);
  }

  /** The suspect is dead: who came after it, if somebody did, has the name. */
  private succeed(suspicion: Suspicion | undefined): void {
    if (suspicion?.successor !== undefined) this.onAlive(suspicion.successor);
  }

  private replace(known: StoredMember, change: MemberChange): StoredMember {
    const turned = change.status !== undefined && change.status !== known.status;
    const since = turned ? { statusSince: this.context.env.now() } : {};
    return this.context.members.replace(known.changed({ ...change, ...since }));
  }

  /** What is new here is new to others: pass it on as it came. */
  private news(claim: AliveMessage | Accusation, wish: NewsWish = {}): void {
    const { key = claim.node, ...rest } = wish;
    this.context.counters.add("swim.claims.news");
    this.context.broadcasts.queue(key, claim, rest);
  }

  /** How often the news is spread once more that `known`, who was not there, is there. */
  private repeatsOf(known: StoredMember): number {
    const { joinRetransmitMultiplier, retransmitMultiplier } = this.context.options;
    if (isLiving(known.status) || retransmitMultiplier === 0) return 0;
    return Math.max(0, Math.ceil(joinRetransmitMultiplier / retransmitMultiplier) - 1);
  }

  private ignore(): void {
    this.context.counters.add("swim.claims.known");
  }

  private note(claim: Accusation, what: "suspected" | "confirmed" | "declaredDead" | "left"): void {
    const { node, from, incarnation } = claim;
    note(this.context, node, { what, by: from, incarnation });
  }

  private withPort(claim: AliveMessage): AliveMessage {
    const { vsn, port } = this.context.identity;
    return ignoresPorts(vsn) || claim.port === 0 ? { ...claim, port } : claim;
  }
}
