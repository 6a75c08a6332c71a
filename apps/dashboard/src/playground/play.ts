/** What is played: two towns on one seed, their numbers, and what is done to both. */
import type { DatedDeed } from "../../../../src/sim/playground/play-town.ts";

/** What a town is about: news that spreads, or nodes that watch each other. */
export type TownKind = "spread" | "watch";

export interface PlayOf<Protocol extends string, Numbers> {
  readonly seed: number;
  readonly protocols: readonly [Protocol, Protocol];
  readonly numbers: Numbers;
  readonly deeds: readonly DatedDeed[];
  /** The ready-made scenario it began as; undefined: one's own. */
  readonly scenario?: string | undefined;
}

export interface ScenarioOf<Play> {
  /** As in addresses. */
  readonly name: string;
  readonly title: string;
  /** What there is to see. */
  readonly says: string;
  /** The experiments whose setting it is. */
  readonly tables?: readonly string[];
  readonly play: Play;
}

/** A number of a town, for a form. */
export interface NumberRule {
  readonly least: number;
  readonly most: number;
  readonly label: string;
  /** What it means. */
  readonly says: string;
  /** Whole numbers only, where it is not said. */
  readonly step?: number;
}

/** What there is to play in towns of a kind. */
export interface Rules<Protocol extends string, Numbers extends Readonly<Record<string, number>>> {
  readonly kind: TownKind;
  readonly protocolTitles: Readonly<Record<Protocol, string>>;
  readonly numbers: Readonly<Record<keyof Numbers & string, NumberRule>>;
  /** What an address need not say. */
  readonly first: PlayOf<Protocol, Numbers>;
  /** The first of them is what a page without an address shows. */
  readonly scenarios: readonly ScenarioOf<PlayOf<Protocol, Numbers>>[];
}

/** Names of any numbers, or rules of them. */
export type AnyNumbers = Readonly<Record<string, number>>;

export const SEED_MAX = 2 ** 32 - 1;

/** The nearest that may be. */
export function bounded({ least, most, step }: NumberRule, value: number, otherwise: number) {
  if (!Number.isFinite(value)) return otherwise;
  const within = Math.min(most, Math.max(least, value));
  return step === undefined ? Math.round(within) : within;
}

/** In what its time is told. */
export interface Tick {
  readonly ms: number;
  readonly word: "round" | "hop" | "second";
}

/** The names of something, as what they are. */
export function namesOf<Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(record) as Name[];
}

export const kindTitles: Readonly<Record<TownKind, string>> = {
  spread: "News that spreads",
  watch: "Failure detectors",
};

/** Of which kind the towns are that an address asks for. */
export function kindAt(address: string): TownKind {
  return new URLSearchParams(address).get("town") === "watch" ? "watch" : "spread";
}
