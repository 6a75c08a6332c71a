/** The counters of an agent, sampled: what it did in each second. */
import { keptFrom } from "./kept-samples.ts";

export type Metrics = Readonly<Record<string, number>>;

export interface Samples {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly metrics: readonly Metrics[];
}

export const noSamples: Samples = { times: [], metrics: [] };

export function withSample({ metrics, times }: Samples, at: number, sample: Metrics): Samples {
  const from = keptFrom(times, at);
  return { times: [...times.slice(from), at], metrics: [...metrics.slice(from), sample] };
}

/** How much the counter grew a second up to each sample; null where that is not known. */
export function rates({ metrics, times }: Samples, name: string): (number | null)[] {
  return metrics.map((sample, at) => {
    const before = metrics[at - 1];
    const seconds = (times[at] ?? 0) - (times[at - 1] ?? 0);
    const grown = (sample[name] ?? 0) - (before?.[name] ?? 0);
    // A counter that fell is another process's: it begins anew.
    return before === undefined || seconds <= 0 || grown < 0 ? null : grown / seconds;
  });
}

export interface ProtocolRow {
  readonly protocol: string;
  readonly counters: readonly { readonly name: string; readonly value: number }[];
}

/** `swim.probes.begun` belongs to `swim`; those that are zero say nothing. */
export function byProtocol(sample: Metrics): ProtocolRow[] {
  const groups = new Map<string, { name: string; value: number }[]>();
  for (const [name, value] of Object.entries(sample)) {
    const [protocol = name, ...rest] = name.split(".");
    if (value === 0 || rest.length === 0) continue;
    const group = groups.get(protocol) ?? [];
    group.push({ name: rest.join("."), value });
    groups.set(protocol, group);
  }
  return [...groups].map(([protocol, counters]) => ({ protocol, counters }));
}
