/** Nodes that keep their order in a real cluster of etcd, without all the rest of a node. */
import { at } from "../../src/core/collections/at.ts";
import type { Orderer } from "../../src/core/orderer.ts";
import { peerId } from "../../src/core/peer.ts";
import { party } from "../../src/node/host/host-rig.ts";
import { type EtcdOptions, etcdOptions } from "../../src/orderer/etcd.options.ts";
import { EtcdOnNode } from "../../src/orderer/etcd-engine.ts";
import type { EtcdAccess } from "../../src/orderer/etcd3/etcd-access.ts";
import { loadEtcd3 } from "../../src/orderer/etcd3/load-etcd3.ts";
import type { OrdererRig } from "../../src/testing/orderer-contract.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import type { EtcdCluster } from "./etcd-cluster.ts";

const LIMIT_MS = 40_000;
const POLL_MS = 5;

export interface EtcdNode {
  readonly engine: EtcdOnNode;
  readonly orderer: Orderer;
  /** What an operator was told. */
  readonly lines: string[];
  step<R>(body: () => R): R;
  /** Ends: in good order, or without a word. */
  end(how: "stopped" | "killed"): Promise<void>;
}

export interface EtcdNodeSetup {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly namespace: string;
  readonly options?: Partial<EtcdOptions>;
  readonly access?: Pick<EtcdAccess, "auth" | "credentials">;
}

export async function startEtcdNode(setup: EtcdNodeSetup): Promise<EtcdNode> {
  const { access, hosts, name, namespace, options } = setup;
  const lines: string[] = [];
  const seed = Math.floor(Math.random() * 2 ** 32);
  const { host, fatal } = await party(memoryNetwork().create(), { self: peerId(name), seed });
  const logger = { debug() {}, info() {}, warn: write, error: write };
  function write(line: string): void {
    lines.push(line);
  }
  const ports = {
    host,
    logger,
    now: () => host.now(),
    die: (error: Error) => void fatal.push(error),
  };
  const choice = { ...access, hosts, namespace, voters: ["n1", "n2", "n3"] };
  const engine = new EtcdOnNode(await loadEtcd3(), ports, {
    choice,
    options: etcdOptions(options),
  });
  host.step(() => engine.start());
  return {
    engine,
    orderer: engine.orderer,
    lines,
    step: (body) => host.step(body),
    end: async (how) => {
      if (how === "stopped") host.step(() => engine.stop());
      await host.stop();
      await engine.closed();
      const [error] = fatal;
      if (error !== undefined) throw error;
    },
  };
}

/** Three nodes, each on the machine of a member of the cluster: they die and come back together. */
export class EtcdNodesRig implements OrdererRig {
  private readonly cluster: EtcdCluster;
  private readonly namespace: string;
  private readonly nodes: (EtcdNode | undefined)[] = [];

  constructor(cluster: EtcdCluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  async start(): Promise<this> {
    for (let index = 0; index < 3; index += 1) await this.startNode(index);
    await this.until(() => this.nodes.every((one) => one?.orderer.status.leader !== undefined));
    return this;
  }

  orderer(node: number): Orderer | undefined {
    return this.nodes[node]?.orderer;
  }

  step<R>(node: number, body: (orderer: Orderer) => R): R {
    const found = at(this.nodes, node);
    if (found === undefined) throw new Error(`node ${node} is down`);
    return found.step(() => body(found.orderer));
  }

  async until(holds: () => boolean): Promise<boolean> {
    const untilMs = performance.now() + LIMIT_MS;
    while (!holds()) {
      if (performance.now() > untilMs) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return true;
  }

  async kill(node: number): Promise<void> {
    const found = at(this.nodes, node);
    this.nodes[node] = undefined;
    await this.cluster.kill(node);
    await found?.end("killed");
  }

  async restart(node: number): Promise<void> {
    this.cluster.restart(node);
    await this.startNode(node);
  }

  async stop(): Promise<void> {
    for (const one of this.nodes) await one?.end("stopped");
    for (let index = 0; index < 3; index += 1) this.cluster.restart(index);
    for (let index = 0; index < 3; index += 1) await this.cluster.answers(index);
  }

  private async startNode(index: number): Promise<void> {
    this.nodes[index] = await startEtcdNode({
      name: `n${index + 1}`,
      hosts: this.cluster.hosts,
      namespace: this.namespace,
      options: { trailingCount: 0, leaseTtlMs: 2_000, callTimeoutMs: 1_500 },
    });
  }
}
