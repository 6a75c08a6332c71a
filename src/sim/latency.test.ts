import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { checkLatency, drawLatencyMs, type LatencyModel, latencyText } from "./latency.ts";

const DRAWS = 20_000;

function draws(model: LatencyModel): number[] {
  const random = new Random(1);
  return Array.from({ length: DRAWS }, () => drawLatencyMs(model, random)).sort((a, b) => a - b);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("latency models", () => {
  it("constant is constant", () => {
    expect(new Set(draws({ kind: "constant", ms: 7 }))).toEqual(new Set([7]));
  });

  it("uniform stays within its bounds and fills them", () => {
    const found = draws({ kind: "uniform", minMs: 2, maxMs: 6 });
    expect(found[0]).toBeGreaterThanOrEqual(2);
    expect(found.at(-1)).toBeLessThan(6);
    expect(mean(found)).toBeCloseTo(4, 1);
  });

  it("exponential has its mean on top of its least, and half below mean × ln 2", () => {
    const found = draws({ kind: "exponential", minMs: 10, meanMs: 5 });
    expect(found[0]).toBeGreaterThanOrEqual(10);
    expect(mean(found) / 15).toBeCloseTo(1, 1);
    expect((found[DRAWS / 2] ?? 0) - 10).toBeCloseTo(5 * Math.LN2, 0);
  });

  it("lognormal has its median, and its logarithm its deviation", () => {
    const found = draws({ kind: "lognormal", medianMs: 20, sigma: 0.5 });
    expect((found[DRAWS / 2] ?? 0) / 20).toBeCloseTo(1, 1);
    const logs = found.map((value) => Math.log(value / 20) ** 2);
    expect(Math.sqrt(mean(logs))).toBeCloseTo(0.5, 1);
  });

  it("a longest delay cuts the tail", () => {
    expect(draws({ kind: "lognormal", medianMs: 20, sigma: 2, maxMs: 90 }).at(-1)).toBe(90);
    expect(draws({ kind: "exponential", minMs: 1, meanMs: 50, maxMs: 60 }).at(-1)).toBe(60);
  });

  it.each<LatencyModel>([
    { kind: "constant", ms: -1 },
    { kind: "uniform", minMs: 5, maxMs: 4 },
    { kind: "uniform", minMs: 0, maxMs: Number.POSITIVE_INFINITY },
    { kind: "exponential", minMs: 1, meanMs: Number.NaN },
    { kind: "lognormal", medianMs: 1, sigma: -0.5 },
  ])("%j is refused", (model) => {
    expect(() => checkLatency(model)).toThrow(RangeError);
  });

  it("of an unknown kind, or without a number, is refused", () => {
    const check = (json: string) => () => checkLatency(JSON.parse(json));
    expect(check('{"kind":"slow","ms":5}')).toThrow("kind is slow, not one of constant, uniform");
    expect(check('{"kind":"constant"}')).toThrow("latency constant: ms is missing");
    expect(check('{"kind":"toString"}')).toThrow("kind is toString, not one of");
  });

  it("are written in one line", () => {
    expect(latencyText({ kind: "uniform", minMs: 1, maxMs: 5 })).toBe("uniform minMs=1 maxMs=5");
  });
});
