/** A few real nodes on loopback sockets or in memory, with timers fast enough for a test. */
import type { HearsayNode, Logger, NodeOptions, TransportFactory } from "../../src/index.ts";
import { startNode } from "../../src/index.ts";
import { eventually } from "../../src/testing/test-api.ts";

/** Detection within a second: what counts is the order of things, not how long they take. */
export const fastSwim = {
  probeIntervalMs: 100,
  probeTimeoutMs: 40,
  suspicionMultiplier: 2,
  suspicionMaxTimeoutMultiplier: 2,
  gossipIntervalMs: 20,
  streamTimeoutMs: 2_000,
} as const;
/** As fast in telling, but nobody is given up who stands still for a few seconds. */
export const calmSwim = {
  ...fastSwim,
  probeIntervalMs: 1_000,
  probeTimeoutMs: 500,
  suspicionMultiplier: 6,
} as const;
export const fastSerf = { leavePropagateDelayMs: 50, broadcastTimeoutMs: 2_000 } as const;

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
}

export class Cluster {
  readonly log: LogLine[] = [];
  private readonly nodes: HearsayNode[] = [];
  private readonly transport: TransportFactory | undefined;

  constructor(transport?: TransportFactory) {
    this.transport = transport;
  }

  async start(options: NodeOptions = {}): Promise<HearsayNode> {
    const line = (level: keyof Logger) => (message: string) => this.log.push({ level, message });
    const logger: Logger = {
      debug: line("debug"),
      info: line("info"),
      warn: line("warn"),
      error: line("error"),
    };
    const node = await startNode({
      bind: "127.0.0.1:0",
      swim: fastSwim,
      serf: options.wire === "memberlist" ? {} : fastSerf,
      logger,
      ...(this.transport && { transport: this.transport }),
      ...options,
    });
    this.nodes.push(node);
    return node;
  }

  /** `count` nodes named p1, p2 … that all know each other. */
  async form(count: number, options: NodeOptions = {}): Promise<readonly HearsayNode[]> {
    const nodes = [await this.start({ name: "p1", ...options })];
    const join = [nodes[0]?.address ?? ""];
    for (let at = 2; at <= count; at += 1) {
      nodes.push(await this.start({ name: `p${at}`, join, joinMin: 1, ...options }));
    }
    await Promise.all(nodes.map((node) => node.settled({ timeoutMs: 20_000, peersCount: count })));
    return nodes;
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.splice(0).map((node) => node.stop()));
  }
}

/** Fails with what it waited for, well before the test's own time is over. */
export function until(what: string, holds: () => boolean, limitMs = 20_000): Promise<void> {
  return eventually(holds, what, limitMs);
}
