/** What is played, in the address of the page: a link shows another person the very same. */
import {
  type SpreadNumbers,
  spreadDefaults,
} from "../../../../src/sim/playground/spread.options.ts";
import {
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../src/sim/playground/spread-protocols.ts";
import type { DatedDeed, Deed } from "../../../../src/sim/playground/spread-town.ts";

export interface Play {
  readonly seed: number;
  readonly protocols: readonly [SpreadProtocolName, SpreadProtocolName];
  readonly numbers: SpreadNumbers;
  readonly deeds: readonly DatedDeed[];
}

export type NumberName = keyof SpreadNumbers;

/** Least and most of each number. */
export const bounds: Readonly<Record<NumberName, readonly [least: number, most: number]>> = {
  nodesCount: [2, 100_000],
  lossRatio: [0, 0.95],
  latencyMinMs: [0, 400],
  latencyMaxMs: [0, 400],
  fanoutCount: [1, 20],
  interestCount: [1, 50],
  neighboursCount: [2, 20],
  roundIntervalMs: [100, 10_000],
};

const DEEDS_MAX = 200;
const SEED_MAX = 2 ** 32 - 1;

export const firstPlay: Play = {
  seed: 1,
  protocols: ["push", "pushPull"],
  numbers: spreadDefaults,
  deeds: [{ atMs: 0, do: "infect", node: 0 }],
};

/** Without what stands as it stands at first. */
export function addressOf({ deeds, numbers, protocols, seed }: Play): string {
  const query = new URLSearchParams({ seed: String(seed), a: protocols[0], b: protocols[1] });
  for (const name of Object.keys(bounds) as NumberName[]) {
    if (numbers[name] !== spreadDefaults[name]) query.set(name, String(numbers[name]));
  }
  query.set("do", deeds.map(deedText).join("~"));
  return query.toString();
}

/** Whatever it says, something that can be played. */
export function playAt(address: string): Play {
  const query = new URLSearchParams(address);
  if ([...query].length === 0) return firstPlay;
  const numbers = Object.fromEntries(
    (Object.keys(bounds) as NumberName[]).map((name) => {
      const text = query.get(name);
      return [name, text === null ? spreadDefaults[name] : bounded(name, Number(text))];
    }),
  ) as unknown as SpreadNumbers;
  const seed = Math.floor(Number(query.get("seed")));
  const texts = (query.get("do") ?? "").split("~").slice(0, DEEDS_MAX);
  const deeds = texts.flatMap((text) => deedAt(text) ?? []);
  return {
    seed: seed >= 0 && seed <= SEED_MAX ? seed : firstPlay.seed,
    protocols: [
      protocolAt(query.get("a"), firstPlay.protocols[0]),
      protocolAt(query.get("b"), firstPlay.protocols[1]),
    ],
    numbers,
    deeds: deeds.sort((one, other) => one.atMs - other.atMs),
  };
}

export function bounded(name: NumberName, value: number): number {
  const [least, most] = bounds[name];
  if (!Number.isFinite(value)) return spreadDefaults[name];
  const within = Math.min(most, Math.max(least, value));
  return name === "lossRatio" ? within : Math.round(within);
}

function protocolAt(text: string | null, otherwise: SpreadProtocolName): SpreadProtocolName {
  return text !== null && Object.hasOwn(spreadProtocols, text)
    ? (text as SpreadProtocolName)
    : otherwise;
}

function deedText(deed: DatedDeed): string {
  const numbers = numbersOf(deed).map((value) => Math.round(value * 10_000) / 10_000);
  return [deed.do, deed.atMs, ...numbers].join("_");
}

function numbersOf(deed: Deed): readonly number[] {
  switch (deed.do) {
    case "infect":
    case "kill":
      return [deed.node];
    case "killSome":
      return [deed.ratio];
    case "part":
      return [...deed.from, ...deed.to];
    case "heal":
      return [];
  }
}

function deedAt(text: string): DatedDeed | undefined {
  const [what, ...rest] = text.split("_");
  const [atMs = Number.NaN, a = 0, b = 0, c = 0, d = 0] = rest.map(Number);
  if (!(atMs >= 0) || ![a, b, c, d].every(Number.isFinite)) return undefined;
  switch (what) {
    case "infect":
    case "kill":
      return { do: what, atMs, node: Math.floor(a) };
    case "killSome":
      return { do: what, atMs, ratio: Math.min(1, Math.max(0, a)) };
    case "part":
      return { do: what, atMs, from: [a, b], to: [c, d] };
    case "heal":
      return { do: what, atMs };
    default:
      return undefined;
  }
}
