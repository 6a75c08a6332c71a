import { ExpiringMap } from "../../../core/collections/expiring-map.ts";
import { addressFromBytes, leadsSomewhere } from "../../../core/ip.ts";
import { aliveOf, type Refutation } from "../suspicion/refutation.ts";
import { Suspicions } from "../suspicion/suspicions.ts";
import type { SwimMember } from "../swim.contract.ts";
import type { AliveMessage, DeadMessage, SuspectMessage } from "../swim.messages.ts";
import { note, type SwimContext } from "../swim-context.ts";
import { ignoresPorts } from "../wire/versions.ts";
import { ClaimCheck } from "./claim-check.ts";
import { isLiving, type MemberChange, MemberRecord, type StoredMember } from "./member-record.ts";

/** Two nodes that fight for a name must not keep a member suspect for ever. */
const CHALLENGE_EVERY_MS = 30_000;
const CHALLENGES_MAX = 256;

type Accusation = SuspectMessage | DeadMessage;
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
  private leaving: "no" | "yes" = "no";
  private doubts = 0;
  private readonly challenged = new ExpiringMap<string, true>(CHALLENGE_EVERY_MS, CHALLENGES_MAX);

  constructor(context: SwimContext, refutation: Refutation) {
    const { options, counters, identity } = context;
    this.context = context;
    this.refutation = refutation;
    this.check = new ClaimCheck(options, counters, identity);
    this.suspicions = new Suspicions(context);
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
    if (moved && !this.isReclaimable(known, claim)) return this.onConflict(known, claim);
    if (local) return this.onAliveAboutUs(known, claim);
    if (claim.incarnation <= known.incarnation && !moved) return this.ignore();
    this.believe(known, claim);
  }

  /** Spec 14.2. */
  onSuspect(claim: SuspectMessage): void {
    const known = this.accused(claim);
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

  /** Spec 14.3. */
  onDead(claim: DeadMessage): void {
    const known = this.accused(claim);
    if (known === undefined) return;
    this.suspicions.drop(claim.node);
    if (!isLiving(known.status)) return this.ignore();
    if (known.name === this.context.members.local.name) return this.onAccused(claim);
    this.news(claim);
    this.becomeDead(known, claim);
  }

  /** The suspicion `serial` of `name` ran out unrefuted: it is dead. */
  onSuspicionExpired(name: string, serial: number): void {
    const known = this.context.members.get(name);
    if (!this.suspicions.takeExpired(name, serial) || known?.status !== "suspect") return;
    this.context.counters.add("swim.suspicions.timedOut");
    note(this.context, name, { what: "timedOut", incarnation: known.incarnation });
    const from = this.context.members.local.name;
    this.onDead({ kind: "dead", incarnation: known.incarnation, node: name, from });
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
    this.news(claim, this.repeatsOf(known));
    this.becomeAlive(known, { ...place, meta, vsn, incarnation });
  }

  private becomeAlive(known: StoredMember, change: AliveChange): void {
    const { news, evidence } = this.context;
    const { name, status: before } = known;
    this.suspicions.drop(name);
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
  private accused(claim: Accusation): StoredMember | undefined {
    const known = this.context.members.get(claim.node);
    if (!this.check.isSaneAccusation(claim, known?.incarnation ?? 0)) return undefined;
    if (known !== undefined && claim.incarnation >= known.incarnation) return known;
    this.ignore();
    return undefined;
  }

  /**
   * Spec 14.1 step 4: who left, or has long been dead, may come back from another address. Departs
   * from memberlist: who is dead may do so at once if its meta shows that this is a later life.
   */
  private isReclaimable(known: SwimMember, claim: AliveMessage): boolean {
    if (known.status === "left") return true;
    const { deadNodeReclaimMs } = this.context.options;
    if (known.status !== "dead") return false;
    if (this.isSuccessor(known, claim)) return true;
    if (deadNodeReclaimMs === 0) return false;
    return this.context.env.now() - known.statusSince > deadNodeReclaimMs;
  }

  private isSuccessor(known: SwimMember, claim: AliveMessage): boolean {
    return this.context.passenger.isSuccessor?.(known.meta, claim.meta) ?? false;
  }

  /**
   * A later life of a member knocks: the former one is accused, as if a probe had failed. If it is
   * dead the others learn it now and not a probe round later; if it lives it refutes.
   */
  private challenge(existing: SwimMember, claim: AliveMessage): void {
    const { env, members } = this.context;
    const { incarnation, name: node, status } = existing;
    const from = members.local.name;
    if (status !== "alive" || node === from || !this.isSuccessor(existing, claim)) return;
    if (this.challenged.has(node, env.now())) return;
    this.challenged.set(node, true, env.now());
    note(this.context, node, { what: "succeeded", by: node });
    this.onSuspect({ kind: "suspect", incarnation, node, from });
  }

  private onConflict(existing: SwimMember, claim: AliveMessage): void {
    this.context.counters.add("swim.conflicts");
    this.challenge(existing, claim);
    this.context.news.add({ kind: "conflict", existing, claim });
  }

  private replace(known: StoredMember, change: MemberChange): StoredMember {
    const turned = change.status !== undefined && change.status !== known.status;
    const since = turned ? { statusSince: this.context.env.now() } : {};
    return this.context.members.replace(known.changed({ ...change, ...since }));
  }

  /** What is new here is new to others: pass it on as it came. */
  private news(claim: AliveMessage | Accusation, repeatsCount = 0): void {
    this.context.counters.add("swim.claims.news");
    this.context.broadcasts.queue(claim.node, claim, { repeatsCount });
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
