import type { MemberStatus } from "../../agent/admin.messages.ts";
import { type Order, type Report, sharedNow } from "./demo.messages.ts";
import type { DemoProcess, ProcessListener, SpawnProcess } from "./demo-process.ts";

/** What goes wrong in a fake cluster. */
export interface FakeTrouble {
  /** These never join, never hear the rumour, never notice the death. */
  readonly silent?: readonly string[];
  /** These end by themselves at once. */
  readonly crashing?: readonly string[];
}

/** Processes of the demonstration that only pretend, for tests; each step takes a few turns. */
export class FakeProcesses {
  readonly running = new Map<string, DemoProcess>();
  readonly orders: { readonly name: string; readonly order: Order }[] = [];
  private readonly trouble: FakeTrouble;
  private readonly listeners = new Map<string, ProcessListener>();
  private readonly statuses: Record<string, MemberStatus> = {};

  constructor(trouble: FakeTrouble = {}) {
    this.trouble = trouble;
  }

  readonly spawn: SpawnProcess = (setup, listener) => {
    const { name } = setup;
    const child: DemoProcess = {
      name,
      pid: 1_000 + this.running.size,
      order: (order) => this.obey(name, order),
      kill: () => this.die(name),
      end: async () => void this.running.delete(name),
    };
    this.running.set(name, child);
    this.listeners.set(name, listener);
    setImmediate(() => this.begin(name));
    return child;
  };

  private begin(name: string): void {
    if (this.trouble.crashing?.includes(name)) {
      this.running.delete(name);
      this.listeners.get(name)?.onExit(name, "no such module");
      return;
    }
    this.statuses[name] = "alive";
    this.report(name, { kind: "listening", address: `127.0.0.1:${name.slice(1)}` });
    this.report(name, { kind: "statuses", at: sharedNow(), statuses: { [name]: "alive" } });
  }

  private obey(name: string, order: Order): void {
    this.orders.push({ name, order });
    setImmediate(() => {
      if (order.kind === "join") this.reportStatuses();
      if (order.kind !== "publish") return;
      this.report(name, { kind: "published", at: sharedNow() });
      for (const other of this.running.keys()) {
        this.report(other, { kind: "arrived", at: sharedNow(), text: order.text });
      }
    });
  }

  private die(name: string): void {
    this.running.delete(name);
    this.listeners.get(name)?.onExit(name, "");
    for (const status of ["suspect", "failed"] as const) {
      setImmediate(() => {
        this.statuses[name] = status;
        this.reportStatuses();
      });
    }
  }

  private reportStatuses(): void {
    for (const name of this.running.keys()) {
      this.report(name, { kind: "statuses", at: sharedNow(), statuses: { ...this.statuses } });
    }
  }

  private report(name: string, report: Report): void {
    const isSilent = report.kind !== "listening" && this.trouble.silent?.includes(name);
    if (!isSilent) this.listeners.get(name)?.onReport(name, report);
  }
}
