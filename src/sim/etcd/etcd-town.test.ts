import { describe, test } from "vitest";
import { at } from "../../core/collections/at.ts";
import type { Orderer } from "../../core/orderer.ts";
import { type OrdererRig, ordererContract } from "../../testing/orderer-contract.ts";
import { EtcdTown } from "./etcd-town.ts";

const LIMIT_MS = 60_000;

/** Three nodes, each on the machine of a member of etcd: they die together. */
class EtcdRig implements OrdererRig {
  private readonly town: EtcdTown;

  constructor(faults: Partial<ConstructorParameters<typeof EtcdTown>[0]>) {
    const etcd = { trailingCount: 0, ...faults.etcd };
    this.town = new EtcdTown({ seed: 4, nodesCount: 3, ears: "no", ...faults, etcd });
    const isReady = () => this.town.all.every(({ status }) => status.leader !== undefined);
    this.town.simulator.runUntil(isReady, LIMIT_MS);
  }

  orderer(node: number): Orderer | undefined {
    return this.town.orderer(node);
  }

  step<R>(node: number, body: (orderer: Orderer) => R): R {
    const orderer = this.town.orderer(node);
    if (orderer === undefined) throw new Error(`node ${node} is down`);
    return at(this.town.nodes, node).step(() => body(orderer));
  }

  until(holds: () => boolean): boolean {
    return this.town.simulator.runUntil(holds, LIMIT_MS);
  }

  kill(node: number): void {
    this.town.etcd.downCount += 1;
    this.town.simulator.crash(at(this.town.nodes, node), "machine");
    this.town.etcd.cutWatches();
  }

  restart(node: number): void {
    this.town.etcd.downCount -= 1;
    this.town.simulator.restart(at(this.town.nodes, node));
  }

  stop(): void {}
}

const vitest = { describe, test };
ordererContract(vitest, "etcd", () => new EtcdRig({}));
ordererContract(
  vitest,
  "etcd over a bad network",
  () =>
    new EtcdRig({ lossRatio: 0.05, duplicateRatio: 0.1, reorderRatio: 0.1, reorderMaxMs: 3_000 }),
);
