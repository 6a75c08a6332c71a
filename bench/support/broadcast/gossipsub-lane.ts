import { once } from "node:events";
import { loadPeer } from "../../peers/load.ts";
import type { Lane, LaneSetting } from "./lane.ts";

interface PubSub {
  subscribe(topic: string): void;
  publish(topic: string, payload: Uint8Array): Promise<unknown>;
  getSubscribers(topic: string): readonly unknown[];
  addEventListener(
    event: "message",
    listener: (event: { readonly detail: { readonly data: Uint8Array } }) => void,
  ): void;
}

interface Libp2pNode {
  readonly services: { readonly pubsub: PubSub };
  getMultiaddrs(): readonly { toString(): string }[];
  dial(address: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

type Part = (...options: unknown[]) => unknown;

const TOPIC = "bench";
const LOOK_EVERY_MS = 50;

/** libp2p's gossipsub, messages unsigned, for ours are not signed either. */
export async function gossipsubLane({ contact, role }: LaneSetting): Promise<Lane> {
  offerWithResolvers();
  const node = await startLibp2p();
  const { pubsub } = node.services;
  pubsub.subscribe(TOPIC);
  if (contact !== "") {
    const { multiaddr } = await loadPeer<{ readonly multiaddr: (text: string) => unknown }>(
      "@multiformats/multiaddr",
    );
    await node.dial(multiaddr(contact));
  }
  const [own] = node.getMultiaddrs();
  return {
    address: String(own),
    async ready(othersCount) {
      const wanted = role === "publisher" ? othersCount : 1;
      while (pubsub.getSubscribers(TOPIC).length < wanted) await pause(LOOK_EVERY_MS);
      // The mesh is made by the heartbeat, once a second.
      await pause(2_500);
    },
    async onMessage(listener) {
      pubsub.addEventListener("message", ({ detail }) => listener(detail.data));
    },
    publish: (payload) => pubsub.publish(TOPIC, payload),
    close: () => node.stop(),
  };
}

async function startLibp2p(): Promise<Libp2pNode> {
  const { createLibp2p } = await loadPeer<{
    readonly createLibp2p: (options: object) => Promise<Libp2pNode>;
  }>("libp2p");
  const part = async (name: string, member: string): Promise<Part> =>
    (await loadPeer<Readonly<Record<string, Part>>>(name))[member] as Part;
  const [tcp, noise, yamux, identify, gossipsub] = await Promise.all([
    part("@libp2p/tcp", "tcp"),
    part("@libp2p/noise", "noise"),
    part("@libp2p/yamux", "yamux"),
    part("@libp2p/identify", "identify"),
    part("@libp2p/gossipsub", "gossipsub"),
  ]);
  return createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // Its monitor ends connections that are busy with a flood, and nobody dials them again.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      pubsub: gossipsub({ globalSignaturePolicy: "StrictNoSign", emitSelf: false }),
    },
  });
}

/** libp2p 3 calls it; Node has it from 22 on. */
function offerWithResolvers(): void {
  if ("withResolvers" in Promise) return;
  Object.defineProperty(Promise, "withResolvers", {
    value: () => {
      let resolve: unknown;
      let reject: unknown;
      const promise = new Promise((yes, no) => {
        resolve = yes;
        reject = no;
      });
      return { promise, resolve, reject };
    },
  });
}

function pause(ms: number): Promise<unknown> {
  return once(AbortSignal.timeout(ms), "abort");
}
