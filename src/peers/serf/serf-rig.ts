import type { Address } from "../../core/address.ts";
import type { TimerId } from "../../core/env.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { SerfEnv } from "./context.ts";
import type {
  ConflictVote,
  IncomingQuery,
  KeyResult,
  KeyringPort,
  MembershipRecord,
  QueryAnswer,
  QueryId,
  QueryResult,
  SerfCodec,
  SerfCount,
  SerfListener,
  SerfMember,
  SerfMembership,
  UserEvent,
} from "./serf.contract.ts";
import type { SerfMessage } from "./serf.messages.ts";
import { type SerfOptions, serfDefaults } from "./serf.options.ts";
import type { SerfTimer } from "./serf.timers.ts";
import { Serf } from "./serf.ts";

/*
 * One Serf on a bench: a host that records what it sends and whose clock the test turns, a
 * membership that writes down what it is asked, and ears for what is told. For tests only.
 */

export const defaultOptions: SerfOptions = {
  ...serfDefaults,
  conflictResolution: "vote",
  oldEvents: "ignore",
  coordinates: "on",
};

const MODERN = Uint8Array.of(1, 5, 2, 2, 5, 5);
const NO_TAGS = Uint8Array.of(0xff, 0x80);
const PORT = 7946;

/** Member `last` of the bench's network, at 10.0.0.`last`. */
export function recordOf(name: string, last: number, meta: Uint8Array = NO_TAGS): MembershipRecord {
  const address = { host: `10.0.0.${last}`, port: PORT };
  return { name, addr: Uint8Array.of(10, 0, 0, last), port: PORT, address, meta, vsn: MODERN };
}

interface PendingTimer {
  readonly id: TimerId;
  readonly dueMs: number;
  readonly timer: SerfTimer;
}

export class BenchEnv implements SerfEnv {
  readonly self: PeerId;
  readonly random: Random;
  readonly sent: { readonly to: Address; readonly message: SerfMessage }[] = [];
  private timeMs = 1_000_000;
  private lastId = 0;
  private pending: PendingTimer[] = [];

  constructor(name: string, seed: number) {
    this.self = peerId(name);
    this.random = new Random(seed);
  }

  now(): number {
    return this.timeMs;
  }

  wallClock(): number {
    return Math.floor(this.timeMs);
  }

  send(to: Address, message: SerfMessage): void {
    this.sent.push({ to, message });
  }

  setTimer(timer: SerfTimer, delayMs: number): TimerId {
    this.lastId += 1;
    const id = this.lastId as TimerId;
    this.pending.push({ id, dueMs: this.timeMs + delayMs, timer });
    return id;
  }

  clearTimer(id: TimerId): void {
    this.pending = this.pending.filter((pending) => pending.id !== id);
  }

  /** The time of the next timer, for a test that turns several clocks together. */
  get nextDueMs(): number {
    return Math.min(...this.pending.map(({ dueMs }) => dueMs));
  }

  /** Turns the clock, and gives `onTimer` each timer that falls due, in order. */
  advance(byMs: number, onTimer: (timer: SerfTimer) => void): void {
    const endMs = this.timeMs + byMs;
    while (this.nextDueMs <= endMs) {
      const dueMs = this.nextDueMs;
      const at = this.pending.findIndex((pending) => pending.dueMs === dueMs);
      const [due] = this.pending.splice(at, 1);
      this.timeMs = Math.max(this.timeMs, dueMs);
      if (due !== undefined) onTimer(due.timer);
    }
    this.timeMs = endMs;
  }
}

export class BenchMembership implements SerfMembership {
  local: MembershipRecord;
  readonly gossipMaxBytes = 1_395;
  readonly asked: string[] = [];
  readonly users: { readonly to: Address; readonly payload: Uint8Array }[] = [];

  constructor(local: MembershipRecord) {
    this.local = local;
  }

  leave(): void {
    this.asked.push("leave");
  }

  sendUser(to: Address, payload: Uint8Array): void {
    this.users.push({ to, payload });
  }

  addressOf(addr: Uint8Array, port: number): Address | undefined {
    return addr.length === 4 && port > 0 ? { host: addr.join("."), port } : undefined;
  }

  setMeta(meta: Uint8Array): void {
    this.local = { ...this.local, meta };
    this.asked.push("setMeta");
  }
}

export class Ears implements SerfListener {
  readonly heard: string[] = [];
  readonly events: UserEvent[] = [];
  readonly queries: IncomingQuery[] = [];
  readonly results = new Map<QueryId, QueryResult>();
  readonly keyResults: KeyResult[] = [];
  readonly votes: ConflictVote[] = [];

  onMemberJoin(member: SerfMember): void {
    this.note("join", member);
  }
  onMemberUpdate(member: SerfMember): void {
    this.note("update", member);
  }
  onMemberIntent(member: SerfMember): void {
    this.note("intent", member);
  }
  onMemberLeave(member: SerfMember): void {
    this.note("leave", member);
  }
  onMemberFail(member: SerfMember): void {
    this.note("fail", member);
  }
  onMemberReap(member: SerfMember): void {
    this.note("reap", member);
  }
  onUserEvent(event: UserEvent): void {
    this.events.push(event);
  }
  onQuery(query: IncomingQuery): void {
    this.queries.push(query);
  }
  onQueryAck(_id: QueryId, from: string): void {
    this.heard.push(`ack ${from}`);
  }
  onQueryAnswer(_id: QueryId, answer: QueryAnswer): void {
    this.heard.push(`answer ${answer.from}`);
  }
  onQueryDone(id: QueryId, result: QueryResult): void {
    this.results.set(id, result);
  }
  onKeysDone(_id: QueryId, result: KeyResult): void {
    this.keyResults.push(result);
  }
  onLeft(): void {
    this.heard.push("left");
  }
  onConflictLost(vote: ConflictVote): void {
    this.heard.push("conflict lost");
    this.votes.push(vote);
  }
  onConflictWon(vote: ConflictVote): void {
    this.heard.push("conflict won");
    this.votes.push(vote);
  }

  /** What was heard since the last call. */
  take(): string[] {
    return this.heard.splice(0);
  }

  private note(what: string, { name, status }: SerfMember): void {
    this.heard.push(`${what} ${name} ${status}`);
  }
}

export class Tally {
  readonly counts = new Map<string, number>();

  add(name: SerfCount, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  of(name: SerfCount): number {
    return this.counts.get(name) ?? 0;
  }
}

export interface BenchParts {
  readonly codec: SerfCodec;
  readonly name?: string;
  /** Last byte of its IP address. */
  readonly last?: number;
  readonly options?: Partial<SerfOptions>;
  readonly keyring?: KeyringPort;
}

export class Bench {
  readonly codec: SerfCodec;
  readonly env: BenchEnv;
  readonly membership: BenchMembership;
  readonly ears = new Ears();
  readonly tally = new Tally();
  readonly serf: Serf;

  constructor({ codec, name = "me", last = 1, options = {}, keyring }: BenchParts) {
    this.codec = codec;
    this.env = new BenchEnv(name, last);
    this.membership = new BenchMembership(recordOf(name, last));
    const wiring = {
      membership: this.membership,
      listener: this.ears,
      counters: this.tally,
      codec,
      ...(keyring === undefined ? {} : { keyring }),
    };
    this.serf = new Serf(this.env, wiring, { ...defaultOptions, ...options });
    this.serf.start();
    this.serf.onMemberJoin(this.membership.local);
    this.ears.take();
  }

  /** As if it came in a packet from 10.0.0.9. */
  hear(message: SerfMessage): void {
    this.serf.onUser({ host: "10.0.0.9", port: PORT }, this.codec.encode(message));
  }

  advance(byMs: number): void {
    this.env.advance(byMs, (timer) => this.serf.onTimer(timer));
  }

  /** One packet's worth of broadcasts, decoded. */
  takeBroadcasts(budgetBytes = 1_400): SerfMessage[] {
    const messages: SerfMessage[] = [];
    for (const bytes of this.serf.takeBroadcasts(budgetBytes, 3)) {
      const message = this.codec.decode(bytes);
      if (message === undefined) throw new Error("A broadcast cannot be decoded.");
      messages.push(message);
    }
    return messages;
  }

  statusOf(name: string): string {
    const member = this.serf.memberOf(name);
    return member === undefined ? "none" : `${member.status} @${member.statusLTime}`;
  }
}
