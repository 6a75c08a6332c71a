import type { StoreAnswer, StoreMessage } from "../store.messages.ts";
import type { EtcdAccess } from "./etcd-access.ts";
import { callEtcd, failureOf } from "./etcd-calls.ts";
import { EtcdHosts } from "./etcd-hosts.ts";
import { EtcdWatch, type WatchAsked } from "./etcd-watch.ts";
import type { Etcd3Module } from "./load-etcd3.ts";

export interface EtcdClientWiring {
  readonly access: EtcdAccess;
  readonly callTimeoutMs: number;
  /** Answers and changes, each as a step of its own. */
  readonly tell: (message: StoreMessage) => void;
}

/** The store behind the orderer's messages: a cluster of etcd, by way of the package etcd3. */
export class EtcdClient {
  private readonly wiring: EtcdClientWiring;
  private readonly hosts: EtcdHosts;
  private readonly underWay = new Set<Promise<void>>();
  private watch: { readonly at: number; readonly watch: EtcdWatch } | undefined;
  private isClosed = false;

  constructor(module: Etcd3Module, wiring: EtcdClientWiring) {
    this.wiring = wiring;
    this.hosts = new EtcdHosts(module, wiring.access);
  }

  take(message: StoreMessage): void {
    if (this.isClosed) return;
    if (message.kind === "call") this.begin(message);
    else if (message.kind === "watch") this.beginWatch(message);
    else if (message.kind === "unwatch" && this.watch !== undefined) {
      // It is replaced because it was late, or because all ends.
      this.hosts.onFailure(this.watch.at);
      this.endWatch();
    }
  }

  /** What is under way, such as giving back a lease, may end; nothing is told any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.endWatch();
    await Promise.all(this.underWay);
    this.hosts.close();
  }

  private begin(message: Extract<StoreMessage, { kind: "call" }>): void {
    const done = this.call(message).finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }

  private async call({ call, request }: Extract<StoreMessage, { kind: "call" }>): Promise<void> {
    const { callTimeoutMs } = this.wiring;
    const { index } = this.hosts;
    let answer: StoreAnswer;
    try {
      answer = await callEtcd(this.hosts.client(index), request, callTimeoutMs);
    } catch (error) {
      answer = failureOf(error);
      const { reason } = answer;
      if (reason === "unknown" || reason === "unreachable") this.hosts.onFailure(index);
    }
    this.tell({ kind: "answer", call, answer });
  }

  private beginWatch(asked: WatchAsked): void {
    this.endWatch();
    const at = this.hosts.index;
    const { callTimeoutMs } = this.wiring;
    const watch = new EtcdWatch({
      client: this.hosts.client(at),
      asked,
      timeoutMs: callTimeoutMs,
      tell: (message) => {
        if (message.kind === "unwatched" && message.reason === "broken") this.hosts.onFailure(at);
        this.tell(message);
      },
    });
    this.watch = { at, watch };
  }

  private endWatch(): void {
    this.watch?.watch.close();
    this.watch = undefined;
  }

  private tell(message: StoreMessage): void {
    if (!this.isClosed) this.wiring.tell(message);
  }
}
