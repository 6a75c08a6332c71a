import { Counters } from "../../core/metrics.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { type EtcdOptions, etcdOptions } from "../../orderer/etcd.options.ts";
import { EtcdOrderer } from "../../orderer/etcd-orderer.ts";
import type { StoreMessage, StoreTimer } from "../../orderer/store.messages.ts";
import type { SimNode } from "../sim-node.ts";
import { Simulator, type SimulatorOptions } from "../simulator.ts";
import { EtcdEar } from "./etcd-ear.ts";
import { SimulatedEtcd } from "./simulated-etcd.ts";

const CHANNEL = "etcd";

export interface EtcdTownOptions extends SimulatorOptions {
  readonly nodesCount: number;
  /** Whether each node is told everything from the beginning. Default "yes". */
  readonly ears?: "yes" | "no";
  readonly etcd?: Partial<EtcdOptions>;
}

interface Life {
  readonly orderer: EtcdOrderer;
  readonly life: number;
  readonly ear: EtcdEar | undefined;
}

/** Nodes that order by way of an etcd, in a simulation. */
export class EtcdTown {
  readonly simulator: Simulator;
  readonly etcd: SimulatedEtcd;
  readonly counters = new Counters();
  /** What was said to the operators. */
  readonly troubles: string[] = [];
  readonly nodes: SimNode[] = [];
  private readonly running = new Map<number, Life>();

  constructor({ ears = "yes", etcd, nodesCount, ...sim }: EtcdTownOptions) {
    this.simulator = new Simulator(sim);
    const options = etcdOptions(etcd);
    let store: SimulatedEtcd | undefined;
    this.simulator.add((host) => {
      store = host.mountDirect(CHANNEL, (env: ConstructorParameters<typeof SimulatedEtcd>[0]) => {
        return new SimulatedEtcd(env);
      });
      store.start();
    });
    if (store === undefined) throw new Error("the store was not mounted");
    this.etcd = store;
    const voters = Array.from({ length: nodesCount }, (_, index) => peerId(index + 1));
    for (let index = 0; index < nodesCount; index += 1) this.add(voters, options, ears);
  }

  /** That of a node in its present life. */
  orderer(index: number): EtcdOrderer | undefined {
    const node = this.nodes[index];
    const found = node && this.running.get(node.index);
    return node?.isAlive === true && found?.life === node.life ? found.orderer : undefined;
  }

  get all(): EtcdOrderer[] {
    return this.nodes.flatMap((_, index) => this.orderer(index) ?? []);
  }

  /** What a node's present life was told, when the town keeps ears. */
  earOf(index: number): EtcdEar | undefined {
    const node = this.nodes[index];
    const found = node && this.running.get(node.index);
    return node?.isAlive === true && found?.life === node.life ? found.ear : undefined;
  }

  private add(voters: readonly PeerId[], options: EtcdOptions, ears: "yes" | "no"): void {
    const node = this.simulator.add((host) => {
      const { counters } = this;
      const orderer = host.mountDirect<StoreMessage, StoreTimer, EtcdOrderer>(CHANNEL, (env) => {
        const onTrouble = (what: string) => this.troubles.push(`${host.name}: ${what}`);
        const wiring = { store: peerId(0), namespace: "town/", voters, counters, onTrouble };
        return new EtcdOrderer(env, wiring, options);
      });
      const ear = ears === "yes" ? new EtcdEar(orderer) : undefined;
      this.running.set(host.index, { orderer, life: host.life, ear });
      orderer.start();
    });
    this.nodes.push(node);
  }
}
