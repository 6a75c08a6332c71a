/** Nodes of `compose` on the simulator: the stack of a real node, in virtual time. */
import { parseIp } from "../../src/core/ip.ts";
import { resolveOptions } from "../../src/core/options.ts";
import { agreementDefaults } from "../../src/exchange/agreement/agreement.options.ts";
import type { RumorVerdict } from "../../src/exchange/broadcast/broadcast.contract.ts";
import type { Rumor } from "../../src/exchange/broadcast/broadcast.messages.ts";
import { broadcastDefaults } from "../../src/exchange/broadcast/broadcast.options.ts";
import { compose } from "../../src/node/compose.ts";
import { NodeCounters } from "../../src/node/counters.ts";
import type { MembershipChange, StackListener } from "../../src/node/stack/stack.contract.ts";
import type { Stack } from "../../src/node/stack/stack.ts";
import { reconnectDefaults } from "../../src/peers/reconnect/reconnect.options.ts";
import { serfDefaults } from "../../src/peers/serf/serf.options.ts";
import { successionDefaults } from "../../src/peers/succession/succession.options.ts";
import { swimDefaults } from "../../src/peers/swim/swim.options.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator, type SimulatorOptions } from "../../src/sim/simulator.ts";

export class SimPeer {
  readonly name: string;
  readonly counters = new NodeCounters();
  /** Rumours heard, in order. */
  readonly heard: Rumor[] = [];
  readonly changes: { readonly change: MembershipChange; readonly name: string }[] = [];
  verdict: RumorVerdict = "accepted";
  bootRaisedTo: number | undefined;
  hasLeft = false;
  node: SimNode | undefined;
  private running: Stack | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get stack(): Stack {
    if (this.running === undefined) throw new Error(`${this.name} was not started`);
    return this.running;
  }

  build(host: SimNode, options: { boot: number; wire: "serf" | "memberlist" }): void {
    const addr = parseIp(host.address.host);
    if (addr === undefined) throw new Error("the simulator has IP addresses");
    this.running = compose(host, {
      name: this.name,
      addr,
      port: host.address.port,
      tags: new Map([["who", this.name]]),
      ...options,
      options: {
        swim: resolveOptions("swim", swimDefaults),
        serf: resolveOptions("serf", serfDefaults),
        reconnect: resolveOptions("reconnect", reconnectDefaults),
        succession: resolveOptions("succession", successionDefaults),
        broadcast: resolveOptions("broadcast", broadcastDefaults),
        agreement: resolveOptions("agreement", agreementDefaults),
      },
      counters: this.counters,
      listener: this.listener(),
    });
  }

  publish(tag: string, payload: Uint8Array = Uint8Array.of(1)): Rumor {
    return this.stack.publish({ tag, codec: 0, payload });
  }

  count(name: string): number {
    return this.counters.snapshot()[name] ?? 0;
  }

  private listener(): StackListener {
    return {
      onMembership: (change, record) => this.changes.push({ change, name: record.name }),
      onRumor: (rumor) => {
        if (this.verdict === "accepted") this.heard.push(rumor);
        return this.verdict;
      },
      onUserEvent: () => {},
      onQuery: () => {},
      onQueryDone: () => {},
      onLeft: () => {
        this.hasLeft = true;
      },
      onConflictLost: () => {},
      onConflict: () => {},
      onForeign: () => {},
      onPastToKeep: () => {},
      onBootRaised: (boot) => {
        this.bootRaisedTo = boot;
      },
    };
  }
}

export interface SimClusterOptions extends SimulatorOptions {
  readonly nodesCount: number;
  readonly wire?: "serf" | "memberlist";
}

export class SimCluster {
  readonly simulator: Simulator;
  readonly peers: SimPeer[] = [];

  constructor({ nodesCount, wire = "serf", ...options }: SimClusterOptions) {
    this.simulator = new Simulator(options);
    for (let at = 0; at < nodesCount; at += 1) {
      const peer = new SimPeer(`n${at}`);
      this.peers.push(peer);
      const build = (host: SimNode): void => peer.build(host, { boot: 1_000 + at, wire });
      peer.node = this.simulator.add(build, { name: peer.name });
    }
  }

  peer(at: number): SimPeer {
    const peer = this.peers[at];
    if (peer === undefined) throw new Error(`there is no peer ${at}`);
    return peer;
  }

  /** Everybody joins the first; returns once all see all. */
  form(limitMs = 60_000): void {
    const first = this.peer(0).node?.address;
    if (first === undefined) throw new Error("no first node");
    for (const peer of this.peers.slice(1)) {
      const tryJoin = (): void =>
        peer.stack.join(first, (result) => {
          if (result.kind === "failed") this.simulator.plan(500, tryJoin);
        });
      tryJoin();
    }
    const size = this.peers.length - 1;
    const isFormed = (): boolean =>
      this.peers.every((peer) => peer.stack.hearsayPeers.size === size);
    if (!this.simulator.runUntil(isFormed, limitMs)) throw new Error("the cluster did not form");
  }
}
