import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { type RaftOptions, raftOptions } from "../../raft/raft.options.ts";
import { mountDurable } from "../sim-durable-env.ts";
import type { SimNode } from "../sim-node.ts";
import { Simulator, type SimulatorOptions } from "../simulator.ts";
import { RaftInvariants } from "./raft-invariants.ts";
import { RaftServer, type RaftSetting, WatchedEnv } from "./raft-server.ts";
import { RegisterClients } from "./register-clients.ts";

const CHANNEL = "raft";

export interface RaftTownOptions extends SimulatorOptions {
  readonly votersCount: number;
  /** Machines on which a server may be started that no list of voters names. */
  readonly sparesCount?: number;
  readonly raft?: Partial<RaftOptions>;
  readonly snapshotAfterCount?: number;
  /** What commands are about. Default "registers". */
  readonly keeps?: RaftSetting["keeps"];
  readonly forgets?: RaftSetting["forgets"];
  /** In the step in which a server begins to live, before it starts. */
  readonly onLife?: (server: RaftServer) => void;
}

/** A Raft group in a simulation, watched at every step, with clients of registers. */
export class RaftTown {
  readonly simulator: Simulator;
  readonly invariants = new RaftInvariants();
  readonly clients: RegisterClients;
  readonly random: Random;
  readonly options: RaftOptions;
  /** Whoever lies in wait for a message. */
  onLeave: RaftSetting["onLeave"] = () => {};
  private readonly setting: RaftSetting;
  private readonly onLife: (server: RaftServer) => void;
  private readonly running = new Map<number, RaftServer>();
  private readonly sparesLeft: (() => void)[] = [];

  constructor(options: RaftTownOptions) {
    const { forgets, keeps = "registers", raft, ...rest } = options;
    const { onLife = () => {}, snapshotAfterCount = 1e9, ...others } = rest;
    const { sparesCount = 0, votersCount, ...sim } = others;
    this.onLife = onLife;
    this.simulator = new Simulator(sim);
    this.random = Random.derive(sim.seed, "town");
    this.options = raftOptions(raft ?? {});
    this.clients = new RegisterClients(this.simulator);
    const voters = Array.from({ length: votersCount }, (_, index) => peerId(index));
    this.setting = {
      ...{ voters, keeps, snapshotAfterCount, options: this.options, invariants: this.invariants },
      ...(forgets === undefined ? {} : { forgets }),
      onLeave: (from, to, message) => this.onLeave(from, to, message),
      onOutcome: (server, request, outcome) => this.clients.onOutcome(server, request, outcome),
    };
    for (let index = 0; index < votersCount; index += 1) this.addServer();
    for (let index = 0; index < sparesCount; index += 1) {
      this.sparesLeft.push(() => this.addServer());
    }
  }

  get nodes(): readonly SimNode[] {
    return this.simulator.nodes;
  }

  /** The servers that run now. */
  get servers(): RaftServer[] {
    return this.nodes.flatMap((node) => this.serverOf(node) ?? []);
  }

  serverOf(node: SimNode): RaftServer | undefined {
    const server = this.running.get(node.index);
    return node.isAlive && server?.life === node.life ? server : undefined;
  }

  /** The leader of the highest term among those who run. */
  get leader(): RaftServer | undefined {
    let found: RaftServer | undefined;
    for (const server of this.servers) {
      if (server.raft.role !== "leader") continue;
      if (found === undefined || server.raft.term > found.raft.term) found = server;
    }
    return found;
  }

  /** Starts a server on one more machine, if there is one. */
  addSpare(): void {
    this.sparesLeft.pop()?.();
  }

  /** Calls a server from outside, as one step. */
  call<R>(server: RaftServer, body: () => R): R {
    return server.node.step(() => {
      const result = body();
      server.look();
      return result;
    });
  }

  private addServer(): void {
    this.simulator.add((node) => {
      const { setting } = this;
      const server = mountDurable(
        node,
        CHANNEL,
        (place) => new WatchedEnv(node, place, setting),
        (env) => new RaftServer(node, env as WatchedEnv, setting),
      );
      this.running.set(node.index, server);
      this.clients.onRestart(node.index);
      this.onLife(server);
      server.start();
    });
  }
}
