import type { JourneyPicture } from "./journey.ts";

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Where nodes stand: the author in the middle, each ring one hop farther. */
export interface JourneyLayout {
  readonly spots: ReadonlyMap<string, Spot>;
  /** How many rings of hops there are, and whether one more has those that it did not reach. */
  readonly ringsCount: number;
  readonly hasOutside: boolean;
}

/** Half of the drawing, with room for names at its edge. */
export const HALF_WIDTH = 500;
export const HALF_HEIGHT = 250;
const MARGIN_X = 90;
const MARGIN_Y = 34;

interface Branch {
  readonly name: string;
  readonly branches: Branch[];
}

/** Whoever was told by one stands near it: each gets of its teller's angle what its leaves need. */
export function layoutOf({ author, silent, stops, without }: JourneyPicture): JourneyLayout {
  const branches = new Map(
    stops.map(({ name }): [string, Branch] => [name, { name, branches: [] }]),
  );
  const root = branches.get(author) ?? { name: author, branches: [] };
  const lost: string[] = [];
  for (const { from, hops, name } of stops) {
    if (name === author) continue;
    const branch = branches.get(name);
    const teller = hops === undefined || from === undefined ? undefined : branches.get(from);
    if (branch !== undefined && teller !== undefined) teller.branches.push(branch);
    else if (branch !== undefined && from === author) root.branches.push(branch);
    else lost.push(name);
  }
  const outside = [...lost, ...without, ...silent];
  const ringsCount = Math.max(1, ...stops.map(({ hops = 0 }) => hops));
  const hasOutside = outside.length > 0;
  const rings = ringsCount + (hasOutside ? 1 : 0);
  const spots = new Map<string, Spot>();
  const place = (branch: Branch, hops: number, [from, to]: readonly [number, number]): void => {
    spots.set(branch.name, spotAt((from + to) / 2, hops / rings));
    const all = leavesOf(branch);
    let at = from;
    for (const next of branch.branches) {
      const width = ((to - from) * leavesOf(next)) / all;
      place(next, hops + 1, [at, at + width]);
      at += width;
    }
  };
  place(root, 0, [0, 1]);
  for (const [at, name] of outside.entries()) {
    spots.set(name, spotAt((at + 0.5) / outside.length, 1));
  }
  return { spots, ringsCount, hasOutside };
}

/** Half axes of the ring at this share of the drawing. */
export function ringAt(share: number): readonly [number, number] {
  return [share * (HALF_WIDTH - MARGIN_X), share * (HALF_HEIGHT - MARGIN_Y)];
}

/** `turn` from 0 to 1, beginning on the left so that few nodes stand beside each other. */
function spotAt(turn: number, share: number): Spot {
  const [width, height] = ringAt(share);
  const angle = (turn - 0.5) * 2 * Math.PI;
  return { x: width * Math.cos(angle), y: height * Math.sin(angle) };
}

function leavesOf({ branches }: Branch): number {
  return branches.length === 0 ? 1 : branches.reduce((sum, branch) => sum + leavesOf(branch), 0);
}
