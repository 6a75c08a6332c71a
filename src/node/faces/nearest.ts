import { distanceS } from "../../peers/serf/coordinates.ts";
import type { Coordinate } from "../../peers/serf/serf.contract.ts";
import type { NearMember } from "../api.ts";

const MS_PER_S = 1_000;

export interface NearestQuestion {
  readonly from: string;
  /** This node, which alone measures. */
  readonly local: string;
  readonly names: readonly string[];
  readonly place: (name: string) => Coordinate | undefined;
  readonly measuredMs: (name: string) => number | undefined;
}

/** All but `from` itself, the nearest first; those of unknown distance last, by name. */
export function nearest(question: NearestQuestion): readonly NearMember[] {
  const { from, local, measuredMs, names, place } = question;
  const origin = place(from);
  const members = names
    .filter((name) => name !== from)
    .map((name): NearMember => {
      const there = place(name);
      const isKnown = origin !== undefined && there !== undefined;
      return {
        name,
        rttMs: isKnown ? distanceS(origin, there) * MS_PER_S : undefined,
        errorRatio: isKnown ? Math.max(origin.error, there.error) : undefined,
        measuredMs: from === local ? measuredMs(name) : undefined,
      };
    });
  const distanceOf = ({ measuredMs: measured, rttMs }: NearMember): number =>
    rttMs ?? measured ?? Number.POSITIVE_INFINITY;
  return members.sort((one, other) => {
    const [near, far] = [distanceOf(one), distanceOf(other)];
    if (near !== far) return near < far ? -1 : 1;
    return one.name < other.name ? -1 : 1;
  });
}
