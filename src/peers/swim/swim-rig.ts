import type { Address } from "../../core/address.ts";
import type { ExchangeId, StreamEnv, TimerId } from "../../core/env.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { OwnIncarnations } from "./roster/incarnations.ts";
import type {
  PushPullPurpose,
  SwimCount,
  SwimIdentity,
  SwimListener,
  SwimMember,
  SwimPassenger,
  SwimReports,
  SwimSizes,
} from "./swim.contract.ts";
import type { AliveMessage, SwimMessage } from "./swim.messages.ts";
import { type SwimOptions, swimOptions } from "./swim.options.ts";
import type { SwimTimer } from "./swim.timers.ts";
import { Swim } from "./swim.ts";

/*
 * One SWIM on a bench: a host that records what it sends and whose clock the test turns, a
 * passenger that carries what it is given, and ears that write down what is told. For tests only.
 */

export const PORT = 7946;
export const MODERN = Uint8Array.of(1, 5, 2, 0, 0, 0);
const NOTHING = new Uint8Array(0);

export function addressAt(last: number): Address {
  return { host: `10.0.0.${last}`, port: PORT };
}

export function identityAt(name: string, last: number): SwimIdentity {
  return { name, addr: Uint8Array.of(10, 0, 0, last), port: PORT, meta: NOTHING, vsn: MODERN };
}

/** An alive about `name`, whose address ends in `last`. */
export function alive(
  name: string,
  last: number,
  change: Partial<AliveMessage> = {},
): AliveMessage {
  const { addr, port, meta, vsn } = identityAt(name, last);
  return { kind: "alive", incarnation: 1, node: name, addr, port, meta, vsn, ...change };
}

/** Near enough to the wire for budgets; the wire's own sizes are tested with the codec. */
export const plainSizes: SwimSizes = {
  byteLength(message: SwimMessage): number {
    switch (message.kind) {
      case "user":
        return 1 + message.payload.length;
      case "alive":
        return 60 + message.node.length + message.meta.length;
      case "suspect":
      case "dead":
        return 30 + message.node.length + message.from.length;
      default:
        return 40;
    }
  },
};

export interface SentPacket {
  readonly to: Address;
  readonly message: SwimMessage;
}
export interface BegunExchange extends SentPacket {
  readonly id: ExchangeId;
  readonly deadlineMs: number;
}
interface PendingTimer {
  readonly id: TimerId;
  readonly timer: SwimTimer;
  readonly dueMs: number;
}

const LOOPS = ["probeRound", "gossipRound", "pushPullRound"] as const;
export type Loop = (typeof LOOPS)[number];

export class RigEnv implements StreamEnv<SwimMessage, SwimTimer> {
  readonly self: PeerId;
  readonly random: Random;
  readonly packetMaxBytes = 1400;
  sent: SentPacket[] = [];
  exchanges: BegunExchange[] = [];
  timers: PendingTimer[] = [];
  clockMs = 0;
  private serial = 0;
  private readonly muted: ReadonlySet<string>;

  constructor(name: string, random: Random, loops: readonly Loop[]) {
    this.self = peerId(name);
    this.random = random;
    this.muted = new Set(LOOPS.filter((loop) => !loops.includes(loop)));
  }

  now(): number {
    return this.clockMs;
  }

  wallClock(): number {
    return 1_700_000_000_000 + Math.floor(this.clockMs);
  }

  send(to: Address, message: SwimMessage): void {
    this.sent.push({ to, message });
  }

  setTimer(timer: SwimTimer, delayMs: number): TimerId {
    this.serial += 1;
    const id = this.serial as TimerId;
    if (this.muted.has(timer.kind)) return id;
    this.timers.push({ id, timer, dueMs: this.clockMs + delayMs });
    return id;
  }

  clearTimer(id: TimerId): void {
    this.timers = this.timers.filter((pending) => pending.id !== id);
  }

  exchange(to: Address, message: SwimMessage, deadlineMs: number): ExchangeId {
    this.serial += 1;
    const id = this.serial as ExchangeId;
    this.exchanges.push({ id, to, message, deadlineMs });
    return id;
  }

  /** The next timer due by `untilMs`, taken out; ties in the order they were set. */
  takeDue(untilMs: number): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const pending of this.timers) {
      if (pending.dueMs <= untilMs && (next === undefined || pending.dueMs < next.dueMs)) {
        next = pending;
      }
    }
    if (next !== undefined) this.clearTimer(next.id);
    return next;
  }
}

/** Carries payloads for all members, or only for those in `only`. */
export class RigPassenger implements SwimPassenger {
  payloads: Uint8Array[] = [];
  only: ReadonlySet<string> | undefined;
  readonly heard: string[] = [];
  readonly pings: { readonly name: string; readonly rttMs: number }[] = [];
  state: Uint8Array = NOTHING;
  veto: string | undefined;

  onUser(from: Address, payload: Uint8Array, via: "packet" | "stream"): void {
    this.heard.push(`${via} ${from.host} ${payload.join(",")}`);
  }
  takeBroadcasts(to: SwimMember, budgetBytes: number, overheadBytes: number): Uint8Array[] {
    if (!this.hasBroadcasts(to)) return [];
    const taken: Uint8Array[] = [];
    let left = budgetBytes;
    for (const payload of this.payloads) {
      if (payload.length + overheadBytes > left) continue;
      left -= payload.length + overheadBytes;
      taken.push(payload);
    }
    return taken;
  }
  hasNews(): boolean {
    return this.payloads.length > 0;
  }
  hasBroadcasts(member: SwimMember): boolean {
    return this.payloads.length > 0 && (this.only === undefined || this.only.has(member.name));
  }
  localState(): Uint8Array {
    return this.state;
  }
  mergeRemoteState(state: Uint8Array, purpose: PushPullPurpose): void {
    this.heard.push(`state ${state.join(",")} ${purpose}`);
  }
  ackPayload(): Uint8Array {
    return Uint8Array.of(7);
  }
  onPingComplete(member: SwimMember, rttMs: number): void {
    this.pings.push({ name: member.name, rttMs });
  }
  vetoMerge(): string | undefined {
    return this.veto;
  }
  /** The first byte of meta counts lives; who has none shows none. */
  isSuccessor([former]: Uint8Array, [later]: Uint8Array): boolean {
    return former !== undefined && later !== undefined && later > former;
  }
}

/** Writes down what it is told, a line each. */
export class Ears implements SwimListener, SwimReports {
  lines: string[] = [];

  onJoin(member: SwimMember): void {
    this.lines.push(`join ${member.name}/${member.incarnation}`);
  }
  onLeave(member: SwimMember): void {
    this.lines.push(`${member.status} ${member.name}/${member.incarnation}`);
  }
  onUpdate(member: SwimMember): void {
    this.lines.push(`update ${member.name}/${member.incarnation}`);
  }
  onSuspect(member: SwimMember): void {
    this.lines.push(`suspect ${member.name}/${member.incarnation}`);
  }
  onRefuted(member: SwimMember): void {
    this.lines.push(`refuted ${member.name}/${member.incarnation}`);
  }
  onReap(member: SwimMember): void {
    this.lines.push(`reap ${member.name}`);
  }
  onConflict(existing: SwimMember, claim: AliveMessage): void {
    this.lines.push(`conflict ${existing.name} ${existing.addr.join(".")} ${claim.addr.join(".")}`);
  }
  onJoinResult(_id: ExchangeId, result: { kind: string; reason?: string }): void {
    this.lines.push(`joinResult ${result.kind} ${result.reason ?? ""}`.trim());
  }
  onSendResult(_id: ExchangeId, result: { kind: string }): void {
    this.lines.push(`sendResult ${result.kind}`);
  }
  onMetaSent(incarnation: number): void {
    this.lines.push(`metaSent ${incarnation}`);
  }
  onLeft(result: string): void {
    this.lines.push(`onLeft ${result}`);
  }
}

export class Rig {
  readonly env: RigEnv;
  readonly swim: Swim;
  readonly passenger = new RigPassenger();
  readonly ears = new Ears();
  readonly counts = new Map<SwimCount, number>();
  /** Members that say that they are busy, and what multiplies their time. */
  readonly patience = new Map<string, number>();
  readonly incarnations = new OwnIncarnations();
  /** What probes have found out about paths: "name kind by". */
  readonly paths: string[] = [];

  /** A started SWIM named "us" at 10.0.0.1; of its loops only those in `loops` turn. */
  constructor(
    options: Partial<SwimOptions> = {},
    loops: readonly Loop[] = [],
    identity: Partial<SwimIdentity> = {},
  ) {
    this.env = new RigEnv("us", new Random(1), loops);
    const { counts, passenger, ears } = this;
    const counters = {
      add(name: SwimCount, by = 1): void {
        counts.set(name, (counts.get(name) ?? 0) + by);
      },
    };
    this.swim = new Swim(
      this.env,
      {
        ...{ sizes: plainSizes, passenger, listener: ears, reports: ears, counters },
        incarnations: this.incarnations,
        paths: {
          onProbed: (name, outcome) => {
            const by = outcome.kind === "indirect" ? ` ${outcome.by}` : "";
            this.paths.push(`${name} ${outcome.kind}${by}`);
          },
        },
        health: {
          patienceFor: (name) => this.patience.get(name) ?? 1,
          isDegraded: (name) => this.patience.has(name),
        },
      },
      { ...identityAt("us", 1), ...identity },
      // What a newcomer does more than memberlist would be seen by every test of a join.
      swimOptions("lan", { settleIntervalMs: 0, joinRetransmitMultiplier: 1, ...options }),
    );
    this.swim.start();
    this.takeLines();
  }

  receive(...messages: SwimMessage[]): void {
    for (const message of messages) this.swim.onMessage(addressAt(2), message);
  }

  /** Turns the clock, firing timers as they come due. */
  advance(ms: number): void {
    const until = this.env.clockMs + ms;
    for (let due = this.env.takeDue(until); due !== undefined; due = this.env.takeDue(until)) {
      this.env.clockMs = Math.max(this.env.clockMs, due.dueMs);
      this.swim.onTimer(due.timer);
    }
    this.env.clockMs = until;
  }

  takeLines(): string[] {
    const { lines } = this.ears;
    this.ears.lines = [];
    return lines;
  }

  takeSent(): SentPacket[] {
    const { sent } = this.env;
    this.env.sent = [];
    return sent;
  }

  /** Messages sent since last asked, taken out of compounds and checksums. */
  takeMessages(): SwimMessage[] {
    return this.takeSent().flatMap((packet) => unpack(packet.message));
  }

  takeExchange(): BegunExchange | undefined {
    return this.env.exchanges.shift();
  }

  status(name: string): string {
    const member = this.swim.members.get(name);
    return member === undefined ? "unknown" : `${member.status}/${member.incarnation}`;
  }

  count(name: SwimCount): number {
    return this.counts.get(name) ?? 0;
  }
}

export function unpack(message: SwimMessage): SwimMessage[] {
  if (message.kind === "hasCrc") return unpack(message.message);
  if (message.kind === "compound") return message.parts.flatMap(unpack);
  return [message];
}
