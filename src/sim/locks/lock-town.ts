import { Counters } from "../../core/metrics.ts";
import type { Protocol } from "../../core/protocol.ts";
import { LOCK_MACHINE, LockMachine } from "../../data/locks/lock-machine.ts";
import type { LockEnv, LockListener, LockTimer } from "../../data/locks/locks.contract.ts";
import type { FencingToken } from "../../data/locks/locks.messages.ts";
import type { LockOptions } from "../../data/locks/locks.options.ts";
import { lockCodec } from "../../data/locks/locks.wire.ts";
import { orderedMachinesOptions } from "../../data/ordered-machines/ordered-machines.options.ts";
import { OrderedMachines } from "../../data/ordered-machines/ordered-machines.ts";
import { machinesCodec } from "../../data/ordered-machines/ordered-machines.wire.ts";
import type { RaftServer } from "../raft/raft-server.ts";
import { RaftTown, type RaftTownOptions } from "../raft/raft-town.ts";

/** What a client of a station had or wanted. */
export interface HeldLock {
  readonly name: string;
  state: "wanted" | "held" | "over";
  token: FencingToken | undefined;
}

/** One life of a node: its part in the order, and the locks of its clients. */
export class LockStation implements Protocol<never, LockTimer>, LockListener {
  readonly server: RaftServer;
  readonly machines: OrderedMachines;
  readonly locks: LockMachine;
  readonly wanted = new Map<number, HeldLock>();
  private readonly watch: LockWatch;

  constructor(env: LockEnv, server: RaftServer, town: LockTown) {
    this.server = server;
    this.watch = town.watch;
    const wiring = {
      ...{ env, codec: lockCodec, counters: town.counters, listener: this },
      ...{ owner: String(server.node.index), life: () => server.life },
    };
    let locks: LockMachine | undefined;
    this.machines = new OrderedMachines(
      {
        orderer: server,
        kinds: new Map([
          [
            LOCK_MACHINE,
            (_, order) => {
              locks = new LockMachine({ ...wiring, order }, town.options);
              return locks;
            },
          ],
        ]),
        codec: machinesCodec,
        counters: town.counters,
        host: { onSnapshotNeeded: () => {} },
      },
      orderedMachinesOptions(),
    );
    this.machines.open(LOCK_MACHINE);
    if (locks === undefined) throw new Error("no machine was made");
    this.locks = locks;
  }

  start(): void {
    this.machines.start();
  }

  stop(): void {
    this.locks.stop();
  }

  onMessage(): void {}

  onTimer(timer: LockTimer): void {
    this.locks.onTimer(timer);
  }

  want(name: string, mode: "wait" | "try"): number {
    const id = this.locks.own.claim(name, mode);
    this.wanted.set(id, { name, state: "wanted", token: undefined });
    return id;
  }

  giveUp(id: number): void {
    this.end(id);
    this.locks.own.release(id);
  }

  /** Names held right now, as far as this node's clock tells. */
  held(): string[] {
    const held = [...this.wanted].filter(([id]) => this.locks.own.isHeld(id));
    return held.map(([, { name }]) => name);
  }

  onHeld(id: number, token: FencingToken): void {
    const lock = this.wanted.get(id);
    if (lock === undefined) throw new Error(`nobody wanted ${id}`);
    lock.state = "held";
    lock.token = token;
    this.watch.onHeld(this, lock.name, token);
  }

  onRefused(id: number): void {
    this.end(id);
  }

  onLost(id: number): void {
    this.end(id);
    this.watch.lostCount += 1;
  }

  onReleased(id: number): void {
    this.end(id);
  }

  onRow(): void {}

  private end(id: number): void {
    const lock = this.wanted.get(id);
    if (lock !== undefined) lock.state = "over";
    this.wanted.delete(id);
  }
}

/** Throws where two nodes have one lock at one moment of true time, or tokens do not grow. */
export class LockWatch {
  heldCount = 0;
  lostCount = 0;
  private readonly town: LockTown;
  private readonly tokens = new Map<string, number>();

  constructor(town: LockTown) {
    this.town = town;
  }

  onHeld(station: LockStation, name: string, token: FencingToken): void {
    this.heldCount += 1;
    const last = this.tokens.get(name) ?? 0;
    if (token <= last) throw new Error(`${name} was held with ${last}, and now with ${token}`);
    this.tokens.set(name, token);
    this.look(station);
  }

  look(asked?: LockStation): void {
    const holders = new Map<string, number>();
    // Who has just learned that it holds a lock does so from now on.
    const now = new Set([...this.town.stations, ...(asked === undefined ? [] : [asked])]);
    for (const station of now) {
      const { index } = station.server.node;
      for (const name of station.held()) {
        const other = holders.get(name);
        if (other !== undefined) throw new Error(`${name} is held by ${other} and by ${index}`);
        holders.set(name, index);
      }
    }
  }
}

/** Nodes of a Raft group in a simulation whose clients lock things. */
export class LockTown {
  readonly raft: RaftTown;
  readonly watch: LockWatch = new LockWatch(this);
  readonly counters = new Counters();
  readonly options: LockOptions;
  private readonly running = new Map<number, LockStation>();

  constructor(options: RaftTownOptions, locks: LockOptions) {
    this.options = locks;
    this.raft = new RaftTown({
      ...options,
      keeps: "nothing",
      onLife: (server) => {
        const station = server.node.mountDirect<never, LockTimer, LockStation>(
          "locks",
          (env) => new LockStation(env, server, this),
        );
        this.running.set(server.node.index, station);
        station.start();
      },
    });
  }

  /** Those that run now; a paused one, too. */
  get stations(): LockStation[] {
    return [...this.running.values()].filter(({ server }) => {
      return this.raft.serverOf(server.node) === server;
    });
  }

  /** Calls a station from outside, as one step. */
  call<R>(station: LockStation, body: () => R): R {
    return this.raft.call(station.server, body);
  }
}
