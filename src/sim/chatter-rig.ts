import type { Address } from "../core/address.ts";
import type { ExchangeId, StreamEnv } from "../core/env.ts";
import type { ExchangeOutcome, StreamProtocol } from "../core/protocol.ts";
import type { SimNode } from "./sim-node.ts";
import { Simulator } from "./simulator.ts";

export type Chat = { readonly kind: "hello" | "echo"; readonly text: string };
export type Tick = { readonly kind: "tick"; readonly round: number };

/** Says hello to a fixed peer every 100 ms, echoes what it hears, and writes everything down. */
export class Chatter implements StreamProtocol<Chat, Tick> {
  readonly heard: string[] = [];
  readonly outcomes: ExchangeOutcome<Chat>[] = [];
  readonly env: StreamEnv<Chat, Tick>;
  private readonly peer: Address;

  constructor(env: StreamEnv<Chat, Tick>, peer: Address) {
    this.env = env;
    this.peer = peer;
  }

  start(): void {
    this.env.setTimer({ kind: "tick", round: 1 }, this.env.random.below(100));
  }

  stop(): void {}

  onTimer(timer: Tick): void {
    this.env.send(this.peer, { kind: "hello", text: `${timer.round}` });
    this.env.setTimer({ kind: "tick", round: timer.round + 1 }, 100);
  }

  onMessage(from: Address, message: Chat): void {
    this.heard.push(`${Math.round(this.env.now())} ${from.host} ${message.kind} ${message.text}`);
    if (message.kind === "hello") this.env.send(from, { kind: "echo", text: message.text });
  }

  onExchange(_id: ExchangeId, outcome: ExchangeOutcome<Chat>): void {
    this.outcomes.push(outcome);
  }

  onRequest(_from: Address, request: Chat): Chat | undefined {
    return request.text === "hush" ? undefined : { kind: "echo", text: request.text };
  }
}

export function pair(options: ConstructorParameters<typeof Simulator>[0]): {
  simulator: Simulator;
  nodes: [SimNode, SimNode];
  chatters: [Chatter, Chatter];
} {
  const simulator = new Simulator(options);
  const chatters: Chatter[] = [];
  const hosts = ["10.0.0.1", "10.0.0.2"];
  const nodes = hosts.map((_, at) =>
    simulator.add((host) => {
      const peer = { host: hosts[1 - at] ?? "", port: 7946 };
      chatters[at] = host.mountStream<Chat, Tick, Chatter>("chat", (env) => new Chatter(env, peer));
      chatters[at]?.start();
    }),
  );
  return {
    simulator,
    nodes: nodes as [SimNode, SimNode],
    get chatters() {
      return chatters as [Chatter, Chatter];
    },
  };
}

export function exchange(world: ReturnType<typeof pair>, text: string, deadlineMs = 1_000): void {
  const { env } = world.chatters[0];
  world.nodes[0].step(() =>
    env.exchange(world.nodes[1].address, { kind: "hello", text }, deadlineMs),
  );
}
