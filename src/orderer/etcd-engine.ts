import { Counters } from "../core/metrics.ts";
import { peerId } from "../core/peer.ts";
import type {
  MountedOrderer,
  OrdererEngine,
  OrdererPorts,
} from "../node/orderer/orderer.contract.ts";
import { type EtcdOptions, etcdOptions } from "./etcd.options.ts";
import type { EtcdChoice } from "./etcd.ts";
import { EtcdOrderer } from "./etcd-orderer.ts";
import { EtcdClient } from "./etcd3/etcd-client.ts";
import type { Etcd3Module } from "./etcd3/load-etcd3.ts";
import type { StoreMessage, StoreTimer } from "./store.messages.ts";

const STORE = peerId("etcd");
/** Between two lines about the same trouble. [because: a cluster may be away for hours] */
const TROUBLE_INTERVAL_MS = 10_000;

/** An order in etcd, as `etcd({ … })` asks for it. */
export class EtcdEngine implements OrdererEngine {
  private readonly module: Etcd3Module;
  private readonly choice: EtcdChoice & { readonly namespace: string };
  private readonly options: EtcdOptions;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(module: Etcd3Module, choice: EtcdChoice & { readonly namespace: string }) {
    this.module = module;
    this.choice = choice;
    this.options = etcdOptions(choice.options);
  }

  mount(ports: OrdererPorts): MountedOrderer {
    return new EtcdOnNode(this.module, ports, { choice: this.choice, options: this.options });
  }
}

/** What an engine needs of the node it is on. */
export type EtcdPorts = Pick<OrdererPorts, "die" | "host" | "logger" | "now">;

interface EtcdSetup {
  readonly choice: EtcdChoice & { readonly namespace: string };
  readonly options: EtcdOptions;
}

/** One node's part in it. */
export class EtcdOnNode implements MountedOrderer {
  readonly orderer: EtcdOrderer;
  readonly keepsState = "engine";
  readonly learners = "anyone";
  private readonly ports: EtcdPorts;
  private readonly hosts: string;
  private readonly client: EtcdClient;
  private readonly counters = new Counters();
  private troubleAtMs = Number.NEGATIVE_INFINITY;

  constructor(module: Etcd3Module, ports: EtcdPorts, { choice, options }: EtcdSetup) {
    this.ports = ports;
    this.hosts = choice.hosts.join(", ");
    const { counters } = this;
    this.client = new EtcdClient(module, {
      access: choice,
      callTimeoutMs: options.callTimeoutMs,
      tell: (message) => this.tell(message),
    });
    const wiring = {
      store: STORE,
      namespace: choice.namespace,
      voters: choice.voters.map((name) => peerId(name)),
      counters,
      onTrouble: (what: string) => this.onTrouble(what),
    };
    this.orderer = ports.host.mount<StoreMessage, StoreTimer, typeof STORE, EtcdOrderer>(
      "etcd",
      (_store, message) => this.client.take(message),
      (env) => new EtcdOrderer(env, wiring, options),
    );
    counters.gauge("etcd.isLeader", () => (this.orderer.status.isLeader ? 1 : 0));
    counters.gauge("etcd.term", () => this.orderer.status.term);
    counters.gauge("etcd.position", () => this.orderer.position);
  }

  start(): void {
    this.orderer.start();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.counters.snapshot();
  }

  stop(): void {
    this.orderer.stop();
  }

  closed(): Promise<void> {
    return this.client.close();
  }

  private tell(message: StoreMessage): void {
    try {
      this.ports.host.step(() => this.orderer.onMessage(STORE, message));
    } catch (error) {
      this.ports.die(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private onTrouble(what: string): void {
    const nowMs = this.ports.now();
    if (nowMs < this.troubleAtMs + TROUBLE_INTERVAL_MS) return;
    this.troubleAtMs = nowMs;
    this.ports.logger.warn(`the order in etcd (${this.hosts}): ${what}`);
  }
}
