import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Address } from "../../src/core/address.ts";
import type { HearsayNode } from "../../src/node/api.ts";
import { AdvertisedMeta } from "../../src/node/stack/advertised-meta.ts";
import { startNode } from "../../src/node/start-node.ts";
import { serfCodec } from "../../src/peers/serf/serf.wire.ts";
import type { PushPullMessage, PushPullNode } from "../../src/peers/swim/swim.messages.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import { type MemoryNetwork, memoryNetwork } from "../../src/transport/memory/memory.ts";
import type { ByteStream, StreamListener } from "../../src/transport/transport.ts";

/** Bytes on the heap and in array buffers after a collection. */
export type BytesInUse = () => number;

const SETTLE_MAX_MS = 120_000;
const NAME_LENGTH = 12;
const PORT = 7946;
/** The first boot of each member; a start time in milliseconds is what a real one has. */
const FIRST_BOOT = 1_700_000_000_000;

/** Makes `gc` callable although the process was started without `--expose-gc`. */
export function bytesInUse(): BytesInUse {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  return () => {
    for (let round = 0; round < 4; round += 1) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
}

/** A node that stays as it is once the news of its members has gone out. */
export interface CrowdedNode {
  readonly node: HearsayNode;
  readonly bytesPerMember: number;
  stop(): Promise<void>;
}

/**
 * What one more member costs a whole running node of ours (SWIM, Serf, Hearsay's own lists): it
 * learns of `membersCount` members with names of 12 characters and one tag by one join, has passed
 * that news on, and knows all of them. Probing is off, for nobody would answer.
 */
export async function crowdedNode(
  membersCount: number,
  inUse: BytesInUse,
  wire: "serf" | "memberlist" = "serf",
): Promise<CrowdedNode> {
  const network = memoryNetwork();
  const node = await startNode({
    name: "us",
    bind: "127.0.0.1:0",
    transport: network,
    wire,
    // The news of ten thousand members leaves within seconds; how fast is not measured here.
    swim: { probeIntervalMs: 0, pushPullIntervalMs: 0, gossipIntervalMs: 10, gossipNodesCount: 64 },
  });
  const crowd = await Crowd.open(network, membersCount, wire);
  const before = inUse();
  await node.join(`127.0.0.1:${crowd.port}`);
  await crowd.close();
  await settled(node);
  const bytesPerMember = (inUse() - before) / membersCount;
  if (node.members.size !== membersCount + 1) throw new Error("not all members came in");
  return { node, bytesPerMember, stop: () => node.stop() };
}

/** Waits until no packet has left for a while: all queues are empty. */
async function settled(node: HearsayNode): Promise<void> {
  let before = Number.NaN;
  for (let waitedMs = 0; waitedMs < SETTLE_MAX_MS; waitedMs += 200) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const sent = node.metrics()["swim.gossip.packets"] ?? 0;
    if (sent === before) return;
    before = sent;
  }
  throw new Error("the news of the members never came to its end");
}

/** Whoever answers a push/pull with a whole cluster that is not there. */
class Crowd {
  readonly port: number;
  private readonly close_: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.close_ = close;
  }

  static async open(
    network: MemoryNetwork,
    count: number,
    wire: "serf" | "memberlist",
  ): Promise<Crowd> {
    const codec = new StreamCodec({
      label: "",
      keyring: undefined,
      verifyIncoming: true,
      verifyOutgoing: true,
      compression: "off",
    });
    const transport = network.create();
    const address: Address = { host: "127.0.0.1", port: 0 };
    const bound = await transport.bind(address, {
      onPacket: () => {},
      onStream: (stream) => answering(stream, codec, () => stateOf(count, wire)),
      onTransportError: () => {},
    });
    return new Crowd(bound.port, () => transport.close());
  }

  close(): Promise<void> {
    return this.close_();
  }
}

function answering(
  stream: ByteStream,
  codec: StreamCodec,
  reply: () => PushPullMessage,
): StreamListener {
  const decoder = codec.decoder("acceptor");
  return {
    onBytes: (bytes) => {
      if (decoder.feed(bytes).kind !== "message") return;
      stream.write(codec.encodeReply(reply()));
      stream.end();
    },
    onClose: () => {},
  };
}

function stateOf(count: number, wire: "serf" | "memberlist"): PushPullMessage {
  const meta = new AdvertisedMeta(wire, serfCodec);
  const nodes: PushPullNode[] = [];
  const statusLTimes = new Map<string, number>();
  for (let at = 1; at <= count; at += 1) {
    const name = `member-${String(at).padStart(NAME_LENGTH - "member-".length, "0")}`;
    statusLTimes.set(name, at);
    nodes.push({
      name,
      addr: Uint8Array.of(10, at >> 16, (at >> 8) & 255, at & 255),
      port: PORT,
      meta: meta.encode(new Map([["role", "web"]]), FIRST_BOOT + at),
      incarnation: 1,
      state: 0,
      vsn: meta.vsn,
    });
  }
  const userState = wire === "serf" ? serfStateOf(statusLTimes) : new Uint8Array(0);
  return { kind: "pushPull", join: true, nodes, userState };
}

function serfStateOf(statusLTimes: ReadonlyMap<string, number>): Uint8Array {
  const clocks = { lTime: statusLTimes.size, eventLTime: 1, queryLTime: 1 };
  const lists = { leftMembers: [], events: [] };
  return serfCodec.encode({ kind: "pushPull", statusLTimes, ...clocks, ...lists });
}
