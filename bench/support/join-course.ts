import { addressFromBytes } from "../../src/core/ip.ts";
import {
  type SwimOptions,
  type SwimProfile,
  swimOptions,
} from "../../src/peers/swim/swim.options.ts";
import { Swim } from "../../src/peers/swim/swim.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import { Simulator } from "../../src/sim/simulator.ts";
import { bareWiring, identityOf } from "./bare-swim.ts";

const GIVE_UP_MS = 600_000;
/** After which everything that was queued has gone out and no early push/pull is left. */
const REST_MS = 60_000;
/** One-way delays as between processes of one machine or one rack. */
const LATENCY = { latencyMinMs: 0.05, latencyMaxMs: 0.5 };

export interface JoinCourse {
  readonly nodesCount: number;
  readonly profile: SwimProfile;
  readonly seed: number;
  /** "together": all but one join that one at once; "alone": the last joins a cluster at rest. */
  readonly order: "together" | "alone";
  readonly given: Partial<SwimOptions>;
}

export interface JoinTime {
  /** From the joins until every node knows every other, virtual. */
  readonly ms: number;
  /** Push/pulls of one node, the join itself among them, until all is at rest. */
  readonly pushPullsPerNode: number;
}

/** Time until nodes that join know of each other. */
export function joinTime(course: JoinCourse): JoinTime {
  const { given, nodesCount, order, profile, seed } = course;
  const crowd = new Crowd(seed, swimOptions(profile, given));
  const last = order === "alone" ? nodesCount - 1 : nodesCount;
  for (let at = 0; at < last; at += 1) crowd.add();
  for (let at = 1; at < last; at += 1) crowd.join(at);
  if (order === "alone") {
    crowd.untilWhole();
    crowd.simulator.runForMs(REST_MS);
    crowd.pushPullsCount = 0;
    crowd.add();
    crowd.join(last);
  }
  const ms = crowd.untilWhole();
  // So long that early push/pulls end, and too short for a regular one of most nodes.
  crowd.simulator.runForMs(10_000);
  return { ms, pushPullsPerNode: crowd.pushPullsCount / nodesCount };
}

class Crowd {
  readonly simulator: Simulator;
  pushPullsCount = 0;
  private readonly swims: Swim[] = [];
  private readonly nodes: SimNode[] = [];
  private readonly options: SwimOptions;

  constructor(seed: number, options: SwimOptions) {
    this.simulator = new Simulator({ seed, ...LATENCY });
    this.options = options;
  }

  add(): void {
    const identity = identityOf(this.nodes.length);
    const address = addressFromBytes(identity.addr, identity.port);
    if (address === undefined) throw new Error("every node has an address");
    const counters = {
      add: (name: string): void => {
        if (name === "swim.pushPulls.begun") this.pushPullsCount += 1;
      },
    };
    const build = (host: SimNode): void => {
      const swim = host.mountStream(
        "swim",
        (env) => new Swim(env, { ...bareWiring, counters }, identity, this.options),
      );
      this.swims.push(swim);
      swim.start();
    };
    this.nodes.push(this.simulator.add(build, { name: identity.name, address }));
  }

  join(at: number): void {
    const [seed] = this.nodes;
    const node = this.nodes[at];
    if (seed === undefined || node === undefined) throw new Error("who joins was added");
    node.step(() => void this.swims[at]?.join(seed.address));
  }

  untilWhole(): number {
    const before = this.simulator.nowMs;
    const isWhole = (): boolean =>
      this.swims.every((swim) => swim.members.livingCount === this.swims.length);
    if (!this.simulator.runUntil(isWhole, GIVE_UP_MS)) throw new Error("they never met");
    return this.simulator.nowMs - before;
  }
}
