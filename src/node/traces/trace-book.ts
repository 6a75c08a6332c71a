import { addressKey } from "../../core/address.ts";
import type { Arrival } from "../../core/arrival.ts";
import type { TracedArrival } from "./traces.messages.ts";
import type { TracesOptions } from "./traces.options.ts";

/** Of which message it is says the key; names of addresses are looked up by whoever asks. */
interface NotedArrival extends Pick<Arrival, "kind" | "from" | "via"> {
  readonly at: number;
}

/** What came to this node last, how often, and from whom. */
export class TraceBook {
  private readonly options: TracesOptions;
  /** By tag and dot, oldest first. */
  private readonly kept = new Map<string, NotedArrival[]>();

  constructor(options: TracesOptions) {
    this.options = options;
  }

  get size(): number {
    return this.kept.size;
  }

  note({ dot, from, kind, via, what }: Arrival, at: number): void {
    const { arrivalsMaxCount, keptMaxCount } = this.options;
    const key = keyOf(what, dot);
    const noted = this.kept.get(key);
    if (noted !== undefined) {
      if (noted.length < arrivalsMaxCount) noted.push({ kind, from, via, at });
      return;
    }
    if (this.kept.size >= keptMaxCount) {
      const [oldest] = this.kept.keys();
      if (oldest !== undefined) this.kept.delete(oldest);
    }
    this.kept.set(key, [{ kind, from, via, at }]);
  }

  /** In their order; none of what is not remembered. */
  arrivals(
    what: string,
    dot: { readonly origin: string; readonly seq: number },
    nameAt: (address: string) => string | undefined,
  ): TracedArrival[] {
    return (this.kept.get(keyOf(what, dot)) ?? []).map(({ at, from, kind, via }) => {
      const byAddress = via === undefined ? undefined : nameAt(addressKey(via));
      return { kind, from: from === undefined ? (byAddress ?? "") : String(from), at };
    });
  }
}

function keyOf(what: string, dot: { readonly origin: string; readonly seq: number }): string {
  return `${what}\n${dot.origin}\n${dot.seq}`;
}
