/**
 * Fifty nodes that run SWIM in a simulation in which everything goes wrong, with nothing in it that
 * only Node has: the test runs it here and, bundled, in a browser.
 */
import { parseIp } from "../../src/core/ip.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { swimOptions } from "../../src/peers/swim/swim.options.ts";
import type { SwimTimer } from "../../src/peers/swim/swim.timers.ts";
import { Swim } from "../../src/peers/swim/swim.ts";
import { Ears, MODERN, PORT, plainSizes, RigPassenger } from "../../src/peers/swim/swim-rig.ts";
import type { LatencyModel } from "../../src/sim/latency.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator } from "../../src/sim/simulator.ts";
import { TraceHash } from "../../src/sim/trace-hash.ts";

const NODES_COUNT = 50;

/** Each draws by other functions of core/math.ts, which is where engines would differ. */
const latencies: readonly LatencyModel[] = [
  { kind: "uniform", minMs: 1, maxMs: 5 },
  { kind: "exponential", minMs: 2, meanMs: 15, maxMs: 400 },
  { kind: "lognormal", medianMs: 10, sigma: 0.9, maxMs: 500 },
];

export interface SceneReport {
  readonly hash: string;
  readonly linesCount: number;
  readonly eventsCount: number;
}

export function playScene(seed: number): SceneReport {
  const swims: Swim[] = [];
  const simulator = new Simulator({ seed, lossRatio: 0.02, sizeOf: () => 200 });
  const hash = new TraceHash();
  simulator.traceText((line) => hash.add(line));
  for (let at = 0; at < NODES_COUNT; at += 1) {
    simulator.add((host) => {
      swims[at] = mountSwim(host);
    });
  }
  const join = (at: number): void => {
    const first = simulator.nodes[0]!;
    simulator.nodes[at]!.step(() => swims[at]!.join(first.address));
  };
  for (let at = 1; at < NODES_COUNT; at += 1) join(at);
  simulator.runForMs(5_000);
  for (const [round, latency] of latencies.entries()) {
    simulator.network.latency = latency;
    misfortune(simulator, join, 5 + round * 12);
  }
  return { hash: hash.text, linesCount: hash.linesCount, eventsCount: simulator.counts.events };
}

function mountSwim(host: SimNode): Swim {
  const ears = new Ears();
  const counters = { add: () => {} };
  const passenger = new RigPassenger();
  const wiring = { sizes: plainSizes, passenger, listener: ears, reports: ears, counters };
  const addr = parseIp(host.address.host)!;
  const identity = { name: host.name, addr, port: PORT, meta: new Uint8Array(0), vsn: MODERN };
  const swim = host.mountStream<SwimMessage, SwimTimer, Swim>(
    "swim",
    (env) => new Swim(env, wiring, identity, swimOptions("lan")),
  );
  swim.start();
  return swim;
}

function misfortune(simulator: Simulator, join: (at: number) => void, first: number): void {
  const { network } = simulator;
  const node = (at: number): SimNode => simulator.nodes[first + at]!;
  network.duplicateRatio = 0.05;
  network.reorderRatio = 0.1;
  network.bandwidthBytesPerSecond = 50_000;
  simulator.crash(node(0));
  simulator.crash(node(1), "machine");
  simulator.pause(node(2));
  simulator.block(node(3));
  node(4).clockRateRatio = 1.02;
  node(5).wallClockSkewMs = -4_321;
  simulator.partition([node(6), node(7), node(8)]);
  network.cut(node(9), node(10));
  network.clog(node(10), node(11), 2_000);
  simulator.runForMs(15_000);
  simulator.resume(node(2));
  simulator.unblock(node(3));
  simulator.heal();
  simulator.restart(node(0));
  simulator.restart(node(1), { disk: "lost" });
  join(first);
  join(first + 1);
  simulator.runForMs(10_000);
}
