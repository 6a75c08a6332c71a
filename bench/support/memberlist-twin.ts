/**
 * Our side of the membership bench: a process with nodes in it that speaks the protocol of the
 * driver of memberlist (test/interop/memberlist-driver), so that one course drives both.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type HearsayNode, startNode } from "../../src/index.ts";
import { MeteredNetwork } from "./memberlist-meter.ts";

interface Request {
  readonly id: number;
  readonly do: string;
  readonly name: string;
  readonly profile: "lan" | "local" | "still";
  readonly wire?: "serf" | "memberlist";
  readonly count: number;
  readonly index: number;
  /** Base64. */
  readonly payload: string;
  readonly timeoutMs: number;
}

/** A node that forgets at once what it has to gossip and then does nothing: see the driver. */
const STILL = {
  probeIntervalMs: 0,
  pushPullIntervalMs: 0,
  retransmitMultiplier: 1,
  gossipNodesCount: 50,
  gossipIntervalMs: 5,
} as const;

const TOPIC = "bench";
const JOIN_TRIES_MAX = 20;
const JOIN_PAUSE_MS = 200;

interface Running {
  readonly node: HearsayNode;
  /** Living members that it knows of, itself included. */
  livingCount: number;
  onChange: () => void;
  onNews: (payload: string) => void;
  readonly publish: (payload: string) => void;
}

/** Notes when each of a number of nodes has got somewhere. */
class Mark {
  private readonly begun = performance.now();
  private readonly times: number[] = [];
  private readonly count: number;
  private tellAll: () => void = () => {};

  constructor(count: number) {
    this.count = count;
  }

  /** To be called by each node; only its first call counts. */
  once(): () => void {
    let isReached = false;
    return () => {
      if (isReached) return;
      isReached = true;
      this.times.push(performance.now() - this.begun);
      if (this.times.length === this.count) this.tellAll();
    };
  }

  async wait(timeoutMs: number): Promise<object> {
    if (this.times.length < this.count) {
      const patience = new AbortController();
      const all = new Promise<void>((resolve) => {
        this.tellAll = resolve;
      });
      const late = sleep(timeoutMs, undefined, { signal: patience.signal }).catch(() => {});
      await Promise.race([all, late]);
      patience.abort();
    }
    const [firstMs] = this.times;
    const allMs = this.times[this.count - 1];
    return { firstMs, allMs, reached: this.times.length };
  }
}

class Twin {
  private running: Running[] = [];
  private readonly network = new MeteredNetwork();

  perform(request: Request): unknown {
    switch (request.do) {
      case "start":
        return this.start(request.name, request).then(({ node }) => node.address);
      case "cluster":
        return this.cluster(request);
      case "joinAll":
        return this.joinAll(request);
      case "spread":
        return this.spread(request);
      case "fell":
        return this.fell(request);
      case "counts":
        return this.counts();
      case "living":
        return this.running.map(({ livingCount }) => livingCount);
      case "heap":
        return heapBytes();
      case "clear":
        return this.clear();
      default:
        throw new Error(`no verb ${request.do}`);
    }
  }

  private async start(name: string, { profile, wire }: Request): Promise<Running> {
    const node = await startNode({
      name,
      bind: "127.0.0.1:0",
      wire: wire ?? "memberlist",
      profile: profile === "still" ? "lan" : profile,
      transport: this.network,
      ...(profile === "still" ? { swim: STILL } : {}),
    });
    const topic = node.topic<string, typeof TOPIC>(TOPIC);
    const running: Running = {
      node,
      livingCount: 1,
      onChange: () => {},
      onNews: () => {},
      publish: (payload) => void topic.publish(payload),
    };
    topic.subscribe(({ value }) => running.onNews(value));
    node.members.on(({ kind }) => {
      if (kind === "join") running.livingCount += 1;
      else if (kind === "fail" || kind === "leave") running.livingCount -= 1;
      else return;
      running.onChange();
    });
    this.running.push(running);
    return running;
  }

  private async cluster(request: Request): Promise<object> {
    for (let at = 0; at < request.count; at += 1) {
      await this.start(`${request.name}-${String(at).padStart(3, "0")}`, request);
    }
    return {};
  }

  private async joinAll({ timeoutMs }: Request): Promise<object> {
    const all = this.markLiving(this.running, this.running.length);
    const [seed, ...others] = this.running;
    for (const { node } of others) void joinUntilIn(node, seed?.node.address ?? "");
    return await all.wait(timeoutMs);
  }

  private async spread({ index, payload, timeoutMs }: Request): Promise<object> {
    const mark = new Mark(this.running.length - 1);
    for (const [at, running] of this.running.entries()) {
      const reached = mark.once();
      running.onNews = (heard) => {
        if (heard === payload && at !== index) reached();
      };
    }
    this.running[index]?.publish(payload);
    return await mark.wait(timeoutMs);
  }

  private async fell({ index, timeoutMs }: Request): Promise<object> {
    const [victim] = this.running.splice(index, 1);
    const mark = this.markLiving(this.running, this.running.length);
    await victim?.node.stop();
    return await mark.wait(timeoutMs);
  }

  private markLiving(nodes: readonly Running[], livingCount: number): Mark {
    const mark = new Mark(nodes.length);
    for (const running of nodes) {
      const reached = mark.once();
      running.onChange = () => {
        if (running.livingCount === livingCount) reached();
      };
      running.onChange();
    }
    return mark;
  }

  private counts(): Record<string, number> {
    const { user, system } = process.cpuUsage();
    const counts: Record<string, number> = { cpuMicros: user + system, ...this.network.counts };
    for (const { node } of this.running) {
      for (const [name, count] of Object.entries(node.metrics())) {
        counts[name] = (counts[name] ?? 0) + count;
      }
    }
    return counts;
  }

  private async clear(): Promise<object> {
    await Promise.all(this.running.splice(0).map(({ node }) => node.stop()));
    return {};
  }
}

function heapBytes(): number {
  for (let round = 0; round < 3; round += 1) global.gc?.();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A seed that all join at once may be too slow for one of them. */
async function joinUntilIn(node: HearsayNode, seed: string): Promise<void> {
  for (let tries = 0; tries < JOIN_TRIES_MAX; tries += 1) {
    try {
      await node.join(seed);
      return;
    } catch {
      await sleep(JOIN_PAUSE_MS);
    }
  }
}

function isRequest(value: unknown): value is Request {
  return typeof value === "object" && value !== null && "id" in value && "do" in value;
}

const twin = new Twin();
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const request: unknown = JSON.parse(line);
    if (!isRequest(request)) throw new Error(`not a request: ${line}`);
    const answer = (reply: object): void => {
      process.stdout.write(`${JSON.stringify({ id: request.id, ...reply })}\n`);
    };
    Promise.resolve()
      .then(() => twin.perform(request))
      .then(
        (ok) => answer({ ok }),
        (error: unknown) => answer({ error: String(error) }),
      );
  })
  .on("close", () => process.exit(0));
