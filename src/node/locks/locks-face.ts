import { HearsayError } from "../../core/errors.ts";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import { parseOrigin } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8, utf8ByteLength } from "../../core/text.ts";
import { LOCK_NAME_MAX_BYTES } from "../../data/locks/lock-bounds.ts";
import { LOCK_MACHINE, LockMachine } from "../../data/locks/lock-machine.ts";
import type { LockEnv, LockTimer } from "../../data/locks/locks.contract.ts";
import type { LockRow } from "../../data/locks/locks.messages.ts";
import { lockDefaults } from "../../data/locks/locks.options.ts";
import { lockCodec } from "../../data/locks/locks.wire.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { checkSignal, waitFor } from "../waits.ts";
import type { LeaderOptions, Lock, LockStatus } from "./locks.api.ts";
import { NodeClaims, nameOf } from "./node-claims.ts";
import { NodeLeader } from "./node-leader.ts";

/** Locks listed at most. [because: a list is for people] */
const LISTED_MAX_COUNT = 10_000;
/** Offices that a node follows. [guess] */
const LEADERS_MAX_COUNT = 1_024;
/** How long a node that leaves waits for word that its locks are free. [guess] */
const HAND_OVER_MAX_MS = 2_000;

type Kind = LockStatus["kind"];

/** Locks and leaders of a node, behind its order. */
export class LocksFace implements DataFace {
  private readonly parts: FaceParts;
  private readonly claims: NodeClaims;
  private readonly counters = new Counters();
  private readonly leaders = new Map<string, NodeLeader>();
  private machine: LockMachine | undefined;
  private onClosed: () => void = () => {};

  constructor(parts: FaceParts) {
    this.parts = parts;
    const { enders, order, ports } = parts;
    this.claims = new NodeClaims({
      ...ports,
      enders,
      machine: () => this.need("node.lock"),
      onRow: (key) => this.leaders.get(key)?.onRow(),
    });
    order.addKind(LOCK_MACHINE, (_, inOrder) => this.make(inOrder));
  }

  /** @throws HearsayError CONFIG_OPTION, NODE_STOPPED */
  lock(name: string): Lock {
    const { claims } = this;
    const key = keyOf("lock", name);
    this.need("node.lock");
    return Object.freeze({
      name,
      acquire: (options = {}) => claims.acquire(key, name, options),
      tryAcquire: (options = {}) => claims.tryAcquire(key, name, options),
      status: () => this.statusOf(key),
    } satisfies Lock);
  }

  /** @throws HearsayError CONFIG_OPTION, STORE_FULL, NODE_STOPPED */
  leader(name: string, { role = "candidate", signal }: LeaderOptions = {}): NodeLeader {
    const key = keyOf("leader", name);
    if (role !== "candidate" && role !== "observer") {
      const rule = '"candidate" or "observer"';
      throw new HearsayError("CONFIG_OPTION", `role is ${String(role)}, but must be ${rule}.`);
    }
    checkSignal(signal);
    this.need("node.leader");
    const leader = this.leaders.get(key) ?? this.addLeader(key, name);
    if (role === "candidate") leader.stand(signal);
    return leader;
  }

  /** The locks that are held and the leaders there are, as far as this node knows. */
  list(): LockStatus[] {
    return this.need("node.locks").rows(LISTED_MAX_COUNT).flatMap(statusOfRow);
  }

  /** Others need not wait for the lease of who says goodbye. */
  async handOver(): Promise<void> {
    const { machine } = this;
    if (machine === undefined || !machine.own.hasSession) return;
    for (const leader of this.leaders.values()) leader.close();
    const { enders, ports } = this.parts;
    const closed = waitFor<void>({
      timeoutMs: HAND_OVER_MAX_MS,
      timers: ports.timers,
      enders,
      what: "the locks to be given back",
      begin: ({ resolve }) => {
        this.onClosed = resolve;
        ports.step(() => machine.stop());
        return () => {};
      },
    });
    // If nobody heard it, their lease ends them.
    await closed.catch(() => {});
  }

  metrics(): Readonly<Record<string, number>> {
    return this.machine === undefined ? {} : this.counters.snapshot();
  }

  close(): void {
    for (const leader of this.leaders.values()) leader.close();
    this.claims.close();
  }

  private addLeader(key: string, name: string): NodeLeader {
    if (this.leaders.size >= LEADERS_MAX_COUNT) {
      const rule = `a node follows at most ${LEADERS_MAX_COUNT}`;
      throw new HearsayError("STORE_FULL", `The leader of ${name} is one too many: ${rule}.`);
    }
    const { enders, ports } = this.parts;
    const leader = new NodeLeader(name, {
      ...ports,
      enders,
      acquire: (options) => this.claims.acquire(key, name, options),
      row: () => this.machine?.row(key),
    });
    this.leaders.set(key, leader);
    return leader;
  }

  /** @throws HearsayError CONFIG_OPTION on a node without an order */
  private need(what: string): LockMachine {
    const machines = this.parts.order.machines(what);
    if (this.machine === undefined) machines.open(LOCK_MACHINE);
    if (this.machine === undefined) throw new Error("the order made no machine of locks");
    return this.machine;
  }

  private make(order: MachineOrder): LockMachine {
    const { name, slices, stack } = this.parts;
    this.machine = new LockMachine(
      {
        env: this.env(),
        order,
        codec: lockCodec,
        counters: this.counters,
        owner: name,
        life: () => parseOrigin(stack().origin)?.boot ?? 0,
        listener: this.claims,
        onClosed: () => this.parts.ports.afterStep(() => this.onClosed()),
      },
      slices.locks ?? lockDefaults,
    );
    return this.machine;
  }

  private env(): LockEnv {
    const { ports } = this.parts;
    const { timers } = ports;
    return {
      now: () => ports.now(),
      setTimer: (timer: LockTimer, delayMs) =>
        timers.startTimer(
          () => ports.step(() => this.machine?.onTimer(timer)),
          delayMs,
        ) as ReturnType<LockEnv["setTimer"]>,
      clearTimer: (id) => timers.stopTimer(id),
    };
  }

  private statusOf(key: string): LockStatus | undefined {
    const row = this.machine?.row(key);
    return row && statusOfRow(row)[0];
  }
}

function statusOfRow({ holder, name: key, token, waiting }: LockRow): LockStatus[] {
  const kind = key.slice(0, key.indexOf("/"));
  if (kind !== "lock" && kind !== "leader") return [];
  const name = nameOf(key);
  return [Object.freeze({ kind, name, holder, token, waiting: Object.freeze([...waiting]) })];
}

/** @throws HearsayError CONFIG_OPTION */
function keyOf(kind: Kind, name: string): string {
  if (typeof name === "string" && name !== "" && name.length <= LOCK_NAME_MAX_BYTES) {
    const key = `${kind}/${name}`;
    if (utf8ByteLength(key) <= LOCK_NAME_MAX_BYTES && isText(key)) return key;
  }
  const rule = `a text of 1 to ${LOCK_NAME_MAX_BYTES - "leader/".length} bytes`;
  const given = typeof name === "string" ? JSON.stringify(name.slice(0, 100)) : typeof name;
  throw new HearsayError("CONFIG_OPTION", `A name is ${given}, but must be ${rule}.`);
}

/** Others would read halves of pairs as another name. */
function isText(key: string): boolean {
  return decodeUtf8(encodeUtf8(key)) === key;
}
