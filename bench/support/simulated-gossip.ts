import { Simulator } from "../../src/sim/simulator.ts";
import {
  type GossipContender,
  type GossipCourse,
  gossipNetwork,
  originOf,
  PushGossip,
} from "./push-gossip.ts";

/** The simulator that is shipped, running `PushGossip` as it would any protocol. */
export class SimulatedGossip implements GossipContender {
  readonly course: GossipCourse;
  private readonly simulator: Simulator;
  private readonly nodes: PushGossip[] = [];
  private begunCount = 0;

  constructor(course: GossipCourse) {
    this.course = course;
    const { lossRatio, latencyMinMs, latencyMaxMs, cutOffRatio } = gossipNetwork;
    this.simulator = new Simulator({ seed: 1, lossRatio, latencyMinMs, latencyMaxMs });
    for (let at = 0; at < course.nodesCount; at += 1) {
      this.simulator.add((host) => {
        this.nodes.push(host.mountDirect("gossip", (env) => new PushGossip(env, course)));
      });
    }
    const cutOffCount = Math.ceil(course.nodesCount * cutOffRatio);
    this.simulator.partition(this.simulator.nodes.slice(0, cutOffCount));
  }

  get eventsCount(): number {
    const { packetsDelivered, timersFired } = this.simulator.counts;
    return packetsDelivered + timersFired;
  }

  spread(rumorsCount: number): void {
    const { rumorEveryMs, spreadMs } = gossipNetwork;
    for (let at = 0; at < rumorsCount; at += 1) {
      this.begunCount += 1;
      const number = this.begunCount;
      const origin = this.nodes[originOf(number, this.course.nodesCount)];
      this.simulator.plan(at * rumorEveryMs, () => origin?.publish({ kind: "rumor", number }));
    }
    this.simulator.runForMs(rumorsCount * rumorEveryMs + spreadMs);
  }
}
