/** Stores joined by streams whose messages, clocks and timers are moved by hand. */
import type { Env, TimerId } from "../../core/env.ts";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { IncomingStreams } from "./incoming-streams.ts";
import type { InfoNetworkTimer } from "./info-network.contract.ts";
import type { InfoMap, InfoRequest, InfoResponse } from "./info-network.messages.ts";
import { type InfoNetworkOptions, infoNetworkDefaults } from "./info-network.options.ts";
import type { InfoStreamId, InfoStreams, StreamEnd } from "./info-streams.contract.ts";
import { OutgoingStreams } from "./outgoing-streams.ts";
import { sealPayload } from "./raw-bytes.ts";
import { StampClock } from "./stamp-clock.ts";
import { StampStore } from "./stamp-store.ts";
import type { InfoSelf, StreamContext } from "./stream-side.ts";

/** What a node's timers wait for; a test lets them go off. */
class RigEnv implements Env<never, InfoNetworkTimer> {
  readonly self = peerId("rig");
  readonly random: Random;
  nowMs = 0;
  timers: InfoNetworkTimer[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  now(): number {
    return this.nowMs;
  }

  wallClock(): number {
    return this.nowMs;
  }

  send(): void {}

  setTimer(timer: InfoNetworkTimer): TimerId {
    this.timers.push(timer);
    return this.timers.length as TimerId;
  }

  clearTimer(): void {}
}

/** A store, its streams, and what it counted. */
export class RigNode {
  wall = 0n;
  readonly env: RigEnv;
  readonly store: StampStore;
  readonly self: InfoSelf;
  readonly incoming: IncomingStreams;
  readonly outgoing: OutgoingStreams;
  readonly options: InfoNetworkOptions;
  readonly counts = new Map<string, number>();
  /** Keys that a plain watcher would hear of, and those only one for redundant ones too. */
  readonly changed: string[] = [];
  readonly redundant: string[] = [];
  readonly forwards: string[] = [];
  /** Own stamps that others were found to hold. */
  readonly ownStamps: bigint[] = [];
  isWritable = true;

  constructor(rig: StreamRig, nodeId: number, options: Partial<InfoNetworkOptions>) {
    this.options = { ...infoNetworkDefaults, ...options };
    this.env = new RigEnv(nodeId);
    const address = { network: "tcp", address: addressOf(nodeId) };
    this.self = { nodeId, clusterId: new Uint8Array(0), address, own: "told", startedAt: 0n };
    const counters = {
      add: (name: string, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
    };
    this.store = new StampStore(
      {
        counters,
        clock: new StampClock(() => this.wall),
        nodeId: () => this.self.nodeId,
        listener: {
          onStored: ({ key }, kind) => {
            (kind === "changed" ? this.changed : this.redundant).push(key);
            this.incoming.onNews();
            this.outgoing.onNews();
          },
          onExpired: () => {},
        },
      },
      this.options,
    );
    const context: StreamContext = {
      counters,
      env: this.env,
      options: this.options,
      self: this.self,
      store: this.store,
      streams: rig.streamsOf(this),
      onOwnStamp: (stamp) => this.ownStamps.push(stamp),
      onRegained: () => this.tellOwn(),
    };
    this.incoming = new IncomingStreams(context);
    this.outgoing = new OutgoingStreams(context, (_stream, forward) => {
      if (forward !== undefined) this.forwards.push(forward);
    });
  }

  get name(): string {
    return `n${this.self.nodeId}`;
  }

  /** Writes at this time of the node's clock. @param ttl in stamps; 0: for ever */
  write(key: string, text: string, { at, ttl = 0n }: { at?: bigint; ttl?: bigint } = {}): void {
    if (at !== undefined) this.wall = at;
    const raw = sealPayload(key, encodeUtf8(text));
    this.store.addInfo(key, this.store.newInfo(raw, ttl));
  }

  /** It has regained what it wrote, or has waited long enough. */
  tellOwn(): void {
    this.self.own = "told";
    this.incoming.onNews();
    this.outgoing.onNews();
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  dial(to: RigNode): InfoStreamId | undefined {
    return this.outgoing.dial(to.self.address.address, { cause: "tighten", forwardsCount: 0 });
  }

  /** Whether it still knows the stream that it opened. */
  has(id: InfoStreamId | undefined): boolean {
    return id !== undefined && this.outgoing.find(id) !== undefined;
  }

  /** Lets the send timers go off that are set now. @returns whether there were any */
  fireSends(): boolean {
    const sends = this.env.timers.filter(({ kind }) => kind === "send");
    this.env.timers = this.env.timers.filter(({ kind }) => kind !== "send");
    for (const timer of sends) {
      if (!("stream" in timer)) continue;
      this.outgoing.find(timer.stream)?.onSendTimer();
      this.incoming.find(timer.stream)?.onSendTimer();
    }
    return sends.length > 0;
  }
}

interface Delivery {
  readonly line: string;
  readonly run: () => void;
}

/** One stream: who opened it, and who accepted; each queue is in order. */
interface Pipe {
  readonly opener: RigNode;
  readonly accepter: RigNode;
  readonly openerId: InfoStreamId;
  readonly accepterId: InfoStreamId;
  isOpen: boolean;
  readonly toAccepter: Delivery[];
  readonly toOpener: Delivery[];
}

const addressOf = (nodeId: number) => `10.0.0.${nodeId}:26257`;

export class StreamRig {
  readonly nodes: RigNode[] = [];
  readonly pipes: Pipe[] = [];
  /** What was delivered. */
  readonly lines: string[] = [];
  private nextId = 1;

  add(nodeId: number, options: Partial<InfoNetworkOptions> = {}): RigNode {
    const node = new RigNode(this, nodeId, options);
    this.nodes.push(node);
    return node;
  }

  /** Delivers all there is, with what it leads to, but lets no timer go off. */
  deliver(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const pipe of this.pipes) {
        for (const queue of [pipe.toAccepter, pipe.toOpener]) {
          if (queue.length > 0) isBusy = true;
          this.deliverOne(queue);
        }
      }
    }
  }

  deliverOne(queue: Delivery[]): void {
    const next = queue.shift();
    if (next === undefined) return;
    if (next.line !== "") this.lines.push(next.line);
    next.run();
  }

  /** Until nothing moves any more. */
  settle(): void {
    do this.deliver();
    while (this.nodes.map((node) => node.fireSends()).includes(true));
  }

  /** The connection breaks: what is on its way is lost, and both ends hear of it. */
  break(pipe: Pipe): void {
    if (!pipe.isOpen) return;
    pipe.isOpen = false;
    pipe.toAccepter.length = 0;
    pipe.toOpener.length = 0;
    pipe.opener.outgoing.forget(pipe.openerId);
    pipe.accepter.incoming.forget(pipe.accepterId);
  }

  streamsOf(node: RigNode): InfoStreams {
    return {
      dial: (address) => this.open(node, address),
      request: (id, request) => this.request(node, id, request),
      respond: (id, response) => this.respond(node, id, response),
      isWritable: () => node.isWritable,
      end: (id, why) => this.end(node, id, why),
    };
  }

  private open(opener: RigNode, address: string): InfoStreamId {
    const openerId = this.nextId as InfoStreamId;
    const accepterId = (this.nextId + 1) as InfoStreamId;
    this.nextId += 2;
    const accepter = this.nodes.find(({ self }) => self.address.address === address);
    if (accepter === undefined) return openerId;
    const queues = { toAccepter: [], toOpener: [] };
    const pipe = { opener, accepter, openerId, accepterId, isOpen: true, ...queues };
    this.pipes.push(pipe);
    this.put(pipe, "toAccepter", "", () => accepter.incoming.onAccepted(accepterId));
    return openerId;
  }

  private request(node: RigNode, id: InfoStreamId, request: InfoRequest): void {
    const pipe = this.find(id);
    if (pipe === undefined) return;
    const { accepter, accepterId } = pipe;
    const line = `${node.name} → ${accepter.name}  ${textOf(request)}`;
    this.put(pipe, "toAccepter", line, () => accepter.incoming.onRequest(accepterId, request));
  }

  private respond(node: RigNode, id: InfoStreamId, response: InfoResponse): void {
    const pipe = this.find(id);
    if (pipe === undefined) return;
    const { opener, openerId } = pipe;
    const line = `${node.name} → ${opener.name}  ${textOf(response)}`;
    const neighbours = {
      isIncoming: (nodeId: number) => opener.incoming.seats.has(nodeId),
      isOutgoing: (nodeId: number) => opener.outgoing.seats.has(nodeId),
    };
    this.put(pipe, "toOpener", line, () =>
      opener.outgoing.onResponse(openerId, response, neighbours),
    );
  }

  private end(node: RigNode, id: InfoStreamId, why: StreamEnd): void {
    const pipe = this.find(id);
    if (pipe === undefined) return;
    const isOpener = id === pipe.openerId;
    const line = `${node.name} ends its stream: ${why}`;
    this.put(pipe, isOpener ? "toAccepter" : "toOpener", line, () => {
      pipe.isOpen = false;
      pipe.opener.outgoing.forget(pipe.openerId);
      pipe.accepter.incoming.forget(pipe.accepterId);
    });
  }

  private find(id: InfoStreamId): Pipe | undefined {
    return this.pipes.find(
      ({ accepterId, isOpen, openerId }) => isOpen && (openerId === id || accepterId === id),
    );
  }

  private put(pipe: Pipe, queue: "toAccepter" | "toOpener", line: string, run: () => void): void {
    pipe[queue].push({ line, run: () => pipe.isOpen && run() });
  }
}

function textOf({ delta, highWaterStamps, ...rest }: InfoRequest | InfoResponse): string {
  const parts = [infosText(delta), stampsText(highWaterStamps)].filter((part) => part !== "");
  if ("alternate" in rest) parts.push(`go to n${rest.alternate?.nodeId}`);
  return parts.length > 0 ? parts.join(" ") : "nothing";
}

function infosText(delta: InfoMap): string {
  return delta.size === 0 ? "" : `delta{${[...delta.keys()].sort().join(", ")}}`;
}

function stampsText(stamps: ReadonlyMap<number, bigint>): string {
  const texts = [...stamps].sort(([a], [b]) => a - b).map(([id, stamp]) => `${id}:${stamp}`);
  return texts.length === 0 ? "" : `hw{${texts.join(", ")}}`;
}
