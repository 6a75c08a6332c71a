/** Infos that only pretend, for the tests of the agent and the command line: a map on this node. */
import { HearsayError } from "../core/errors.ts";
import { makeOrigin } from "../core/peer.ts";
import type { Info, InfoNotice, Infos, InfoWatchOptions, Subscription } from "../node/api.ts";

type Listener = (notice: InfoNotice<never>) => void;

export class FakeInfos implements Infos {
  readonly values = new Map<string, unknown>();
  private readonly listeners = new Set<Listener>();
  private written = 0;

  get size(): number {
    return this.values.size;
  }

  get cursor(): string {
    return `p1#7:${this.written}`;
  }

  async set(key: string, value: unknown) {
    this.written += 1;
    this.values.set(key, value);
    this.tell("set", key, value);
    return { dot: this.dot, durable: false };
  }

  get<V>(key: string): V | undefined {
    return this.info<V>(key)?.value;
  }

  info<V>(key: string): Info<V> | undefined {
    if (!this.values.has(key)) return undefined;
    const clock = { ms: 1_700_000_000_000, counter: 0 };
    const value = this.values.get(key) as V;
    return { key, value, from: "p1", dot: this.dot, clock, expiresAt: undefined };
  }

  async delete(key: string) {
    if (!this.values.delete(key)) return undefined;
    this.written += 1;
    this.tell("delete", key, undefined);
    return { dot: this.dot, durable: false };
  }

  everywhere(key: string): Promise<never> {
    return Promise.reject(new HearsayError("INFO_UNKNOWN", `${key} was never written here`));
  }

  keys(pattern = "*"): string[] {
    const start = pattern.replace("*", "");
    return [...this.values.keys()].filter((key) => key.startsWith(start)).sort();
  }

  watch<V>(pattern: string, listener: (notice: InfoNotice<V>) => void): () => void;
  watch<V>(pattern: string, options?: InfoWatchOptions): Subscription<InfoNotice<V>>;
  watch(pattern: string, listener?: unknown): unknown {
    if (typeof listener !== "function") throw new Error("the fake infos are watched by callback");
    const own = listener as Listener;
    for (const key of this.keys(pattern)) this.tell("set", key, this.values.get(key), [own]);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  private tell(
    kind: "set" | "delete",
    key: string,
    value: unknown,
    to: Iterable<Listener> = this.listeners,
  ): void {
    const notice = { kind, key, from: "p1", redundant: false, cursor: this.cursor };
    for (const listener of to) listener({ ...notice, value: value as never });
  }

  private get dot() {
    return { origin: makeOrigin("p1", 7), seq: this.written };
  }
}
