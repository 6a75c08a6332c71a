/** Two ends of the info network's streams on loopback, and what each was told. */
import * as grpc from "@grpc/grpc-js";
import type { InfoRequest, InfoResponse } from "../../data/info-network/info-network.messages.ts";
import type {
  InfoStreamId,
  InfoStreamListener,
  StreamEnd,
} from "../../data/info-network/info-streams.contract.ts";
import { type GrpcOptions, grpcDefaults } from "./grpc.options.ts";
import { grpcSetup } from "./grpc-setup.ts";
import { GrpcStreams } from "./grpc-streams.ts";
import type { InfosTls } from "./info-network.api.ts";

export type Heard =
  | { readonly what: "accepted" | "writable"; readonly stream: InfoStreamId }
  | { readonly what: "request"; readonly stream: InfoStreamId; readonly message: InfoRequest }
  | { readonly what: "response"; readonly stream: InfoStreamId; readonly message: InfoResponse }
  | { readonly what: "end"; readonly stream: InfoStreamId; readonly why: StreamEnd };

const NEXT_MAX_MS = 20_000;

/** Keeps what it is told; `next` waits for the first of a kind that nobody has taken yet. */
export class Hearer implements InfoStreamListener {
  readonly heard: Heard[] = [];
  private readonly waiting: (() => void)[] = [];

  async next<What extends Heard["what"]>(what: What): Promise<Heard & { readonly what: What }> {
    for (;;) {
      const at = this.heard.findIndex((one) => one.what === what);
      const [found] = at < 0 ? [] : this.heard.splice(at, 1);
      if (found !== undefined) return found as Heard & { readonly what: What };
      await this.more(what);
    }
  }

  onAccepted(stream: InfoStreamId): void {
    this.hear({ what: "accepted", stream });
  }
  onRequest(stream: InfoStreamId, message: InfoRequest): void {
    this.hear({ what: "request", stream, message });
  }
  onResponse(stream: InfoStreamId, message: InfoResponse): void {
    this.hear({ what: "response", stream, message });
  }
  onWritable(stream: InfoStreamId): void {
    this.hear({ what: "writable", stream });
  }
  onEnd(stream: InfoStreamId, why: StreamEnd): void {
    this.hear({ what: "end", stream, why });
  }

  private more(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${what} in ${NEXT_MAX_MS} ms`)),
        NEXT_MAX_MS,
      );
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private hear(one: Heard): void {
    this.heard.push(one);
    for (const wake of this.waiting.splice(0)) wake();
  }
}

export interface RigEnd {
  readonly streams: GrpcStreams;
  readonly hearer: Hearer;
  readonly address: string;
  readonly counted: Map<string, number>;
}

export interface RigWish {
  readonly options?: Partial<GrpcOptions>;
  readonly packageName?: string;
  readonly tls?: InfosTls;
}

export async function rigEnd({ options, packageName, tls }: RigWish = {}): Promise<RigEnd> {
  const numbers = { ...grpcDefaults, ...options };
  const setup = grpcSetup(grpc, numbers, { packageName: packageName ?? "cockroach.gossip", tls });
  const streams = new GrpcStreams(setup);
  const hearer = new Hearer();
  const counted = new Map<string, number>();
  streams.serve({
    listener: hearer,
    inStep: (body) => body(),
    count: (name, by = 1) => counted.set(name, (counted.get(name) ?? 0) + by),
  });
  const { host, port } = await streams.listen({ host: "127.0.0.1", port: 0 });
  return { streams, hearer, address: `${host}:${port}`, counted };
}

const nowhere = { network: "", address: "" };

export function aRequest(nodeId: number, bytesCount = 0): InfoRequest {
  const delta = deltaOf(nodeId, bytesCount);
  const clusterId = new Uint8Array(0);
  return { nodeId, address: nowhere, highWaterStamps: new Map([[1, 5n]]), delta, clusterId };
}

export function aResponse(nodeId: number, bytesCount = 0): InfoResponse {
  const delta = deltaOf(nodeId, bytesCount);
  return { nodeId, address: nowhere, highWaterStamps: new Map(), delta };
}

function deltaOf(nodeId: number, bytesCount: number): InfoRequest["delta"] {
  if (bytesCount === 0) return new Map();
  const rawBytes = new Uint8Array(bytesCount);
  const stamps = { wallTime: 1n, origStamp: 1n, ttlStamp: 9n };
  return new Map([["k", { rawBytes, ...stamps, hops: 0, nodeId, peerId: 0 }]]);
}
