import type { Address } from "../../../src/core/address.ts";
import type { StreamEnv } from "../../../src/core/env.ts";
import type { StreamProtocol } from "../../../src/core/protocol.ts";
import type { Random } from "../../../src/core/random.ts";
import { compose } from "../../../src/node/compose.ts";
import { NodeCounters } from "../../../src/node/counters.ts";
import type { Stack } from "../../../src/node/stack/stack.ts";
import type { SwimMessage } from "../../../src/peers/swim/swim.messages.ts";
import { PacketCodec } from "../../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../../src/peers/swim/wire/stream.wire.ts";
import { Simulator } from "../../../src/sim/simulator.ts";
import { membersMaxCount, ownPort, quietListener, tightOptions } from "../attacked-node.ts";
import { codecOptions, doors } from "../doors.ts";
import { HostileFailure } from "../failure.ts";
import type { HostileInput } from "../mutation/mutator.ts";
import type { Target } from "./target.ts";

/** Inputs between two looks, while virtual time passes. */
const ROUND_COUNT = 10;
const ROUND_MS = 150;
/** Every forged member has been probed, suspected, found dead and forgotten by then. */
const QUIET_MS = 1_200_000;
const ATTACKER: Address = { host: "10.9.9.9", port: ownPort };
const codec = new PacketCodec(codecOptions(doors.open));
const streams = new StreamCodec({ ...codecOptions(doors.open), nodesMaxCount: membersMaxCount });

/**
 * Two good nodes in virtual time, and a stranger who attacks one of them: probes, suspicions and
 * gossip run as they would for half an hour. In the end a third node joins, and all see all.
 */
export function simulatedTarget(batch: number): Target {
  return new SimulatedTarget(batch);
}

class SimulatedTarget implements Target {
  private readonly simulator: Simulator;
  private readonly attacked: Stack;
  private readonly good: Stack;
  private readonly attacker: Attacker;
  private readonly pendingAtRest: number;
  private leastIncarnation = 1;
  private fedCount = 0;

  constructor(seed: number) {
    this.simulator = new Simulator({ seed });
    this.attacked = this.addNode("us", "10.0.0.1");
    this.good = this.addNode("good", "10.0.0.2");
    this.attacker = this.addAttacker();
    this.good.join({ host: "10.0.0.1", port: ownPort }, () => {});
    this.simulator.runForMs(3_000);
    this.pendingAtRest = this.simulator.pendingCount;
  }

  feed(input: HostileInput, _random: Random): void {
    this.fedCount += 1;
    this.throwAt({ host: "10.0.0.1", port: ownPort }, input);
    if (this.fedCount % ROUND_COUNT !== 0) return;
    this.simulator.runForMs(ROUND_MS);
    this.checkSelf();
  }

  finish(): void {
    this.simulator.runForMs(QUIET_MS);
    this.checkSelf();
    // Of three nodes' probes, gossip and push/pulls there are never more under way.
    const allowed = this.pendingAtRest * 2 + 10;
    if (this.simulator.pendingCount > allowed) {
      const detail = `${this.simulator.pendingCount} events pending, ${this.pendingAtRest} before`;
      throw new HostileFailure("leftover", detail);
    }
    const late = this.addNode("late", "10.0.0.20");
    late.join({ host: "10.0.0.1", port: ownPort }, () => {});
    const all = [this.attacked, this.good, late];
    const names = ["us", "good", "late"];
    const isWhole = (): boolean =>
      all.every((one) => names.every((name) => one.swim.members.get(name)?.status === "alive"));
    if (this.simulator.runUntil(isWhole, 60_000)) return;
    const seen = all.map((one) => names.map((name) => one.swim.members.get(name)?.status));
    throw new HostileFailure("service", `the good do not see each other: ${JSON.stringify(seen)}`);
  }

  close(): void {}

  private throwAt(to: Address, input: HostileInput): void {
    if (input.via === "packet") {
      const outcome = codec.decode(input.bytes);
      if ("message" in outcome) this.attacker.env.send(to, outcome.message);
      return;
    }
    const outcome = streams.decoder("acceptor").feed(input.bytes);
    if (outcome.kind === "message") this.attacker.env.exchange(to, outcome.message, 2_000);
  }

  private checkSelf(): void {
    for (const stack of [this.attacked, this.good]) {
      const { local, size } = stack.swim.members;
      if (local.status !== "alive")
        throw new HostileFailure("state", `${local.name} gave up itself`);
      if (size > membersMaxCount) throw new HostileFailure("bound", `${size} members`);
    }
    const { incarnation } = this.attacked.swim.members.local;
    if (incarnation < this.leastIncarnation) {
      throw new HostileFailure("state", `the own incarnation fell to ${incarnation}`);
    }
    this.leastIncarnation = incarnation;
  }

  private addNode(name: string, host: string): Stack {
    const built: Stack[] = [];
    const address = { host, port: ownPort };
    this.simulator.add(
      (node) => {
        const stack = compose(node, {
          name,
          addr: Uint8Array.from(host.split("."), Number),
          port: ownPort,
          tags: new Map([["who", name]]),
          boot: 1,
          wire: "serf",
          options: tightOptions,
          counters: new NodeCounters(),
          listener: quietListener(),
        });
        built.push(stack);
      },
      { name, address },
    );
    const [stack] = built;
    if (stack === undefined) throw new Error("the simulator built nothing");
    return stack;
  }

  private addAttacker(): Attacker {
    const made: Attacker[] = [];
    this.simulator.add(
      (node) => {
        made.push(
          node.mountStream("attacker", (env: StreamEnv<SwimMessage, never>) => new Attacker(env)),
        );
      },
      { name: "attacker", address: ATTACKER },
    );
    const [attacker] = made;
    if (attacker === undefined) throw new Error("the simulator built nothing");
    return attacker;
  }
}

/** Sends what it is told, and listens to nothing. */
class Attacker implements StreamProtocol<SwimMessage, never> {
  readonly env: StreamEnv<SwimMessage, never>;

  constructor(env: StreamEnv<SwimMessage, never>) {
    this.env = env;
  }

  start(): void {}
  stop(): void {}
  onMessage(): void {}
  onTimer(): void {}
  onExchange(): void {}

  onRequest(): undefined {
    return undefined;
  }
}
