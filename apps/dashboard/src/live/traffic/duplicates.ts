import type { Metrics } from "./meters.ts";

/** What came as news, and what had come before, as the protocols count it. */
interface Copies {
  readonly news: number;
  readonly copies: number;
}

interface Counters {
  readonly news: readonly string[];
  readonly copies: readonly string[];
}

const told = (protocol: string): Counters => ({
  news: [`${protocol}.news`],
  copies: [`${protocol}.duplicates`],
});

const counters: Readonly<Record<string, Counters>> = {
  // What nobody here has a topic for is news too, and is passed on.
  broadcast: {
    news: ["broadcast.accepted", "broadcast.unknownTag"],
    copies: ["broadcast.dropped.known"],
  },
  plumtree: told("plumtree"),
  rumor: told("rumor"),
  antiEntropy: told("antiEntropy"),
};

/** The names of all protocols' counters of one kind. */
export function counterNames(kind: keyof Counters): string[] {
  return Object.values(counters).flatMap((one) => one[kind]);
}

/** Of protocols that count it, once anything has come; undefined of others. */
export function copiesOf(metrics: Metrics, protocol: string): Copies | undefined {
  const sum = (names: readonly string[] = []): number =>
    names.reduce((all, name) => all + (metrics[name] ?? 0), 0);
  const news = sum(counters[protocol]?.news);
  const copies = sum(counters[protocol]?.copies);
  return news + copies === 0 ? undefined : { news, copies };
}
