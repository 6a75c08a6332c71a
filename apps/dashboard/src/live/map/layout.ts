import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationNodeDatum,
} from "d3-force";

export interface Place extends SimulationNodeDatum {
  readonly name: string;
}

interface LayoutLink {
  readonly source: number;
  readonly target: number;
}

const SMALL_COUNT = 60;
/** Who has no links, while others have some, is held near them by this alone. */
const ALONE_PULL = 0.22;

/** Pushes places apart, and together those that are linked; it does not run by itself. */
export function simulationOf(
  places: Place[],
  links: readonly LayoutLink[],
): Simulation<Place, undefined> {
  const linked = new Set(links.flatMap(({ source, target }) => [source, target]));
  const isDense = links.length > places.length * 6;
  const isSmall = places.length <= SMALL_COUNT;
  // Wider than high, as the picture is.
  const pull = (strength: number) => (_: Place, at: number) => {
    return isSmall && linked.size > 0 && !linked.has(at) ? ALONE_PULL : strength;
  };
  return forceSimulation(places)
    .stop()
    .alphaDecay(0.02)
    .force("charge", forceManyBody<Place>().strength(-90).theta(1).distanceMax(900))
    .force(
      "links",
      forceLink(links.map((link) => ({ ...link })))
        .distance(50)
        .strength(isDense ? 0.02 : 0.25),
    )
    .force("apart", forceCollide<Place>(9))
    .force("x", forceX<Place>(0).strength(pull(isSmall ? 0.14 : 0.04)))
    .force("y", forceY<Place>(0).strength(pull(isSmall ? 0.18 : 0.1)));
}
