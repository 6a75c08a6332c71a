import type {
  Orderer,
  OrdererListener,
  OrdererRefusal,
  OrdererStatus,
  OrderOutcome,
  OrderRequest,
} from "../../core/orderer.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { MachinesStatus } from "../../data/ordered-machines/ordered-machines.contract.ts";
import type { SubscribeOptions, WaitOptions } from "../api.ts";
import { callListener } from "../call-listener.ts";
import { Readers } from "../faces/readers.ts";
import type { NodePorts } from "../node-ports.ts";
import type { MessageQueue } from "../topics/subscription.ts";
import { waitFor } from "../waits.ts";
import { endedError, outcomeError, refusedError, stateLostError } from "./order-errors.ts";
import type {
  Order,
  OrderEvent,
  OrderLogStatus,
  OrderMembers,
  OrderStatus,
} from "./orderer.api.ts";

/** Why a change of members must not be made. */
export interface ChangeObjection {
  readonly detail: string;
  /** "soon": asked again, it may be gone. */
  readonly mayPass: "soon" | "never";
}

export interface NodeOrderPorts extends NodePorts {
  readonly name: string;
  readonly engine: string;
  readonly group: string;
  readonly orderer: Orderer;
  /** Whether the group knows all who only hear, or whoever reads its log does. */
  readonly learners: "listed" | "anyone";
  /** undefined where the engine keeps no log here. */
  readonly log: () => OrderLogStatus | undefined;
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
  machines(): MachinesStatus;
  /**
   * What lives in the order may know better than it does whether a change is safe.
   * @returns why it is not; undefined when it is.
   */
  objection(kind: "promote" | "remove", peer: PeerId): ChangeObjection | undefined;
}

type Listener = (event: OrderEvent) => void;

/** `node.order`. */
export class NodeOrder implements Order, OrdererListener {
  private readonly ports: NodeOrderPorts;
  private readonly asked = new Map<OrderRequest, (outcome: OrderOutcome) => void>();
  private readonly waiting = new Set<() => void>();
  private readonly listeners = new Set<Listener>();
  private readonly readers: Readers<OrderEvent>;
  private told: OrderStatus;

  constructor(ports: NodeOrderPorts) {
    this.ports = ports;
    this.readers = new Readers(() => ports.onDropped());
    this.told = this.status();
    ports.orderer.listen(this);
  }

  status(): OrderStatus {
    const { engine, group, orderer } = this.ports;
    const { isLeader, leader, state, term } = orderer.status;
    const { learners, voters } = this.members();
    const { names, position, state: snapshot } = this.ports.machines();
    return Object.freeze({
      engine,
      group,
      state,
      leader: leader === undefined ? undefined : String(leader),
      isLeader,
      term,
      role: this.roleIn(voters, learners),
      voters,
      learners,
      position,
      machines: Object.freeze([...names]),
      snapshot: snapshot === "needsSnapshot" ? "needed" : "none",
    });
  }

  members(): OrderMembers {
    const { learners, voters } = this.ports.orderer.members;
    const namesOf = (peers: readonly PeerId[]) => Object.freeze(peers.map(String));
    return Object.freeze({ voters: namesOf(voters), learners: namesOf(learners) });
  }

  log(): OrderLogStatus | undefined {
    return this.ports.log();
  }

  async ready(options: WaitOptions = {}): Promise<void> {
    this.ports.checkRunning();
    await waitFor<void>({
      ...options,
      timers: this.ports.timers,
      enders: this.ports.enders,
      what: "this node's place in the order, and its leader",
      begin: (outcome) => {
        const look = (): void => {
          const { leader, role, state } = this.status();
          const hasPlace = state === "running" && role !== "none";
          if (state === "lost") outcome.reject(this.lost());
          else if (hasPlace && leader !== undefined) outcome.resolve();
        };
        this.waiting.add(look);
        look();
        return () => this.waiting.delete(look);
      },
    });
  }

  async read(options: WaitOptions = {}): Promise<void> {
    await this.ask("the read", (orderer) => orderer.read(), options, "whenLate");
  }

  async promote(name: string, options: WaitOptions = {}): Promise<void> {
    await this.change("promote", name, options);
  }

  async remove(name: string, options: WaitOptions = {}): Promise<void> {
    await this.change("remove", name, options);
  }

  async transferTo(name: string, options: WaitOptions = {}): Promise<void> {
    this.ports.checkRunning();
    const { orderer } = this.ports;
    const what = `the transfer to ${name}`;
    const { isLeader, leader } = orderer.status;
    if (leader === peerId(name)) return;
    if (leader === undefined) throw refusedError(what, "noLeader");
    if (!isLeader) throw refusedError(`${what} (ask ${String(leader)}, which leads)`, "notLeader");
    if (!this.members().voters.includes(name)) throw refusedError(what, "absurd");
    await waitFor<void>({
      timeoutMs: TRANSFER_MAX_MS,
      ...options,
      timers: this.ports.timers,
      enders: this.ports.enders,
      what,
      begin: ({ resolve }) => {
        const look = (): void => {
          if (String(orderer.status.leader) === name) resolve();
        };
        this.waiting.add(look);
        this.ports.step(() => orderer.transferTo(peerId(name)));
        return () => this.waiting.delete(look);
      },
    }).catch((error) => {
      throw endedError(what, error);
    });
  }

  events(options: SubscribeOptions = {}): MessageQueue<OrderEvent> {
    return this.readers.open(options);
  }

  on(listener: Listener): () => void {
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    const end = this.asked.get(request);
    if (end === undefined) return;
    this.asked.delete(request);
    this.ports.afterStep(() => end(outcome));
  }

  onStatus(_status: OrdererStatus): void {
    this.look();
  }

  /** Members change without a word: they are looked at every now and then. */
  look(): void {
    const [before, now] = [this.told, this.status()];
    this.told = now;
    const at = this.ports.wallClock();
    const kinds = changedKinds(before, now);
    if (kinds.length === 0) return;
    const events = kinds.map((kind) => Object.freeze({ kind, status: now, at }));
    this.ports.afterStep(() => {
      for (const event of events) this.tell(event);
      for (const look of [...this.waiting]) look();
    });
  }

  close(): void {
    this.readers.close();
    this.listeners.clear();
    this.asked.clear();
    this.waiting.clear();
  }

  private roleIn(voters: readonly string[], learners: readonly string[]): OrderStatus["role"] {
    const { learners: hearers, name } = this.ports;
    if (voters.includes(name)) return "voter";
    return hearers === "anyone" || learners.includes(name) ? "learner" : "none";
  }

  private tell(event: OrderEvent): void {
    this.readers.push(event);
    for (const listener of [...this.listeners]) {
      callListener(listener, event, (error) =>
        this.ports.onCallbackError("a listener of the order's events", error),
      );
    }
  }

  /**
   * What is refused for now is asked again for a while; a read also when its answer is late: it has
   * no effect, and the leader that was to answer may be dead.
   */
  private ask(
    what: string,
    begin: (orderer: Orderer) => OrderRequest,
    options: WaitOptions,
    again: "whenRefused" | "whenLate" = "whenRefused",
  ): Promise<void> {
    const { enders, orderer, timers } = this.ports;
    this.ports.checkRunning();
    const untilMs = this.ports.now() + ASKED_AGAIN_MAX_MS;
    let request: OrderRequest | undefined;
    let timer: number | undefined;
    return waitFor<void>({
      ...options,
      timers,
      enders,
      what,
      begin: (promised) => {
        const onEnd = (outcome: OrderOutcome): void => {
          const error = outcomeError(what, outcome);
          this.look();
          if (timer !== undefined) timers.stopTimer(timer);
          const mayAsk = isForNow(outcome) || again === "whenLate";
          if (error === undefined) promised.resolve();
          else if (orderer.status.state === "lost") promised.reject(this.lost());
          else if (!mayAsk || this.ports.now() >= untilMs) promised.reject(error);
          else timer = timers.startTimer(ask, ASK_AGAIN_MS);
        };
        const onLate = (): void => {
          if (request !== undefined && this.asked.delete(request)) onEnd({ kind: "uncertain" });
        };
        const ask = (): void => {
          if (again === "whenLate") timer = timers.startTimer(onLate, LATE_MS);
          // Within the step: a group of one may be done before the step has returned.
          request = this.ports.step(() => {
            const begun = begin(orderer);
            this.asked.set(begun, onEnd);
            return begun;
          });
        };
        ask();
        return () => {
          if (request !== undefined) this.asked.delete(request);
          if (timer !== undefined) timers.stopTimer(timer);
        };
      },
    });
  }

  private async change(
    kind: "promote" | "remove",
    name: string,
    options: WaitOptions,
  ): Promise<void> {
    this.ports.checkRunning();
    const peer = peerId(name);
    const what = kind === "promote" ? `the promotion of ${name}` : `the removal of ${name}`;
    const untilMs = this.ports.now() + (options.timeoutMs ?? ASKED_AGAIN_MAX_MS);
    for (;;) {
      const objection = this.ports.objection(kind, peer);
      if (objection === undefined) break;
      const isOver = objection.mayPass === "never" || this.ports.now() >= untilMs;
      if (isOver) throw refusedError(`${what} (${objection.detail})`, "busy");
      await this.pause(options.signal);
    }
    const left = { ...options, timeoutMs: Math.max(0, untilMs - this.ports.now()) };
    const given = options.timeoutMs === undefined ? options : left;
    this.ports.checkRunning();
    try {
      await this.ask(what, (orderer) => orderer.change({ kind, peer }), given);
    } catch (error) {
      throw endedError(what, error);
    }
  }

  private pause(signal: AbortSignal | undefined): Promise<void> {
    const { enders, timers } = this.ports;
    return waitFor<void>({
      timers,
      enders,
      ...(signal && { signal }),
      what: "a moment",
      begin: ({ resolve }) => {
        const timer = timers.startTimer(resolve, ASK_AGAIN_MS);
        return () => timers.stopTimer(timer);
      },
    });
  }

  private lost(): Error {
    return stateLostError(this.ports);
  }
}

/** How long a transfer is waited for. [because: an election takes less] */
const TRANSFER_MAX_MS = 10_000;
/** How long, and how often, what is refused for now is asked again. [because: as a transfer] */
const ASKED_AGAIN_MAX_MS = 10_000;
const ASK_AGAIN_MS = 100;
/** After it the answer to a read is late. [because: an election takes as long] */
const LATE_MS = 2_000;
/** What another moment may mend; all of it is certain to have had no effect. */
const FOR_NOW: readonly OrdererRefusal[] = ["noLeader", "notLeader", "transferring", "busy"];

function isForNow(outcome: OrderOutcome): boolean {
  return outcome.kind === "refused" && FOR_NOW.includes(outcome.reason);
}

function changedKinds(before: OrderStatus, now: OrderStatus): OrderEvent["kind"][] {
  const kinds: OrderEvent["kind"][] = [];
  if (before.state !== now.state) kinds.push("state");
  if (before.leader !== now.leader || before.term !== now.term) kinds.push("leader");
  const isSame = (one: readonly string[], other: readonly string[]): boolean =>
    one.length === other.length && one.every((name) => other.includes(name));
  if (!isSame(before.voters, now.voters) || !isSame(before.learners, now.learners)) {
    kinds.push("members");
  }
  return kinds;
}
