import { expect, test } from "vitest";
import { type Place, simulationOf } from "./layout.ts";

/** Side lengths of the box around some places. */
function sidesOf(places: readonly Place[]): readonly [number, number] {
  const [xs, ys] = [places.map(({ x = 0 }) => x), places.map(({ y = 0 }) => y)];
  return [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
}

test.each([5, 12, 40])("of %d, one without links leaves the others most of the map", (count) => {
  for (let turn = 0; turn < 8; turn += 1) {
    const angle = (turn / 8) * 2 * Math.PI;
    const places = Array.from({ length: count }, (_, at): Place => {
      const radius = at === 0 ? 400 : 20 * Math.sqrt(at);
      const by = at === 0 ? angle : at * 2.4;
      return { name: `p${at}`, x: radius * Math.cos(by), y: radius * Math.sin(by) };
    });
    const links = places.slice(1).flatMap((_, at) => {
      return [1, 2].map((next) => ({ source: 1 + at, target: 1 + ((at + next) % (count - 1)) }));
    });
    simulationOf(places, links).tick(300);
    const [width, height] = sidesOf(places);
    const [ownWidth, ownHeight] = sidesOf(places.slice(1));
    expect(ownWidth / width).toBeGreaterThan(0.75);
    expect(ownHeight / height).toBeGreaterThan(0.75);
  }
});
