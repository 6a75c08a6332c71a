import { Departures } from "../../node/host/departures.ts";
import type { NodeStore } from "../../node/node-store.ts";

/**
 * What the steps of a simulated node have sent, until what they have appended is durable: the twin
 * of what a real host does at the end of a step.
 */
export class SimOutbox {
  private readonly store: NodeStore;
  private readonly afterStep: (body: () => void) => void;
  private sends: (() => void)[] = [];
  /** What must not overtake anything. */
  private readonly departures = new Departures<() => void>((send) => send());
  private isArmed = false;

  constructor(store: NodeStore, afterStep: (body: () => void) => void) {
    this.store = store;
    this.afterStep = afterStep;
    store.onAppended = () => this.arm();
  }

  /** True while nobody keeps anything: then nothing ever waits. */
  get isOpen(): boolean {
    return !this.store.isUsed;
  }

  put(send: () => void): void {
    this.sends.push(send);
    this.arm();
  }

  /** As `put`, for what must leave in order; at once while nobody keeps anything. */
  putInOrder(send: () => void): void {
    if (this.isOpen) return send();
    this.departures.put(send);
    this.arm();
  }

  private arm(): void {
    if (this.isArmed) return;
    this.isArmed = true;
    this.afterStep(() => this.flush());
  }

  private flush(): void {
    this.isArmed = false;
    const { sends } = this;
    this.sends = [];
    const position = this.store.endStep();
    const leave = (): void => {
      for (const send of sends) send();
    };
    if (position === undefined) {
      leave();
      return this.departures.endStep();
    }
    this.store.whenDurable(position, leave);
    this.departures.endStep((onReady) => this.store.whenDurable(position, onReady));
  }
}
