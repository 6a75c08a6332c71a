import type { PeerId } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { Rumor } from "../../../exchange/broadcast/broadcast.messages.ts";
import { NodeCounters } from "../../../node/counters.ts";
import { DataFaces } from "../../../node/data-faces.ts";
import { NodeMembers } from "../../../node/faces/node-members.ts";
import type { NodePorts } from "../../../node/node-ports.ts";
import type { StackOptions } from "../../../node/stack/stack.contract.ts";
import type { Stack } from "../../../node/stack/stack.ts";
import type { NodeTopic } from "../../../node/topics/topic.ts";
import { mountNodeTimers } from "../../node-timer-book.ts";
import type { SimNode } from "../../sim-node.ts";
import { wholeStack } from "../whole-node.ts";

const silentLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A node as it is shipped, with all its kinds of data, on a machine of the simulator. */
export class TalkingNode {
  readonly host: SimNode;
  readonly counters = new NodeCounters();
  readonly stack: Stack;
  private readonly members: NodeMembers;
  private readonly data: DataFaces;

  /** In the step that begins its life. */
  constructor(host: SimNode, options: StackOptions) {
    this.host = host;
    const ports = this.ports();
    this.members = new NodeMembers({
      ...ports,
      stateOf: (name) => this.data.states.states.of(name),
    });
    this.data = new DataFaces({ ...this.parts(options), ports });
    this.stack = wholeStack(host, {
      ...{ name: host.name, options, counters: this.counters },
      listener: {
        onMembership: (...told) => this.members.onMembership(...told),
        onRumor: (rumor: Rumor) => this.data.topics.book.onRumor(rumor),
        onArrival: (arrival) => this.data.traces.note(arrival),
        onUnknownReplica: (way, name) => this.data.onUnknownReplica(way, name),
        onComparedReplica: (name) => this.data.onComparedReplica(name),
        onStateHeard: () => this.data.states.states.open(),
      },
    });
    this.members.take(this.stack);
    this.data.open();
  }

  topic(tag: string, options: Parameters<DataFaces["topics"]["book"]["open"]>[1]): NodeTopic {
    return this.data.topics.book.open(tag, options);
  }

  private parts(options: StackOptions) {
    const { host } = this;
    const dice = Random.derive(host.simulator.seed, host.name, "order");
    return {
      name: host.name,
      host,
      slices: options,
      logger: silentLogger,
      enders: new Set<(error: Error) => void>(),
      hostCounts: () => ({}),
      stack: () => this.stack,
      members: () => this.members,
      somePeers: (count: number) => {
        const peers: PeerId[] = [];
        this.stack.hearsayPeers.sample(dice, count, peers);
        return peers.map(String);
      },
      die: (error: unknown) => {
        throw error;
      },
    };
  }

  private ports(): NodePorts {
    const { counters, host } = this;
    return {
      timers: mountNodeTimers(host),
      now: () => host.clockMs,
      wallClock: () => host.wallClockMs,
      step: (body) => host.step(body),
      afterStep: (body) => host.afterStep(body),
      checkRunning: () => {},
      count: (name, by) => counters.add(name, by),
      onDropped: () => counters.add("subscription.dropped"),
      onCallbackError: (_, error) => {
        throw error;
      },
    };
  }
}
