import type { PeerId } from "../../core/peer.ts";
import type { KnownPeer, Priority } from "./hyparview.messages.ts";
import { plainTimers } from "./hyparview.timers.ts";
import type { Neighbourhood } from "./neighbourhood.ts";

/** Requests under way at most, in active views. [because: walks of many newcomers end at once] */
const PENDING_VIEWS = 4;
/** Share of a new measurement in the smoothed one. Source: RFC 6298 */
const RTT_GAIN = 1 / 8;

/** Somebody was asked to be a neighbour and has not answered. */
interface Request {
  readonly known: KnownPeer;
  readonly number: number;
  readonly sentAtMs: number;
  readonly priority: Priority;
  /** The link stood: whoever ends it now is alive, or was. */
  isUp: boolean;
}

/**
 * The search for neighbours: asks reserve peers, one after another, until the active view is full.
 * In one search each is asked once, and so many at most: full nodes would else ask each other for
 * ever [spec A3].
 */
export class Requests {
  private readonly hood: Neighbourhood;
  private readonly open: Request[] = [];
  private readonly tried: PeerId[] = [];
  private triesLeft = 0;
  private nextNumber = 1;
  private smoothedRttMs = 0;

  constructor(hood: Neighbourhood) {
    this.hood = hood;
  }

  get size(): number {
    return this.open.length;
  }

  has(peer: PeerId): boolean {
    return this.open.some(({ known }) => known.peer === peer);
  }

  /** Does nothing while it is being asked. */
  ask(known: KnownPeer, priority: Priority): void {
    const { hood } = this;
    if (this.has(known.peer) || known.peer === hood.env.self || !this.hasRoom()) return;
    const { data } = hood.card;
    const message = { kind: "neighbor", priority } as const;
    hood.send(known.peer, data === undefined ? message : { ...message, data });
    this.await(known, priority);
  }

  /** Also when it is being asked: whoever joins again has lost the first answer [spec E5]. */
  join(contact: KnownPeer): void {
    const { hood } = this;
    if (contact.peer === hood.env.self || !this.hasRoom()) return;
    const { data } = hood.card;
    hood.send(contact.peer, data === undefined ? { kind: "join" } : { kind: "join", data });
    this.take(contact.peer);
    this.await(contact, "high");
  }

  onUp(peer: PeerId): void {
    const request = this.open.find(({ known }) => known.peer === peer);
    if (request !== undefined) request.isUp = true;
  }

  /** It has answered, either way. */
  take(peer: PeerId): Priority | undefined {
    const place = this.open.findIndex(({ known }) => known.peer === peer);
    const [request] = place < 0 ? [] : this.open.splice(place, 1);
    if (request === undefined) return undefined;
    const rttMs = this.hood.env.now() - request.sentAtMs;
    const before = this.smoothedRttMs === 0 ? rttMs : this.smoothedRttMs;
    this.smoothedRttMs = before + RTT_GAIN * (rttMs - before);
    return request.priority;
  }

  onTimeout(peer: PeerId, number: number): void {
    const place = this.open.findIndex((request) => request.number === number);
    const [request] = place < 0 ? [] : this.open.splice(place, 1);
    if (request === undefined) return;
    const { hood } = this;
    hood.count("hyparview.timeouts");
    if (!hood.active.has(peer)) {
      // An answer that comes too late finds no link, so nobody is a neighbour of one side only.
      hood.env.closeLink(peer);
      hood.lose(request.known);
    }
    this.refill();
  }

  /** The link is gone. False when it was not being asked. */
  onDown(peer: PeerId): boolean {
    const place = this.open.findIndex(({ known }) => known.peer === peer);
    const [request] = place < 0 ? [] : this.open.splice(place, 1);
    if (request === undefined) return false;
    if (!request.isUp) this.hood.lose(request.known);
    return true;
  }

  /** A new search. `excluded` is not asked in it. */
  begin(excluded?: PeerId): void {
    this.tried.length = 0;
    if (excluded !== undefined) this.tried.push(excluded);
    this.triesLeft = this.hood.options.refillTriesCount;
    this.refill();
  }

  /** Goes on with the search. */
  refill(): void {
    const { hood, open } = this;
    const { active, options } = hood;
    while (active.size + open.length < options.activeCount && this.triesLeft > 0) {
      const known = this.candidate();
      if (known === undefined) return;
      this.triesLeft -= 1;
      this.tried.push(known.peer);
      this.ask(known, active.size === 0 ? "high" : "low");
    }
  }

  clear(): void {
    this.open.length = 0;
    this.triesLeft = 0;
  }

  private candidate(): KnownPeer | undefined {
    const { env, passive } = this.hood;
    const { size } = passive;
    const first = size === 0 ? 0 : env.random.below(size);
    for (let step = 0; step < size; step += 1) {
      const known = passive.at((first + step) % size);
      if (!this.tried.includes(known.peer) && !this.has(known.peer)) return known;
    }
    return this.contact();
  }

  private contact(): KnownPeer | undefined {
    const { active, options } = this.hood;
    return this.hood.contacts(options.activeCount + 1).find(({ peer }) => {
      return !active.has(peer) && !this.tried.includes(peer) && !this.has(peer);
    });
  }

  private hasRoom(): boolean {
    if (this.open.length < PENDING_VIEWS * this.hood.options.activeCount) return true;
    this.hood.count("hyparview.dropped.pendingFull");
    return false;
  }

  private await(known: KnownPeer, priority: Priority): void {
    const { env, options } = this.hood;
    const number = this.nextNumber;
    this.nextNumber += 1;
    this.open.push({ known, number, sentAtMs: env.now(), priority, isUp: false });
    const measuredMs = options.neighborTimeoutRttMultiplier * this.smoothedRttMs;
    const timeoutMs = Math.max(options.neighborTimeoutMs, measuredMs);
    env.setTimer({ kind: "unanswered", peer: known.peer, number }, timeoutMs);
  }
}

/** The way back into an overlay, for a node without neighbours: seeds, with growing pauses. */
export class Rejoining {
  private readonly hood: Neighbourhood;
  private readonly requests: Requests;
  private readonly seeds: KnownPeer[] = [];
  private pauseMs: number;
  private isAwake = false;

  constructor(hood: Neighbourhood, requests: Requests) {
    this.hood = hood;
    this.requests = requests;
    this.pauseMs = hood.options.joinBackOffMinMs;
  }

  get contacts(): readonly KnownPeer[] {
    return this.seeds;
  }

  add(seeds: readonly KnownPeer[]): void {
    for (const seed of seeds) {
      const isNew =
        seed.peer !== this.hood.env.self && this.seeds.every((s) => s.peer !== seed.peer);
      if (isNew) this.seeds.push(seed);
    }
  }

  /** Asks at once, and again after pauses until there is a neighbour. */
  attempt(): void {
    const { env, options } = this.hood;
    const asked: KnownPeer[] = [];
    const places = env.random.sampleIndexes(this.seeds.length, options.joinContactsCount);
    for (const place of places) {
      const seed = this.seeds[place];
      if (seed !== undefined) asked.push(seed);
    }
    asked.push(...this.hood.contacts(options.joinContactsCount - asked.length));
    for (const seed of asked) this.requests.join(seed);
    this.wake();
  }

  /** There is no neighbour left. */
  wake(): void {
    const { env, othersCount } = this.hood;
    if (this.isAwake || this.seeds.length + othersCount === 0) return;
    this.isAwake = true;
    // Half as long to one and a half times: those who lost their contact together come apart.
    env.setTimer(plainTimers.join, this.pauseMs * (0.5 + env.random.real()));
  }

  onTimer(): void {
    const { active, lost, options } = this.hood;
    this.isAwake = false;
    if (active.size > 0) {
      this.pauseMs = options.joinBackOffMinMs;
      return;
    }
    this.pauseMs = Math.min(2 * this.pauseMs, options.joinBackOffMaxMs);
    this.requests.begin();
    const last = lost.pick(this.hood.env.random);
    if (this.requests.size === 0 && last !== undefined) this.requests.ask(last, "high");
    this.attempt();
  }
}
