import type { Metrics } from "./meters.ts";

/** What came as news, and what had come before, as the protocols count it. */
interface Copies {
  readonly news: number;
  readonly copies: number;
}

const counters: Readonly<Record<string, readonly [news: string, copies: string]>> = {
  broadcast: ["broadcast.accepted", "broadcast.dropped.known"],
  plumtree: ["plumtree.news", "plumtree.duplicates"],
  rumor: ["rumor.news", "rumor.duplicates"],
  antiEntropy: ["antiEntropy.news", "antiEntropy.duplicates"],
};

/** Of protocols that count it, once anything has come; undefined of others. */
export function copiesOf(metrics: Metrics, protocol: string): Copies | undefined {
  const names = counters[protocol];
  const [news = 0, copies = 0] = names?.map((name) => metrics[name] ?? 0) ?? [];
  return news + copies === 0 ? undefined : { news, copies };
}
