import type { ChannelOptions } from "@grpc/grpc-js";
import type { Etcd3, IOptions } from "etcd3";
import type { EtcdAccess } from "./etcd-access.ts";
import type { Etcd3Module } from "./load-etcd3.ts";

type Policy = NonNullable<NonNullable<IOptions["faultHandling"]>["global"]>;

const grpcDefaults: ChannelOptions = {
  // A page of the log may be larger than the 4 MiB that are usual.
  "grpc.max_receive_message_length": -1,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
};

/** Of the client's own retries and circuit breakers: none. What to do next is the machine's. */
class Once implements Policy {
  declare readonly _altReturn: never;

  onSuccess() {
    return NOTHING;
  }

  onFailure() {
    return NOTHING;
  }

  async execute<Result>(
    call: (context: { readonly signal: AbortSignal }) => PromiseLike<Result> | Result,
    signal = NEVER.signal,
  ): Promise<Result> {
    return call({ signal });
  }
}

const NEVER = new AbortController();
const NOTHING = { dispose: () => {} };

/** A client for each member of the cluster; one is used until it fails, then the next. */
export class EtcdHosts {
  readonly count: number;
  private readonly clients: readonly Etcd3[];
  private current: number;

  constructor({ Etcd3 }: Etcd3Module, access: EtcdAccess) {
    const { auth, credentials, grpcOptions, hosts } = access;
    this.count = hosts.length;
    this.clients = hosts.map(
      (host) =>
        new Etcd3({
          hosts: [host],
          grpcOptions: { ...grpcDefaults, ...grpcOptions },
          faultHandling: { host: () => new Once(), global: new Once() },
          ...(credentials === undefined ? {} : { credentials }),
          ...(auth === undefined ? {} : { auth: { ...auth } }),
        }),
    );
    // Nodes should not all use the first.
    this.current = Math.floor(Math.random() * hosts.length);
  }

  get index(): number {
    return this.current;
  }

  client(index = this.current): Etcd3 {
    const client = this.clients[index];
    if (client === undefined) throw new RangeError(`there is no host ${index}`);
    return client;
  }

  /** What used that one should use another from now on. */
  onFailure(index: number): void {
    if (index === this.current) this.current = (this.current + 1) % this.count;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }
}
