/** Nodes that keep each other's states by Scuttlebutt alone, on the simulator. */
import type { Env } from "../core/env.ts";
import { type GivenOptions, resolveOptions } from "../core/options.ts";
import { makeOrigin, type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { Standing } from "../data/node-state/node-state.contract.ts";
import type { NodeStateMessage, NodeStateTimer } from "../data/node-state/node-state.messages.ts";
import { nodeStateDefaults } from "../data/node-state/node-state.options.ts";
import { NodeState } from "../data/node-state/node-state.ts";
import { decodeNodeState, encodeNodeState } from "../data/node-state/node-state.wire.ts";
import { Scuttlebutt } from "../data/node-state/scuttlebutt.ts";
import type { StateCopy } from "../data/node-state/state-copy.ts";
import { StaticView } from "../peers/static/static-view.ts";
import type { SimNode } from "../sim/sim-node.ts";
import { Simulator, type SimulatorOptions } from "../sim/simulator.ts";

export interface StateTownOptions extends SimulatorOptions {
  readonly nodesCount: number;
  readonly options?: GivenOptions<typeof nodeStateDefaults>;
  /** What a node thinks of another one. Default: all are there. */
  readonly standing?: (name: string) => Standing;
  /** Told of each message before it is sent, and of its bytes. */
  readonly onSend?: (from: number, to: number, message: NodeStateMessage, bytes: number) => void;
}

/** What stands on one node in one of its lives. */
export interface StateResident {
  readonly state: NodeState;
  readonly engine: Scuttlebutt;
}

/** A key is one of so many. */
const KEYS_COUNT = 6;

/** One column of a matrix: every node writes its own map, and all shall know all maps. */
export class StateTown {
  readonly simulator: Simulator;
  readonly residents: StateResident[] = [];
  readonly counts = new Map<string, number>();
  /** Keys that each node has deleted in its present life, and not written again. */
  private readonly lives: number[] = [];
  private readonly random: Random;
  private readonly options: StateTownOptions;

  constructor(options: StateTownOptions) {
    const { nodesCount, onSend: _, options: __, standing: ___, ...network } = options;
    this.options = options;
    this.random = Random.derive(options.seed ?? 0, "writers");
    this.simulator = new Simulator(network);
    for (let at = 0; at < nodesCount; at += 1) this.simulator.add((host) => this.settle(host));
  }

  get nodes(): readonly SimNode[] {
    return this.simulator.nodes;
  }

  resident(at: number): StateResident {
    const resident = this.residents[at];
    if (resident === undefined) throw new Error(`there is no node ${at}`);
    return resident;
  }

  /** A living node writes, or deletes, one of its few keys. */
  write(at: number): void {
    const node = this.nodes[at];
    if (node === undefined || !node.isAlive) return;
    const { own } = this.resident(at).state;
    const key = `k${this.random.below(KEYS_COUNT)}`;
    node.step(() => {
      if (this.random.chance(0.3)) own.delete(key);
      else own.set(key, this.random.bytes(1 + this.random.below(8)));
    });
  }

  /** What node `at` knows of all, as text. */
  state(at: number): string {
    const { state } = this.resident(at);
    const lines = [...state.names()].map((name) => {
      const entries = [...(state.of(name)?.entries() ?? [])];
      const shown = entries
        .map(({ key, value, version }) => `${key}=${value.join()}@${version}`)
        .sort();
      return `${state.of(name)?.origin} ${shown.join(" ")}`;
    });
    return lines.sort().join("\n");
  }

  /** All living nodes know the same, and of each living one what it knows of itself. */
  agrees(): boolean {
    const living = this.nodes.flatMap((node, at) => (node.isAlive ? [at] : []));
    return new Set(living.map((at) => this.state(at))).size <= 1;
  }

  /** Every copy on node `at`, its own first. */
  copies(at: number): readonly StateCopy[] {
    return [...this.resident(at).state.copies()];
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** One life of a node: it forgets all when it dies. */
  private settle(host: SimNode): void {
    const at = host.index;
    const boot = (this.lives[at] ?? 0) + 1;
    this.lives[at] = boot;
    const peers = new StaticView(host.self);
    for (let other = 0; other < this.options.nodesCount; other += 1) peers.add(peerId(other));
    const options = resolveOptions("state", nodeStateDefaults, this.options.options);
    const counters = {
      add: (name: string, by = 1) => this.counts.set(name, this.count(name) + by),
    };
    host.mountDirect("nodeState", (env: Env<NodeStateMessage, NodeStateTimer>) => {
      const { standing } = this.options;
      const state = new NodeState(
        {
          origin: () => makeOrigin(`n${at}`, boot),
          now: () => env.now(),
          wallClock: () => env.wallClock(),
          afterStep: (body) => host.afterStep(body),
          counters,
          ...(standing && { standing }),
        },
        options,
      );
      const engine = new Scuttlebutt(this.byWire(env), { peers, state, counters }, options);
      this.residents[at] = { state, engine };
      engine.start();
      return engine;
    });
  }

  /** Messages travel as their bytes say. */
  private byWire(
    env: Env<NodeStateMessage, NodeStateTimer>,
  ): Env<NodeStateMessage, NodeStateTimer> {
    const send = (to: PeerId, message: NodeStateMessage): void => {
      const bytes = encodeNodeState(message);
      const read = decodeNodeState(bytes);
      if (read === undefined) throw new Error(`a ${message.kind} cannot be read`);
      this.options.onSend?.(Number(env.self), Number(to), read, bytes.length);
      env.send(to, read);
    };
    return {
      self: env.self,
      random: env.random,
      now: () => env.now(),
      wallClock: () => env.wallClock(),
      send,
      setTimer: (timer, delayMs) => env.setTimer(timer, delayMs),
      clearTimer: (id) => env.clearTimer(id),
    };
  }
}
