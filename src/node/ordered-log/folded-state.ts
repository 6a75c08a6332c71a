import type {
  OrderedApplication,
  OrderedItem,
  OrderedPlace,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { WaitOptions } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { OrderedEntry, OrderedFold, OrderedState } from "./ordered-log.api.ts";

export interface FoldPorts {
  /** Of the log and the state, for messages. */
  readonly where: string;
  readonly states: StoredValues;
  entryOf(item: OrderedItem): OrderedEntry<unknown> | undefined;
  read(options: WaitOptions | undefined): Promise<unknown>;
  afterStep(body: () => void): void;
  onCallbackError(where: string, error: unknown): void;
  /** Some more was told. */
  onTold(): void;
  onClosed(): void;
}

type Listener = (state: unknown, index: number) => void;

/** What a log's entries come to, by the user's own function. */
export class FoldedState implements OrderedState<unknown>, OrderedApplication {
  private readonly ports: FoldPorts;
  private readonly fold: OrderedFold<unknown, unknown>;
  private readonly listeners = new Set<Listener>();
  private current: unknown;
  private at = 0;
  private isTelling = false;

  constructor(ports: FoldPorts, fold: OrderedFold<unknown, unknown>) {
    this.ports = ports;
    this.fold = fold;
    this.current = fold.initial;
  }

  get state(): unknown {
    return this.current;
  }

  get index(): number {
    return this.at;
  }

  async read(options?: WaitOptions): Promise<unknown> {
    await this.ports.read(options);
    return this.current;
  }

  on(listener: Listener): () => void {
    const own: Listener = (state, index) => listener(state, index);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  close(): void {
    this.listeners.clear();
    this.ports.onClosed();
  }

  onItems(items: readonly OrderedItem[]): "more" {
    for (const item of items) {
      this.at = item.orderIndex;
      const entry = this.ports.entryOf(item);
      if (entry !== undefined) this.apply(entry);
    }
    this.ports.onTold();
    this.tell();
    return "more";
  }

  snapshot(): Uint8Array {
    return this.ports.states.write(this.current, this.ports.where);
  }

  restore(at: OrderedPlace, state: Uint8Array): boolean {
    const reading = this.ports.states.read(state);
    if (reading.kind === "bad") {
      this.ports.onCallbackError(this.ports.where, new Error(reading.detail));
      return false;
    }
    this.current = reading.value;
    this.at = at.orderIndex;
    this.tell();
    return true;
  }

  private apply(entry: OrderedEntry<unknown>): void {
    try {
      this.current = this.fold.apply(this.current, entry);
    } catch (error) {
      this.ports.onCallbackError(`apply of ${this.ports.where}`, error);
    }
  }

  private tell(): void {
    if (this.isTelling || this.listeners.size === 0) return;
    this.isTelling = true;
    this.ports.afterStep(() => {
      this.isTelling = false;
      for (const listener of [...this.listeners]) {
        callListener(
          () => listener(this.current, this.at),
          undefined,
          (error) => this.ports.onCallbackError(`a listener of ${this.ports.where}`, error),
        );
      }
    });
  }
}
