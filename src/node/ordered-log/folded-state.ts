import type { HearsayError } from "../../core/errors.ts";
import type {
  OrderedApplication,
  OrderedItem,
  OrderedPlace,
} from "../../data/ordered-log/ordered-log.contract.ts";
import type { WaitOptions } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { OrderedEntry, OrderedFold, OrderedState } from "./ordered-log.api.ts";
import { trimmedError } from "./trimmed-error.ts";

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
  /** Entries are gone, and nobody had a state: what comes behind them counts for nothing. */
  private gap: HearsayError | undefined;

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
    if (this.gap !== undefined) throw this.gap;
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
      if (this.gap !== undefined) break;
      this.at = item.orderIndex;
      const entry = this.ports.entryOf(item);
      if (entry !== undefined) this.apply(entry);
    }
    this.ports.onTold();
    this.tell();
    return "more";
  }

  onGap({ orderIndex }: OrderedPlace): void {
    const { where } = this.ports;
    const fix = "no node has this state: it begins with the log, on a majority of the voters";
    this.gap = trimmedError(where, { afterIndex: this.at, throughIndex: orderIndex }, fix);
    this.ports.onCallbackError(where, this.gap);
  }

  snapshot(): Uint8Array | undefined {
    if (this.gap !== undefined) return undefined;
    return this.ports.states.write(this.current, this.ports.where);
  }

  restore(at: OrderedPlace, state: Uint8Array): boolean {
    const reading = this.ports.states.read(state);
    if (reading.kind === "bad") {
      this.ports.onCallbackError(this.ports.where, new Error(reading.detail));
      return false;
    }
    this.gap = undefined;
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
