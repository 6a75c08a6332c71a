/** Bytes and messages of an agent by protocol, sampled: what each moved in each second. */
import { keptFrom } from "./kept-samples.ts";
import type { Metrics } from "./meters.ts";

export const quantities = [
  "sentBytes",
  "sentMessages",
  "receivedBytes",
  "receivedMessages",
] as const;
export type Quantity = (typeof quantities)[number];
export type Amounts = Readonly<Record<Quantity, number>>;

/** One kind of message, by the way it travels. */
export interface TrafficPart extends Amounts {
  /** `packets`, `streams`, `links`; `relayed` is what links of that name carry inside. */
  readonly way: string;
  readonly protocol: string;
  /** "" where a protocol has one kind. */
  readonly message: string;
}

/** One sample: of each protocol all that it moved, and its parts. */
export interface TrafficSample {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly parts: readonly TrafficPart[];
  readonly protocols: ReadonlyMap<string, Amounts>;
}

const PART = /^traffic[.](\w+)[.](\w+)(?:[.](\w+))?[.](\w+)$/;
const nothing: Amounts = { sentBytes: 0, sentMessages: 0, receivedBytes: 0, receivedMessages: 0 };

export function trafficSample(at: number, metrics: Metrics): TrafficSample {
  const parts = new Map<string, TrafficPart>();
  const protocols = new Map<string, Amounts>();
  for (const [name, value] of Object.entries(metrics)) {
    const [, way = "", protocol = "", message = "", what = ""] = PART.exec(name) ?? [];
    const quantity = quantities.find((one) => one === what);
    if (quantity === undefined || way === "saved") continue;
    const begun: TrafficPart = { way, protocol, message, ...nothing };
    const key = keyOf(begun);
    parts.set(key, { ...(parts.get(key) ?? begun), [quantity]: value });
    // What is relayed is in links already.
    if (way === "relayed") continue;
    const sum = protocols.get(protocol) ?? nothing;
    protocols.set(protocol, { ...sum, [quantity]: sum[quantity] + value });
  }
  return { at, parts: [...parts.values()], protocols };
}

/** A process that began anew begins anew here. */
export function withTraffic(
  samples: readonly TrafficSample[],
  sample: TrafficSample,
): readonly TrafficSample[] {
  const last = samples.at(-1);
  const isSameLife = last === undefined || hasGrown(last, sample);
  const times = samples.map(({ at }) => at);
  return [...(isSameLife ? samples.slice(keptFrom(times, sample.at)) : []), sample];
}

/** In no part has it less: a new process soon has more in all than the one before. */
function hasGrown(before: TrafficSample, sample: TrafficSample): boolean {
  const parts = new Map(sample.parts.map((part) => [keyOf(part), part]));
  return before.parts.every((part) => {
    const now = parts.get(keyOf(part)) ?? nothing;
    return quantities.every((quantity) => now[quantity] >= part[quantity]);
  });
}

function keyOf({ message, protocol, way }: TrafficPart): string {
  return `${way} ${protocol} ${message}`;
}

export interface Share {
  readonly protocol: string;
  /** Both ways, since the process began. */
  readonly allBytes: number;
  /** Of all bytes since the first sample; undefined while there were none. */
  readonly ratio: number | undefined;
}

/** Who moved the most bytes since the first sample stands first. */
export function shares(samples: readonly TrafficSample[]): Share[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const grownBytes = bytesOf(last) - bytesOf(first);
  const told = [...last.protocols].map(([protocol, amounts]): Share => {
    const allBytes = bothWays(amounts);
    const grown = allBytes - bothWays(first.protocols.get(protocol) ?? nothing);
    return { protocol, allBytes, ratio: grownBytes === 0 ? undefined : grown / grownBytes };
  });
  return told.sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0) || b.allBytes - a.allBytes);
}

/** How much of it moved a second up to each sample; null at the first. */
export function protocolRates(
  samples: readonly TrafficSample[],
  protocol: string,
  quantity: Quantity,
): (number | null)[] {
  return samples.map(({ at, protocols }, index) => {
    const before = samples[index - 1];
    if (before === undefined || at <= before.at) return null;
    const earlier = before.protocols.get(protocol)?.[quantity] ?? 0;
    return Math.max(0, (protocols.get(protocol)?.[quantity] ?? 0) - earlier) / (at - before.at);
  });
}

/** What each part moved a second between the last two samples; undefined before there are two. */
export function partRate(
  samples: readonly TrafficSample[],
  part: TrafficPart,
  quantity: Quantity,
): number | undefined {
  const [before, last] = samples.slice(-2);
  if (before === undefined || last === undefined || last.at <= before.at) return undefined;
  const key = keyOf(part);
  const earlier = before.parts.find((one) => keyOf(one) === key)?.[quantity] ?? 0;
  return (part[quantity] - earlier) / (last.at - before.at);
}

export function bothWays({ receivedBytes, sentBytes }: Amounts): number {
  return sentBytes + receivedBytes;
}

function bytesOf({ protocols }: TrafficSample): number {
  let sum = 0;
  for (const amounts of protocols.values()) sum += bothWays(amounts);
  return sum;
}
