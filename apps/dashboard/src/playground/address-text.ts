/** What is played, in the address of the page: a link shows another person the very same. */
import type { DatedDeed, Deed } from "../../../../src/sim/playground/play-town.ts";
import {
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../src/sim/playground/spread-protocols.ts";
import { askedNames } from "./asked.ts";
import {
  bounded,
  bounds,
  firstPlay,
  type NumberName,
  numberNames,
  type Play,
  SEED_MAX,
} from "./play.ts";
import { findScenario, scenarios } from "./scenarios.ts";

const DEEDS_MAX = 200;
/** As long as anything here is worth following. */
const DEED_MAX_MS = 10_000_000;
/** Every moment at which a town is shown is a whole number of these, and sums of them are exact. */
const MOMENTS_A_MS = 8;
const COMPLAINTS_MAX = 20;
/** Of what somebody wrote that cannot be, so much is shown back. */
const QUOTE_MAX_LENGTH = 40;

/** What else the page knows of addresses. */
const otherNames = ["seed", "a", "b", "do", "scenario", ...askedNames];

/** Without what stands as it stands in the scenario, or at first. */
export function addressOf({ deeds, numbers, protocols, scenario, seed }: Play): string {
  const usual = playOf(scenario).numbers;
  const query = new URLSearchParams({ seed: String(seed), a: protocols[0], b: protocols[1] });
  for (const name of numberNames) {
    if (numbers[name] !== usual[name]) query.set(name, String(numbers[name]));
  }
  query.set("do", deeds.map(deedText).join("~"));
  if (scenario !== undefined) query.set("scenario", scenario);
  return query.toString();
}

/** Whatever it says, something that can be played, and what of it could not be. */
export function playAt(address: string): { play: Play; complaints: readonly string[] } {
  const query = new URLSearchParams(address);
  if ([...query].length === 0) return { play: scenarios[0]?.play ?? firstPlay, complaints: [] };
  const complaints: string[] = [];
  const complain = (what: string, text: string, instead: string): void => {
    if (complaints.length === COMPLAINTS_MAX) complaints.push("and more like these");
    if (complaints.length > COMPLAINTS_MAX) return;
    complaints.push(`${what} “${text.slice(0, QUOTE_MAX_LENGTH)}”: ${instead}`);
  };
  for (const name of new Set(query.keys())) {
    const isKnown = otherNames.includes(name) || Object.hasOwn(bounds, name);
    if (!isKnown) complain("unknown name", name, "left out");
  }
  const scenario = query.get("scenario");
  if (scenario !== null && findScenario(scenario) === undefined) {
    complain("scenario", scenario, "there is none of this name");
  }
  const usual = playOf(scenario ?? undefined);
  const numbers = Object.fromEntries(
    numberNames.map((name) => {
      const text = query.get(name);
      return [name, text === null ? usual.numbers[name] : numberAt(name, text, complain)];
    }),
  ) as unknown as Play["numbers"];
  const [a, b] = usual.protocols;
  const play: Play = {
    ...usual,
    seed: seedAt(query.get("seed"), complain),
    protocols: [protocolAt(query.get("a"), a, complain), protocolAt(query.get("b"), b, complain)],
    numbers,
    deeds: deedsAt(query.get("do"), complain) ?? usual.deeds,
  };
  return { play, complaints };
}

/** What an address need not say. */
function playOf(scenario: string | undefined): Play {
  return (scenario === undefined ? undefined : findScenario(scenario)?.play) ?? firstPlay;
}

type Complain = (what: string, text: string, instead: string) => void;

function numberAt(name: NumberName, text: string, complain: Complain): number {
  const value = text === "" ? Number.NaN : Number(text);
  const kept = bounded(name, value);
  if (kept !== value) complain(name, text, `taken for ${kept}`);
  return kept;
}

function seedAt(text: string | null, complain: Complain): number {
  if (text === null) return firstPlay.seed;
  const seed = text === "" ? Number.NaN : Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed;
  complain("seed", text, `a whole number up to ${SEED_MAX} is wanted; taken for ${firstPlay.seed}`);
  return firstPlay.seed;
}

function protocolAt(
  text: string | null,
  otherwise: SpreadProtocolName,
  complain: Complain,
): SpreadProtocolName {
  if (text === null) return otherwise;
  if (Object.hasOwn(spreadProtocols, text)) return text as SpreadProtocolName;
  complain("protocol", text, `taken for ${otherwise}`);
  return otherwise;
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
