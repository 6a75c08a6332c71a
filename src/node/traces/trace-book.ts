import { addressKey } from "../../core/address.ts";
import type { Arrival } from "../../core/arrival.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { TracedArrival } from "./traces.messages.ts";
import type { TracesOptions } from "./traces.options.ts";

/** Of which message it is says the key; names of addresses are looked up by whoever asks. */
interface NotedArrival extends Pick<Arrival, "kind" | "means" | "from" | "via"> {
  readonly at: number;
}

/** Its `what` may have a prefix that nobody asks by. */
type Noted = Omit<Arrival, "what">;

/** What came to this node last, how often, and from whom. */
export class TraceBook {
  private readonly options: TracesOptions;
  /** By tag and dot. */
  private readonly kept: BoundedMap<string, NotedArrival[]>;

  constructor(options: TracesOptions) {
    this.options = options;
    this.kept = new BoundedMap(Math.max(1, options.keptMaxCount));
  }

  get size(): number {
    return this.kept.size;
  }

  note({ dot, from, kind, means, via }: Noted, tag: string, at: number): void {
    const { arrivalsMaxCount, keptMaxCount } = this.options;
    if (keptMaxCount === 0) return;
    const key = keyOf(tag, dot);
    const noted = this.kept.peek(key);
    if (noted !== undefined) {
      if (noted.length >= arrivalsMaxCount) return;
      // One way does not know what another has brought.
      const isAgain = kind === "news" && noted.some((one) => one.kind !== "copy");
      noted.push({ kind: isAgain ? "copy" : kind, means, from, via, at });
      return;
    }
    this.kept.set(key, [{ kind, means, from, via, at }]);
  }

  /** In their order; none of what is not remembered. */
  arrivals(
    tag: string,
    dot: { readonly origin: string; readonly seq: number },
    nameAt: (address: string) => string | undefined,
  ): TracedArrival[] {
    return (this.kept.peek(keyOf(tag, dot)) ?? []).map(({ at, from, kind, means, via }) => {
      const byAddress = via === undefined ? undefined : nameAt(addressKey(via));
      return { kind, means, from: from === undefined ? (byAddress ?? "") : String(from), at };
    });
  }
}

function keyOf(tag: string, dot: { readonly origin: string; readonly seq: number }): string {
  return `${tag}\n${dot.origin}\n${dot.seq}`;
}
