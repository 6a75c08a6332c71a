import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type {
  AggregateCounters,
  AggregatePeers,
  Departure,
  EpochEntry,
  Machine,
  MachineWiring,
} from "./aggregate.contract.ts";
import type { AggregateMessage, AggregatePart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import { EpochClock } from "./epoch-clock.ts";
import { Outgoing } from "./outgoing.ts";
import { PeerTurns } from "./peer-turns.ts";
import { partKey, Relays } from "./relays.ts";
import type { AggregateTask, RoundMoment, SeatedMachine } from "./task.ts";

export interface AggregateTimer {
  readonly kind: "round" | "silence";
}

export type AggregateEnv = Env<AggregateMessage, AggregateTimer>;

export interface AggregationWiring {
  readonly peers: AggregatePeers;
  readonly counters: AggregateCounters;
  /** Absent: everybody is one. */
  readonly isMember?: ((peer: PeerId) => boolean) | undefined;
  /** A peer speaks of a task that is not open here: the last chance to open it. */
  readonly onUnknownTask?: (kind: AggregatePart["kind"], task: string) => void;
}

/** Parts that mean nothing in another epoch. */
const EPOCH_BOUND: ReadonlySet<AggregatePart["kind"]> = new Set([
  "half",
  "average",
  "minima",
  "registers",
]);

/**
 * Gossip aggregation: in each round a node talks to one neighbour, and tells it all it has to tell
 * of all its tasks in one message; what needs no memory of a peer goes to one at random, too. The
 * machines of the tasks do the work (`aggregate.contract.ts`); here are rounds, epochs, and whose
 * turn it is. [spec aggregation §1]
 */
export class Aggregation implements Protocol<AggregateMessage, AggregateTimer> {
  private readonly env: AggregateEnv;
  private readonly wiring: AggregationWiring;
  private readonly options: AggregateOptions;
  private readonly clock: EpochClock;
  private readonly turns: PeerTurns;
  private readonly relays: Relays;
  private readonly tasks = new Map<string, AggregateTask>();
  private readonly seats = new Map<string, SeatedMachine>();
  private readonly outgoing: Outgoing;
  private hasCompany = false;
  private isStopped = false;
  private heardAtMs: number;
  private messagesCount = 0;
  private turn = 0;

  constructor(env: AggregateEnv, wiring: AggregationWiring, options: AggregateOptions) {
    const { counters, peers } = wiring;
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    const epochMs = options.roundIntervalMs * options.epochRoundsCount;
    const { epochAheadMaxMs } = options;
    const clockOptions = { epochMs, epochAheadMaxMs, counters };
    this.clock = new EpochClock(clockOptions, env.now(), env.wallClock());
    this.turns = new PeerTurns(peers, env.random, options.repeatsCount);
    this.relays = new Relays(this.machineWiring, options);
    this.outgoing = new Outgoing(counters, options.messageMaxBytes);
    this.heardAtMs = env.now();
    peers.subscribe({
      onNeighboursChange: () => this.turns.onChange(),
      onPeerDown: (peer, how) => this.onPeerDown(peer, how),
    });
  }

  /** What machines of tasks are made with. */
  get machineWiring(): MachineWiring {
    const { env } = this;
    return {
      self: env.self,
      random: env.random,
      counters: this.wiring.counters,
      isMember: this.wiring.isMember,
      now: () => env.now(),
      wallClock: () => env.wallClock(),
    };
  }

  get epoch(): number {
    return this.clock.epoch;
  }

  get relayedCount(): number {
    return this.relays.count;
  }

  get tasksCount(): number {
    return this.tasks.size;
  }

  start(): void {
    this.relays.onEpoch(this.clock.epoch, "joined");
    this.arm();
  }

  stop(): void {
    this.isStopped = true;
  }

  /** This node takes part from now on; in what needs an epoch's begin, from the next one. */
  open(task: AggregateTask): void {
    this.relays.release(task.name);
    this.tasks.set(task.name, task);
    for (const seat of task.machines) {
      this.seats.set(partKey(seat.kind, seat.task), seat);
      seat.machine.onEpoch(this.clock.epoch, "joined");
    }
    task.onRound(this.moment());
  }

  close(name: string): void {
    for (const { kind, task } of this.tasks.get(name)?.machines ?? []) {
      this.seats.delete(partKey(kind, task));
    }
    this.tasks.delete(name);
  }

  onTimer({ kind }: AggregateTimer): void {
    if (this.isStopped) return;
    if (kind === "silence") return this.onSilence();
    this.arm();
    this.round();
  }

  onMessage(from: PeerId, message: AggregateMessage): void {
    if (this.isStopped) return;
    const { counters } = this.wiring;
    this.messagesCount += 1;
    if (this.messagesCount > this.options.messagesMaxCount) {
      return counters.add("aggregate.dropped.busy");
    }
    this.heardAtMs = this.env.now();
    this.follow(message);
    if (message.kind === "answer") this.turns.onAnswered(from);
    else this.outgoing.open(from);
    const isOfNow = message.epoch === this.clock.epoch;
    for (const part of message.parts) this.onPart(from, part, { isOfNow, kind: message.kind });
    this.flush("answer");
  }

  private onSilence(): void {
    const { silent } = this.turns;
    if (silent === undefined) return;
    for (const { machine } of this.seats.values()) machine.onSilence?.(silent, this.outgoing);
    this.relays.onSilence(silent, this.outgoing);
    this.flush("ask");
  }

  private onPart(
    from: PeerId,
    part: AggregatePart,
    how: { readonly isOfNow: boolean; readonly kind: "ask" | "answer" },
  ): void {
    const { counters } = this.wiring;
    counters.add("aggregate.partsReceived");
    if (!how.isOfNow && EPOCH_BOUND.has(part.kind)) {
      return counters.add("aggregate.dropped.oldEpoch");
    }
    const machine = this.machineFor(from, part);
    // An answer is answered by nobody, but the commit of an average follows one.
    const isLast = how.kind === "answer" && part.kind !== "average";
    machine?.onPart(from, part, isLast ? NOWHERE : this.outgoing);
  }

  private machineFor(from: PeerId, part: AggregatePart): Machine | undefined {
    const key = partKey(part.kind, part.task);
    if (!this.seats.has(key)) this.wiring.onUnknownTask?.(part.kind, part.task);
    const seat = this.seats.get(key);
    if (seat !== undefined) return seat.machine;
    const { kind, task } = part;
    if (kind === "average" && part.step === "ask") {
      this.outgoing.put(from, { kind, task, seq: part.seq, step: "absent" });
    }
    // The same task, but done otherwise here: it is not helped by passing it on.
    if (!this.tasks.has(task)) return this.relays.find(key, part);
    this.wiring.counters.add("aggregate.dropped.unknownTask");
    return undefined;
  }

  private round(): void {
    const { counters } = this.wiring;
    counters.add("aggregate.rounds");
    this.messagesCount = 0;
    if (this.clock.onTime(this.env.now())) this.beginEpoch("begins");
    if (this.turns.isAlone) this.heardAtMs = this.env.now();
    const moment = this.moment();
    for (const task of this.tasks.values()) task.onRound(moment);
    const seats = this.seatsInTurn();
    for (const { machine } of seats) machine.onRound(this.outgoing);
    this.relays.onRound(moment, this.outgoing);
    this.talk(seats);
    this.flush("ask");
  }

  private talk(seats: readonly SeatedMachine[]): void {
    if (seats.length === 0 && this.relays.count === 0) return;
    const neighbour = this.turns.nextNeighbour();
    const isWide = seats.some(({ machine }) => machine.partner === "anybody");
    const anybody = isWide ? this.turns.anybody() : undefined;
    for (const { machine } of seats) {
      const peer = machine.partner === "neighbour" ? neighbour : anybody;
      if (peer !== undefined) machine.onTurn(peer, this.outgoing);
    }
    if (neighbour === undefined) return;
    this.relays.onTurn(neighbour, this.outgoing);
    this.env.setTimer({ kind: "silence" }, this.options.roundIntervalMs / 2);
  }

  /** Each time another one first: where messages are too small for all, each has its turn. */
  private seatsInTurn(): readonly SeatedMachine[] {
    const seats = [...this.seats.values()];
    if (seats.length === 0) return seats;
    this.turn = (this.turn + 1) % seats.length;
    return [...seats.slice(this.turn), ...seats.slice(0, this.turn)];
  }

  /** A later epoch is begun at once; this node's first company decides which one it is. */
  private follow(message: AggregateMessage): void {
    const times = { nowMs: this.env.now(), wallMs: this.env.wallClock() };
    const isNewcomer = !this.hasCompany;
    this.hasCompany = true;
    if (!this.clock.onHeard(message, times)) return;
    this.beginEpoch(isNewcomer ? "joined" : "begins");
  }

  private beginEpoch(entry: EpochEntry): void {
    const { epoch } = this.clock;
    for (const { machine } of this.seats.values()) machine.onEpoch(epoch, entry);
    this.relays.onEpoch(epoch, entry);
  }

  private moment(): RoundMoment {
    const { clock, heardAtMs, turns } = this;
    const half = clock.phase(this.env.now()) < 0.5 ? 0 : 1;
    const window = 2 * clock.epoch + half;
    return { epoch: clock.epoch, window, heardAtMs, isAlone: turns.isAlone };
  }

  private onPeerDown(peer: PeerId, how: Departure): void {
    this.turns.onPeerDown(peer);
    for (const { machine } of this.seats.values()) machine.onPeerDown(peer, how);
    this.relays.onPeerDown(peer, how);
  }

  private flush(kind: "ask" | "answer"): void {
    const { env, wiring } = this;
    const { epoch } = this.clock;
    const nextEpochInMs = this.clock.nextInMs(env.now());
    for (const [peer, parts] of this.outgoing.takeAll()) {
      wiring.counters.add("aggregate.partsSent", parts.length);
      env.send(peer, { kind, epoch, nextEpochInMs, parts });
    }
  }

  private arm(): void {
    const { roundIntervalMs, roundJitterRatio } = this.options;
    const jitter = 1 + roundJitterRatio * (2 * this.env.random.real() - 1);
    this.env.setTimer({ kind: "round" }, roundIntervalMs * jitter);
  }
}

const NOWHERE = { put: () => {} };
