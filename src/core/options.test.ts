import { describe, expect, expectTypeOf, test } from "vitest";
import { AssertionError } from "./assert.ts";
import { HearsayError } from "./errors.ts";
import { type OptionsOf, oneOf, resolveOptions } from "./options.ts";

const probeDefaults = {
  /** Time between probes. [guess] */
  probeIntervalMs: 1_000,
  frameMaxBytes: 1_400,
  fanoutCount: 3,
  lossRatio: 0.1,
  awarenessMultiplier: 2,
  mode: oneOf("push", "pull"),
  label: "none",
} as const;

function refusal(given: Readonly<Record<string, number | string>>): string {
  try {
    resolveOptions("probe", probeDefaults, given);
  } catch (error) {
    expect(error).toBeInstanceOf(HearsayError);
    return error instanceof HearsayError ? error.message : "";
  }
  throw new Error("was not refused");
}

describe("resolveOptions", () => {
  test("lays what was given over the defaults and freezes", () => {
    const options = resolveOptions("probe", probeDefaults, { fanoutCount: 5, mode: "pull" });
    expect(options).toEqual({
      probeIntervalMs: 1_000,
      frameMaxBytes: 1_400,
      fanoutCount: 5,
      lossRatio: 0.1,
      awarenessMultiplier: 2,
      mode: "pull",
      label: "none",
    });
    expect(Object.isFrozen(options)).toBe(true);
    expect(resolveOptions("probe", probeDefaults).mode).toBe("push");
    expect(resolveOptions("probe", probeDefaults, { fanoutCount: undefined }).fanoutCount).toBe(3);
  });

  test("its type widens numbers and keeps unions", () => {
    type Options = OptionsOf<typeof probeDefaults>;
    expectTypeOf<Options["fanoutCount"]>().toEqualTypeOf<number>();
    expectTypeOf<Options["mode"]>().toEqualTypeOf<"push" | "pull">();
  });

  test.each([
    [{ probeIntervalMs: -1 }, "probe.probeIntervalMs is -1"],
    [{ probeIntervalMs: Number.POSITIVE_INFINITY }, "is Infinity"],
    [{ frameMaxBytes: 1.5 }, "whole number of bytes"],
    [{ fanoutCount: -2 }, "whole number"],
    [{ fanoutCount: Number.NaN }, "is NaN"],
    [{ lossRatio: 1.01 }, "from 0 to 1"],
    [{ awarenessMultiplier: 0 }, "above 0"],
    [{ probeIntervalMs: "fast" }, 'is "fast"'],
    [{ mode: "sideways" }, 'one of "push", "pull"'],
    [{ label: 7 }, "a text"],
    [{ probeIntervallMs: 5 }, "Did you mean probeIntervalMs?"],
    [{ colour: 5 }, "Known: probeIntervalMs"],
    [{ toString: 5 }, "is no option"],
  ])("refuses %o", (given, words) => {
    const message = refusal(given);
    expect(message).toContain("[CONFIG_OPTION]");
    expect(message).toContain(words);
  });

  test("a check across fields names the slice", () => {
    expect(() =>
      resolveOptions("probe", probeDefaults, { fanoutCount: 9 }, (options) =>
        options.fanoutCount > 8 ? "fanoutCount must be at most 8." : undefined,
      ),
    ).toThrow("[CONFIG_OPTION] probe: fanoutCount must be at most 8.");
  });

  test("a default without a unit, or out of its unit's range, is our bug", () => {
    expect(() => resolveOptions("x", { retries: 3 })).toThrow(AssertionError);
    expect(() => resolveOptions("x", { lossRatio: 3 })).toThrow(AssertionError);
  });
});
