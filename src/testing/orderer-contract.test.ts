import { describe, test } from "vitest";
import { at } from "../core/collections/at.ts";
import type { Orderer } from "../core/orderer.ts";
import { RaftTown } from "../sim/raft/raft-town.ts";
import { FakeOrder, type FakeOrderer } from "./fake-orderer.ts";
import { type OrdererRig, ordererContract } from "./orderer-contract.ts";

const LIMIT_MS = 60_000;

/** Three servers of a Raft group, in virtual time. */
class RaftRig implements OrdererRig {
  private readonly town = new RaftTown({
    seed: 4,
    votersCount: 3,
    keeps: "nothing",
    raft: { trailingEntriesCount: 0 },
  });

  constructor() {
    const isReady = () => this.town.servers.every(({ raft }) => raft.applied >= 2);
    this.town.simulator.runUntil(isReady, LIMIT_MS);
  }

  orderer(node: number): Orderer | undefined {
    return this.town.serverOf(at(this.town.nodes, node));
  }

  step<R>(node: number, body: (orderer: Orderer) => R): R {
    const server = this.town.serverOf(at(this.town.nodes, node));
    if (server === undefined) throw new Error(`server ${node} is down`);
    return this.town.call(server, () => body(server));
  }

  until(holds: () => boolean): boolean {
    return this.town.simulator.runUntil(holds, LIMIT_MS);
  }

  kill(node: number): void {
    this.town.simulator.crash(at(this.town.nodes, node), "machine");
  }

  restart(node: number): void {
    this.town.simulator.restart(at(this.town.nodes, node));
  }

  stop(): void {}
}

ordererContract({ describe, test }, "embedded Raft", () => new RaftRig());

/** What tests of others take for an engine keeps the contract, too. */
class FakeRig implements OrdererRig {
  private readonly order = new FakeOrder();

  constructor() {
    for (let count = 0; count < 3; count += 1) this.order.add();
  }

  orderer(node: number): FakeOrderer {
    return at(this.order.nodes, node);
  }

  step<R>(node: number, body: (orderer: Orderer) => R): R {
    return body(this.orderer(node));
  }

  until(holds: () => boolean): boolean {
    for (let count = 0; count < 100; count += 1) {
      if (holds()) return true;
      this.order.run();
    }
    return holds();
  }

  kill(node: number): void {
    this.order.kill(this.orderer(node));
  }

  restart(node: number): void {
    this.order.revive(this.orderer(node));
  }

  stop(): void {}
}

ordererContract({ describe, test }, "fake", () => new FakeRig());
