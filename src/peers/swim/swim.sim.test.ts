import { describe, expect, test } from "vitest";
import { addressFromBytes } from "../../core/ip.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { Simulator, type SimVia } from "../../sim/simulator.ts";
import type { SwimCount, SwimStatus } from "./swim.contract.ts";
import type { SwimMessage } from "./swim.messages.ts";
import { type SwimOptions, swimOptions } from "./swim.options.ts";
import type { SwimTimer } from "./swim.timers.ts";
import { Swim } from "./swim.ts";
import { Ears, MODERN, PORT, RigPassenger } from "./swim-rig.ts";
import { PacketCodec } from "./wire/packet.wire.ts";
import { StreamCodec, type StreamRole } from "./wire/stream.wire.ts";
import { swimSizes } from "./wire/swim-sizes.wire.ts";

/*
 * Fifty nodes in virtual time. What memberlist alone promises after a partition: halves that took
 * each other for dead find back together while gossip to the dead still runs (gossipToTheDeadMs);
 * later, only when somebody joins again. The tests below hold both.
 */

const NODES = 50;

type Transcode = (message: unknown, via: SimVia) => unknown;

/** Every message becomes bytes and is read back, as between real nodes. */
function overTheWire(): Transcode {
  const common = {
    label: "sim",
    keyring: undefined,
    verifyIncoming: true,
    verifyOutgoing: true,
    compression: "lzw",
  } as const;
  const packets = new PacketCodec(common);
  const streams = new StreamCodec(common);
  const overStream = (bytes: Uint8Array, role: StreamRole): unknown => {
    const outcome = streams.decoder(role).feed(bytes);
    if (outcome.kind !== "message") throw new Error(`a stream ended in ${outcome.kind}`);
    return outcome.message;
  };
  return (message, via) => {
    const sent = message as SwimMessage;
    if (via === "request") return overStream(streams.encodeRequest(sent), "acceptor");
    if (via === "reply") return overStream(streams.encodeReply(sent), "dialer");
    const outcome = packets.decode(packets.encode(sent));
    if ("drop" in outcome) throw new Error(`a packet was dropped: ${outcome.drop}`);
    return outcome.message;
  };
}

class Cluster {
  readonly sim: Simulator;
  readonly swims = new Map<SimNode, Swim>();
  readonly ears = new Map<SimNode, Ears>();
  readonly counts = new Map<SwimCount, number>();
  private readonly options: SwimOptions;

  constructor(seed: number, transcode?: Transcode) {
    this.sim = new Simulator({ seed, ...(transcode && { transcode }) });
    this.options = swimOptions("lan");
  }

  add(): SimNode {
    const last = this.sim.nodes.length + 1;
    const addr = Uint8Array.of(10, 0, last >> 8, last & 255);
    const address = addressFromBytes(addr, PORT);
    if (address === undefined) throw new Error("every node has an address");
    return this.sim.add((host) => this.build(host, addr), { name: `n${last}`, address });
  }

  /** `count` nodes that all joined the first one, and know each other. */
  form(count: number): this {
    for (let i = 0; i < count; i += 1) this.add();
    const seed = this.sim.nodes[0];
    if (seed === undefined) throw new Error("there is a first node");
    for (const node of this.sim.nodes.slice(1)) this.join(node, seed);
    expect(this.sim.runUntil(() => this.isWhole(this.sim.nodes), 60_000)).toBe(true);
    return this;
  }

  join(node: SimNode, to: SimNode): void {
    node.step(() => this.of(node).join(to.address));
  }

  of(node: SimNode): Swim {
    const swim = this.swims.get(node);
    if (swim === undefined) throw new Error(`${node.name} runs`);
    return swim;
  }

  status(observer: SimNode, subject: SimNode): SwimStatus | "unknown" {
    return this.of(observer).members.get(subject.name)?.status ?? "unknown";
  }

  /** Everyone of `group` holds exactly all of `group` for alive. */
  isWhole(group: readonly SimNode[]): boolean {
    return group.every((node) => {
      const { members } = this.of(node);
      if (members.livingCount !== group.length) return false;
      return group.every((other) => members.get(other.name)?.status === "alive");
    });
  }

  count(name: SwimCount): number {
    return this.counts.get(name) ?? 0;
  }

  private build(host: SimNode, addr: Uint8Array): void {
    const ears = new Ears();
    this.ears.set(host, ears);
    const counters = {
      add: (name: SwimCount, by = 1): void => {
        this.counts.set(name, (this.counts.get(name) ?? 0) + by);
      },
    };
    const wiring = {
      sizes: swimSizes,
      passenger: new RigPassenger(),
      listener: ears,
      reports: ears,
      counters,
    };
    const meta = new Uint8Array(0);
    const identity = { name: host.name, addr, port: PORT, meta, vsn: MODERN };
    const swim = host.mountStream<SwimMessage, SwimTimer, Swim>(
      "swim",
      (env) => new Swim(env, wiring, identity, this.options),
    );
    this.swims.set(host, swim);
    swim.start();
  }
}

function at(cluster: Cluster, index: number): SimNode {
  const node = cluster.sim.nodes[index];
  if (node === undefined) throw new Error(`there is a node ${index}`);
  return node;
}

describe("fifty nodes", () => {
  test("form a cluster from one seed; equal digests say so", () => {
    const cluster = new Cluster(1).form(NODES);
    const digests = new Set(cluster.sim.nodes.map((node) => cluster.of(node).membershipDigest()));
    expect(digests.size).toBe(1);
  });

  test("five quiet minutes without loss: nobody is ever suspected", () => {
    const cluster = new Cluster(2).form(NODES);
    cluster.sim.runForMs(300_000);
    expect(cluster.isWhole(cluster.sim.nodes)).toBe(true);
    expect(cluster.count("swim.probes.failed")).toBe(0);
    expect(cluster.count("swim.suspicions.begun")).toBe(0);
  });

  test.each(["process", "machine"] as const)("a crashed %s is noticed by all", (what) => {
    const cluster = new Cluster(3).form(NODES);
    const victim = at(cluster, 17);
    cluster.sim.crash(victim, what);
    const others = cluster.sim.nodes.filter((node) => node !== victim);
    const noticed = (): boolean => others.every((n) => cluster.status(n, victim) === "dead");
    expect(cluster.sim.runUntil(noticed, 60_000)).toBe(true);
    expect(cluster.isWhole(others)).toBe(true);
  });

  test("10 % loss: they converge, and nobody alive is taken for dead", () => {
    const cluster = new Cluster(4);
    cluster.sim.network.lossRatio = 0.1;
    cluster.form(NODES);
    cluster.sim.runForMs(120_000);
    expect(cluster.count("swim.suspicions.timedOut")).toBe(0);
    expect(cluster.sim.runUntil(() => cluster.isWhole(cluster.sim.nodes), 60_000)).toBe(true);
  });

  test("the same seed gives the same trace, another seed another one", () => {
    const trace = (seed: number): string[] => {
      const cluster = new Cluster(seed);
      const lines: string[] = [];
      cluster.sim.traceText((line) => lines.push(line));
      cluster.form(10);
      cluster.sim.crash(at(cluster, 3));
      cluster.sim.runForMs(20_000);
      return lines;
    };
    const first = trace(5);
    expect(first.length).toBeGreaterThan(1_000);
    expect(trace(5)).toEqual(first);
    expect(trace(6)).not.toEqual(first);
  });
});

test("nobody can tell bytes on the wire from messages by reference", () => {
  const told = (transcode?: Transcode): string[][] => {
    const cluster = new Cluster(12, transcode).form(20);
    cluster.sim.network.lossRatio = 0.05;
    cluster.sim.pause(at(cluster, 3));
    cluster.sim.crash(at(cluster, 4));
    cluster.sim.runForMs(30_000);
    cluster.sim.resume(at(cluster, 3));
    cluster.sim.runForMs(30_000);
    return [...cluster.ears.values()].map((ears) => ears.lines);
  };
  const byReference = told();
  expect(byReference.flat().some((line) => line.startsWith("dead"))).toBe(true);
  expect(told(overTheWire())).toEqual(byReference);
});

describe("going and coming back", () => {
  test("who leaves is left, not dead, for everyone", () => {
    const cluster = new Cluster(7).form(20);
    const leaver = at(cluster, 5);
    leaver.step(() => cluster.of(leaver).leave());
    cluster.sim.runForMs(3_000);
    cluster.sim.crash(leaver);
    const others = cluster.sim.nodes.filter((node) => node !== leaver);
    expect(others.map((n) => cluster.status(n, leaver))).toEqual(others.map(() => "left"));
    expect(cluster.count("swim.suspicions.begun")).toBe(0);
  });

  test("a node restarted at incarnation 1 rejoins above what was said of it (spec 14.7)", () => {
    const cluster = new Cluster(8).form(10);
    const victim = at(cluster, 4);
    cluster.sim.crash(victim);
    const others = cluster.sim.nodes.filter((node) => node !== victim);
    const noticed = (): boolean => others.every((n) => cluster.status(n, victim) === "dead");
    expect(cluster.sim.runUntil(noticed, 60_000)).toBe(true);
    cluster.sim.restart(victim);
    cluster.join(victim, at(cluster, 0));
    expect(cluster.sim.runUntil(() => cluster.isWhole(cluster.sim.nodes), 20_000)).toBe(true);
    expect(cluster.of(victim).members.local.incarnation).toBeGreaterThan(1);
  });

  test("a paused node is taken for dead, refutes when it wakes, and is alive again", () => {
    const cluster = new Cluster(9).form(10);
    const victim = at(cluster, 4);
    cluster.sim.pause(victim);
    const others = cluster.sim.nodes.filter((node) => node !== victim);
    const noticed = (): boolean => others.every((n) => cluster.status(n, victim) === "dead");
    expect(cluster.sim.runUntil(noticed, 60_000)).toBe(true);
    cluster.sim.resume(victim);
    expect(cluster.sim.runUntil(() => cluster.isWhole(cluster.sim.nodes), 60_000)).toBe(true);
  });
});

describe("a partition", () => {
  function split(cluster: Cluster): { left: SimNode[]; right: SimNode[] } {
    const left = cluster.sim.nodes.slice(0, 10);
    const right = cluster.sim.nodes.slice(10);
    cluster.sim.partition(left, right);
    const apart = (): boolean => cluster.isWhole(left) && cluster.isWhole(right);
    expect(cluster.sim.runUntil(apart, 120_000)).toBe(true);
    return { left, right };
  }

  test("that ends while the dead are still gossiped to heals by itself", () => {
    const cluster = new Cluster(10).form(20);
    split(cluster);
    cluster.sim.heal();
    expect(cluster.sim.runUntil(() => cluster.isWhole(cluster.sim.nodes), 120_000)).toBe(true);
  });

  test("that outlasts it stays, until one node joins one of the other side", () => {
    const cluster = new Cluster(11).form(20);
    const { left, right } = split(cluster);
    cluster.sim.runForMs(90_000);
    cluster.sim.heal();
    cluster.sim.runForMs(60_000);
    expect(cluster.isWhole(left) && cluster.isWhole(right)).toBe(true);
    cluster.join(at(cluster, 0), at(cluster, 15));
    expect(cluster.sim.runUntil(() => cluster.isWhole(cluster.sim.nodes), 60_000)).toBe(true);
  });
});
