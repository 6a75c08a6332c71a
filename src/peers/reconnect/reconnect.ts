import { type Address, addressKey } from "../../core/address.ts";
import { unreachable } from "../../core/assert.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { Protocol } from "../../core/protocol.ts";
import { type Place, Places, type PlaceTimes, type Seed } from "./places.ts";
import type { DialEnd, KnownMember, PastMember, ReconnectWiring } from "./reconnect.contract.ts";
import type { DialMessage, ReconnectTimer } from "./reconnect.messages.ts";
import type { ReconnectOptions } from "./reconnect.options.ts";

/** Broken connections in a row after which a place counts as one that refuses us. */
const CUT_OFFS_MAX = 3;
/** The wait before the next dial, as a share of the time for which nobody was seen there. */
const AGE_DIVISOR = 8;

/**
 * Looks for members that were lost. memberlist forgets its dead within a minute and then dials
 * nobody, so two sides of a longer partition never meet again; here each side goes on trying where
 * the others were, and where the user said that somebody would be.
 *
 * It costs nothing while nobody is missing, and at most one dial a round otherwise. The chance that
 * a member dials at all is `dialersCount` × missing / members, so a large cluster does not fall
 * upon a single node that comes back. Who says goodbye is not looked for.
 * Source: spec section 21.6, which Serf does for a day with those it saw fail in this life.
 */
export class Reconnect implements Protocol<DialMessage, ReconnectTimer, Address> {
  private readonly env: Env<DialMessage, ReconnectTimer, Address>;
  private readonly wiring: ReconnectWiring;
  private readonly options: ReconnectOptions;
  private readonly places: Places;
  private readonly own: ReadonlySet<string>;
  private phase: "new" | "running" | "resting" = "new";
  private round: TimerId | undefined;
  private save: TimerId | undefined;
  private aloneDelayMs: number;

  constructor(
    env: Env<DialMessage, ReconnectTimer, Address>,
    wiring: ReconnectWiring,
    options: ReconnectOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.places = new Places(options);
    this.own = new Set(wiring.own.map(addressKey));
    this.aloneDelayMs = options.aloneIntervalMs;
  }

  /** Past members that are missed, oldest first. */
  get missed(): readonly PastMember[] {
    return this.places.pastMembers();
  }

  /** Places kept in mind, the covered ones among them. */
  get placesCount(): number {
    return this.places.pastCount + this.places.seedsCount;
  }

  /** The living of `members` and the missed, as many as a life can remember; the living first. */
  worthKeeping(members: Iterable<KnownMember>): readonly PastMember[] {
    const { pastMaxCount } = this.options;
    const kept: PastMember[] = [];
    const seenAtMs = this.env.wallClock();
    for (const member of members) {
      if (kept.length >= pastMaxCount) return kept;
      const { address, name } = member;
      if (isLiving(member) && name !== this.env.self) kept.push({ name, address, seenAtMs });
    }
    const newestFirst = [...this.missed].reverse();
    return [...kept, ...newestFirst.slice(0, pastMaxCount - kept.length)];
  }

  start(): void {
    this.phase = "running";
    const wallClock = this.env.wallClock();
    const inOrder = [...this.wiring.past].sort((a, b) => a.seenAtMs - b.seenAtMs);
    for (const member of inOrder) {
      // A clock that was set back must not make a place immortal.
      this.keep({ ...member, seenAtMs: Math.min(member.seenAtMs, wallClock) }, this.env.now());
    }
    this.arm();
  }

  stop(): void {
    this.phase = "resting";
  }

  /** This node is leaving: it looks for nobody any more. */
  rest(): void {
    this.phase = "resting";
  }

  /** Never called: what others send is the membership's. */
  onMessage(): void {}

  onTimer(timer: ReconnectTimer): void {
    switch (timer.kind) {
      case "round":
        this.round = undefined;
        if (this.phase === "running") this.onRound();
        return;
      case "save":
        this.save = undefined;
        this.wiring.listener.onSaveDue();
        return;
      default:
        unreachable(timer);
    }
  }

  /** The addresses that the user gave, as far as they are not this node's own. */
  setSeeds(addresses: readonly Address[], members: Iterable<KnownMember>): void {
    const owners = new Map<string, string>();
    for (const member of members) {
      if (isLiving(member)) owners.set(addressKey(member.address), member.name);
    }
    const seeds: Seed[] = [];
    for (const address of addresses) {
      const key = addressKey(address);
      if (!this.own.has(key)) seeds.push({ address, owner: owners.get(key) });
    }
    const { counters } = this.wiring;
    const { pastCount, seedsCount } = this.places.setSeeds(seeds, this.timesFromNow());
    if (seedsCount > 0) counters.add("reconnect.dropped.seedsFull", seedsCount);
    if (pastCount > 0) counters.add("reconnect.dropped.pastFull", pastCount);
  }

  /** A member is there, at first or again. */
  onMemberUp(name: string, address: Address): void {
    if (name === this.env.self) return;
    this.places.cover(name, address, this.timesFromNow());
    this.aloneDelayMs = this.options.aloneIntervalMs;
    this.saveLater();
  }

  /** A member died, without a word. */
  onMemberLost(name: string, address: Address): void {
    if (name === this.env.self) return;
    const { dueAtMs, seenAtMs } = this.timesFromNow();
    this.keep({ name, address, seenAtMs }, dueAtMs);
    this.saveLater();
    // The last one: it is this node that is cut off, and no use to wait for a distant round.
    if (this.wiring.view.size === 0) this.arm();
  }

  /** A member said goodbye, or was dismissed. */
  onMemberLeft(name: string): void {
    this.places.forget(name, this.timesFromNow());
    this.saveLater();
  }

  onDialEnd(address: Address, end: DialEnd): void {
    const place = this.places.get(address);
    this.wiring.counters.add(end.kind === "joined" ? "reconnect.joined" : "reconnect.failed");
    if (place === undefined) return;
    if (place.state === "dialled") place.state = "free";
    place.cutOffsCount = end.kind === "cutOff" ? place.cutOffsCount + 1 : 0;
    const isRefused = end.kind === "refused" || place.cutOffsCount >= CUT_OFFS_MAX;
    if (isRefused) return this.onRefused(place, end.detail);
    if (end.kind === "joined") place.relation = "unknown";
    place.dueAtMs = this.env.now() + this.waitMs(place);
  }

  private onRefused(place: Place, detail: string): void {
    const { env, options, wiring } = this;
    place.dueAtMs = env.now() + options.foreignRetryMs * this.jitter();
    place.cutOffsCount = 0;
    if (place.relation === "foreign") return;
    place.relation = "foreign";
    wiring.counters.add("reconnect.foreign");
    wiring.listener.onForeign(place.address, detail);
  }

  private onRound(): void {
    const { env, options } = this;
    this.places.dropSeenBefore(env.wallClock() - options.pastMaxMs);
    const isAlone = this.wiring.view.size === 0;
    const chosen = isAlone ? this.chooseAlone() : this.chooseInCompany();
    for (const place of chosen) {
      place.state = "dialled";
      this.wiring.counters.add("reconnect.dials");
      env.send(place.address, { kind: "dial", purpose: isAlone ? "join" : "heal" });
    }
    this.arm();
  }

  private chooseInCompany(): readonly Place[] {
    const { random } = this.env;
    const now = this.env.now();
    const due = this.free().filter((place) => place.dueAtMs <= now);
    if (due.length === 0) return [];
    const wanted = (this.options.dialersCount * due.length) / this.wiring.view.population;
    return random.real() < wanted ? this.newestAndOthers(due, 1) : [];
  }

  /** All but those who refused it, whenever they would be due. */
  private chooseAlone(): readonly Place[] {
    const now = this.env.now();
    const hopeful = this.free().filter(
      (place) => place.dueAtMs <= now || place.relation !== "foreign",
    );
    return this.newestAndOthers(hopeful, this.options.aloneDialsCount);
  }

  private free(): readonly Place[] {
    return [...this.places].filter((place) => place.state === "free");
  }

  /**
   * Any of them, but half of the time the one seen last comes first: where many are gone for good,
   * those just lost are the likely ones to be found.
   */
  private newestAndOthers(due: readonly Place[], count: number): readonly Place[] {
    const { random } = this.env;
    const shuffled = random.shuffle([...due]);
    if (random.real() < 0.5) return shuffled.slice(0, count);
    let newest = shuffled[0];
    for (const place of shuffled) {
      if (newest !== undefined && place.seenAtMs > newest.seenAtMs) newest = place;
    }
    if (newest === undefined) return [];
    return [newest, ...shuffled.filter((place) => place !== newest)].slice(0, count);
  }

  private keep(member: PastMember, dueAtMs: number): void {
    if (member.name === this.env.self || this.own.has(addressKey(member.address))) return;
    const droppedCount = this.places.addPast(member, dueAtMs);
    if (droppedCount > 0) this.wiring.counters.add("reconnect.dropped.pastFull");
  }

  private timesFromNow(): PlaceTimes {
    const { env, options } = this;
    const dueAtMs = env.now() + options.retryMinMs * this.jitter();
    return { seenAtMs: env.wallClock(), dueAtMs };
  }

  private waitMs(place: Place): number {
    const { retryMaxMs, retryMinMs } = this.options;
    const ageMs = Math.max(0, this.env.wallClock() - place.seenAtMs);
    const share = Math.min(retryMaxMs, Math.max(retryMinMs, ageMs / AGE_DIVISOR));
    return share * this.jitter();
  }

  /** From now on the next round is where it belongs. */
  private arm(): void {
    const { env, options } = this;
    if (this.phase !== "running") return;
    if (this.round !== undefined) env.clearTimer(this.round);
    let delayMs: number = options.intervalMs;
    if (this.wiring.view.size === 0) {
      delayMs = this.aloneDelayMs;
      this.aloneDelayMs = Math.min(options.intervalMs, this.aloneDelayMs * 2);
    }
    this.round = env.setTimer({ kind: "round" }, delayMs * this.jitter());
  }

  private saveLater(): void {
    this.save ??= this.env.setTimer({ kind: "save" }, this.options.saveIntervalMs);
  }

  /** Half as long to half as long again: nodes that lost each other together dial apart. */
  private jitter(): number {
    return 0.5 + this.env.random.real();
  }
}

function isLiving({ status }: KnownMember): boolean {
  return status === "alive" || status === "suspect";
}
