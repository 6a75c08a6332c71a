/** What is played, in the address of the page: a link shows another person the very same. */
import type { DatedDeed, Deed } from "../../../../src/sim/playground/play-town.ts";
import { askedNames } from "./asked.ts";
import { type AnyNumbers, bounded, namesOf, type PlayOf, type Rules, SEED_MAX } from "./play.ts";

const DEEDS_MAX = 200;
/** As long as anything here is worth following. */
const DEED_MAX_MS = 10_000_000;
/** Every moment at which a town is shown is a whole number of these, and sums of them are exact. */
const MOMENTS_A_MS = 8;
const COMPLAINTS_MAX = 20;
/** Of what somebody wrote that cannot be, so much is shown back. */
const QUOTE_MAX_LENGTH = 40;

/** What else the page knows of addresses. */
const otherNames = ["town", "seed", "a", "b", "do", "scenario", "look", ...askedNames];

/** Without what stands as it stands in the scenario, or at first. */
export function addressOf<Protocol extends string, Numbers extends AnyNumbers>(
  rules: Rules<Protocol, Numbers>,
  { deeds, numbers, protocols, scenario, seed }: PlayOf<Protocol, Numbers>,
): string {
  const usual = usualOf(rules, scenario).numbers;
  const query = new URLSearchParams(rules.kind === "spread" ? {} : { town: rules.kind });
  query.set("seed", String(seed));
  query.set("a", protocols[0]);
  query.set("b", protocols[1]);
  for (const name of namesOf(rules.numbers)) {
    if (numbers[name] !== usual[name]) query.set(name, String(numbers[name]));
  }
  query.set("do", deeds.map(deedText).join("~"));
  if (scenario !== undefined) query.set("scenario", scenario);
  return query.toString();
}

/** Whatever it says, something that can be played, and what of it could not be. */
export function playAt<Protocol extends string, Numbers extends AnyNumbers>(
  rules: Rules<Protocol, Numbers>,
  address: string,
): { play: PlayOf<Protocol, Numbers>; complaints: readonly string[] } {
  const query = new URLSearchParams(address);
  if ([...query.keys()].every((name) => name === "town")) {
    return { play: rules.scenarios[0]?.play ?? rules.first, complaints: [] };
  }
  const complaints: string[] = [];
  const complain = (what: string, text: string, instead: string): void => {
    if (complaints.length === COMPLAINTS_MAX) complaints.push("and more like these");
    if (complaints.length > COMPLAINTS_MAX) return;
    complaints.push(`${what} “${text.slice(0, QUOTE_MAX_LENGTH)}”: ${instead}`);
  };
  for (const name of new Set(query.keys())) {
    const isKnown = otherNames.includes(name) || Object.hasOwn(rules.numbers, name);
    if (!isKnown) complain("unknown name", name, "left out");
  }
  const scenario = query.get("scenario");
  if (scenario !== null && !rules.scenarios.some(({ name }) => name === scenario)) {
    complain("scenario", scenario, "there is none of this name");
  }
  const usual = usualOf(rules, scenario ?? undefined);
  const numbers = numbersAt(rules, { query, usual: usual.numbers, complain });
  const [a, b] = usual.protocols;
  const seed = seedAt(query.get("seed"), rules.first.seed, complain);
  const protocolOf = (side: "a" | "b", otherwise: Protocol): Protocol => {
    return protocolAt(rules, { text: query.get(side), otherwise, complain });
  };
  const play: PlayOf<Protocol, Numbers> = {
    ...usual,
    seed,
    protocols: [protocolOf("a", a), protocolOf("b", b)],
    numbers,
    deeds: deedsAt(query.get("do"), complain) ?? usual.deeds,
  };
  return { play, complaints };
}

/** What an address need not say. */
function usualOf<Protocol extends string, Numbers extends AnyNumbers>(
  { first, scenarios }: Rules<Protocol, Numbers>,
  scenario: string | undefined,
): PlayOf<Protocol, Numbers> {
  return scenarios.find(({ name }) => name === scenario)?.play ?? first;
}

type Complain = (what: string, text: string, instead: string) => void;

interface NumbersSaid<Numbers> {
  readonly query: URLSearchParams;
  /** Those that an address need not say. */
  readonly usual: Numbers;
  readonly complain: Complain;
}

function numbersAt<Protocol extends string, Numbers extends AnyNumbers>(
  rules: Rules<Protocol, Numbers>,
  { complain, query, usual }: NumbersSaid<Numbers>,
): Numbers {
  const said: Record<string, number> = {};
  for (const name of namesOf(rules.numbers)) {
    const text = query.get(name);
    if (text === null) continue;
    const value = text === "" ? Number.NaN : Number(text);
    const kept = bounded(rules.numbers[name], value, rules.first.numbers[name] ?? 0);
    if (kept !== value) complain(name, text, `taken for ${kept}`);
    said[name] = kept;
  }
  return { ...usual, ...said };
}

function seedAt(text: string | null, otherwise: number, complain: Complain): number {
  if (text === null) return otherwise;
  const seed = text === "" ? Number.NaN : Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
  complain("seed", text, `a whole number up to ${SEED_MAX} is wanted; taken for ${otherwise}`);
  return otherwise;
}

interface ProtocolSaid<Protocol> {
  readonly text: string | null;
  readonly otherwise: Protocol;
  readonly complain: Complain;
}

function protocolAt<Protocol extends string, Numbers extends AnyNumbers>(
  { protocolTitles }: Rules<Protocol, Numbers>,
  { complain, otherwise, text }: ProtocolSaid<Protocol>,
): Protocol {
  if (text === null) return otherwise;
  const known = namesOf(protocolTitles).find((name) => name === text);
  if (known === undefined) complain("protocol", text, `taken for ${otherwise}`);
  return known ?? otherwise;
}

function deedsAt(text: string | null, complain: Complain): readonly DatedDeed[] | undefined {
  if (text === null) return undefined;
  const texts = text === "" ? [] : text.split("~");
  if (texts.length > DEEDS_MAX) {
    complain("deeds", `${texts.length}`, `the first ${DEEDS_MAX} are kept`);
  }
  const deeds = texts.slice(0, DEEDS_MAX).flatMap((one) => {
    const deed = deedAt(one);
    if (deed === undefined) complain("deed", one, "left out");
    return deed ?? [];
  });
  return deeds.sort((one, other) => one.atMs - other.atMs);
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
  const [givenMs = Number.NaN, a = 0, b = 0, c = 0, d = 0] = rest.map(Number);
  const isTime = givenMs >= 0 && givenMs <= DEED_MAX_MS;
  if (!isTime || ![a, b, c, d].every(Number.isFinite)) return undefined;
  const atMs = Math.round(givenMs * MOMENTS_A_MS) / MOMENTS_A_MS;
  switch (what) {
    case "infect":
    case "kill":
      return Number.isInteger(a) && a >= 0 ? { do: what, atMs, node: a } : undefined;
    case "killSome":
      return a >= 0 && a <= 1 ? { do: what, atMs, ratio: a } : undefined;
    case "part":
      return { do: what, atMs, from: [a, b], to: [c, d] };
    case "heal":
      return { do: what, atMs };
    default:
      return undefined;
  }
}
