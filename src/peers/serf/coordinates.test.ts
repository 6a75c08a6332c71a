import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { Coordinates, distanceS, freshCoordinate } from "./coordinates.ts";
import type { Coordinate } from "./serf.contract.ts";

interface WireCoordinate {
  Vec: number[];
  Error: number;
  Adjustment: number;
  Height: number;
}
interface VivaldiRows {
  start: WireCoordinate;
  steps: { node: string; other: WireCoordinate; result: WireCoordinate; rttNs: number }[];
  distanceNs_final_to_other: number;
}

const vectorFile = new URL("../../../test/vectors/memberlist/numeric.json", import.meta.url);
const rows = JSON.parse(readFileSync(vectorFile, "utf8"))[0].decoded.vivaldi as VivaldiRows;

function coordinateOf(wire: WireCoordinate): Coordinate {
  return {
    vector: wire.Vec,
    error: wire.Error,
    adjustment: wire.Adjustment,
    height: wire.Height,
  };
}

function expectClose(actual: Coordinate, wanted: Coordinate): void {
  const flat = (c: Coordinate) => [...c.vector, c.error, c.adjustment, c.height];
  const wantedNumbers = flat(wanted);
  const wrong = flat(actual).map((x, i) => Math.abs(x - (wantedNumbers[i] ?? Number.NaN)));
  expect(Math.max(...wrong)).toBeLessThan(1e-12);
}

describe("Coordinates", () => {
  it("agrees with each recorded update of the real Vivaldi client", () => {
    const coordinates = new Coordinates(new Random(1), coordinateOf(rows.start));
    expect(rows.steps.length).toBeGreaterThan(5);
    for (const step of rows.steps) {
      const outcome = coordinates.update(step.node, coordinateOf(step.other), step.rttNs / 1e9);
      expect(outcome).toBe("updated");
      expectClose(coordinates.local, coordinateOf(step.result));
    }
    const [first] = rows.steps;
    if (first === undefined) throw new Error("no rows");
    const distanceNs = Math.round(distanceS(coordinates.local, coordinateOf(first.other)) * 1e9);
    expect(distanceNs).toBe(rows.distanceNs_final_to_other);
  });

  it("refuses other dimensions, numbers that are none, and impossible round trips", () => {
    const coordinates = new Coordinates(new Random(1));
    const before = coordinates.local;
    const short = { ...freshCoordinate, vector: [0, 0] };
    expect(coordinates.update("a", short, 0.01)).toBe("badCoordinate");
    const nan = { ...freshCoordinate, height: Number.NaN };
    expect(coordinates.update("a", nan, 0.01)).toBe("badCoordinate");
    expect(coordinates.update("a", freshCoordinate, -1e-9)).toBe("badRtt");
    expect(coordinates.update("a", freshCoordinate, 10.001)).toBe("badRtt");
    expect(coordinates.update("a", freshCoordinate, Number.NaN)).toBe("badRtt");
    expect(coordinates.local).toBe(before);
    expect(coordinates.of("a")).toBeUndefined();
  });

  it("parts two nodes at the same place, and forgets a reaped one", () => {
    const coordinates = new Coordinates(new Random(7));
    expect(coordinates.update("a", freshCoordinate, 0.05)).toBe("updated");
    expect(distanceS(coordinates.local, freshCoordinate)).toBeGreaterThan(0.001);
    expect(coordinates.of("a")).toBe(freshCoordinate);
    coordinates.forget("a");
    expect(coordinates.of("a")).toBeUndefined();
  });

  it("settles on the real round trip between two nodes", () => {
    const a = new Coordinates(new Random(1));
    const b = new Coordinates(new Random(2));
    for (let round = 0; round < 200; round += 1) {
      a.update("b", b.local, 0.05);
      b.update("a", a.local, 0.05);
    }
    expect(distanceS(a.local, b.local)).toBeGreaterThan(0.045);
    expect(distanceS(a.local, b.local)).toBeLessThan(0.055);
  });

  it("keeps its numbers finite whatever others claim", () => {
    const anyNumber = fc.double();
    const anyCoordinate = fc.record({
      vector: fc.array(anyNumber, { minLength: 6, maxLength: 9 }),
      error: anyNumber,
      adjustment: anyNumber,
      height: anyNumber,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyCoordinate, fc.double())), (updates) => {
        const coordinates = new Coordinates(new Random(3));
        for (const [other, rttS] of updates) coordinates.update("x", other, rttS);
        const { vector, error, adjustment, height } = coordinates.local;
        expect([...vector, error, adjustment, height].every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
