import { describe, expect, it } from "vitest";
import { JsonFields } from "../scenario/json-fields.ts";
import { faultVerbs, readFaults } from "./read-faults.ts";

const read = (...faults: unknown[]) => readFaults(new JsonFields({ faults }, "").list("faults"));

describe("a fault plan", () => {
  it("has its defaults filled in", () => {
    expect(read({ atMs: 5, do: "crash", nodes: [1] })).toEqual([
      { atMs: 5, do: "crash", nodes: [1], what: "process", disk: "kept", address: "kept" },
    ]);
    expect(read({ atMs: 0, do: "cut", from: "a", to: { ratio: 0.5 }, forMs: 10 })).toEqual([
      { atMs: 0, forMs: 10, do: "cut", from: "a", to: { ratio: 0.5 }, direction: "oneWay" },
    ]);
    const latency = { kind: "lognormal", medianMs: 3, sigma: 0.5 };
    expect(read({ atMs: 0, do: "latency", latency })).toEqual([
      { atMs: 0, do: "latency", latency },
    ]);
  });

  it("knows every verb of docs/simulator.md", () => {
    expect([...faultVerbs].sort().join(" ")).toBe(
      "bandwidth block clog crash cut drift duplicate heal latency lose mend partition pause " +
        "reorder restart resume skew unblock",
    );
  });

  it.each([
    [{ do: "crash", nodes: [1] }, /faults\[0\]\.atMs is missing, but must be a number of millis/],
    [
      { atMs: 1, do: "crush", nodes: [1] },
      /faults\[0\]\.do is "crush", but must be one of "crash"/,
    ],
    [{ atMs: 1, do: "crash", nodes: [-1] }, /faults\[0\]\.nodes is \[-1\], but must be a group's/],
    [{ atMs: 1, do: "crash" }, /faults\[0\]\.nodes is missing/],
    [{ atMs: 1, do: "crash", nodes: { count: 0 } }, /nodes\.count is 0, but must be a whole/],
    [
      { atMs: 1, do: "crash", nodes: [1], ratio: 1 },
      /faults\[0\]\.ratio is no field here. Known: /,
    ],
    [{ atMs: 1, do: "lose", ratio: 30 }, /faults\[0\]\.ratio is 30, but must be a number from 0/],
    [{ atMs: 1, do: "heal", forMs: 5 }, /forMs means nothing: "heal" is over at once. Remove it/],
    [{ atMs: 1, do: "clog", from: [0], to: [1] }, /forMs is missing, but must be how long/],
    [{ atMs: 1, do: "partition", sides: [] }, /sides is \[\], but must be a list of one group/],
    [{ atMs: 1, do: "pause", nodes: [0], everyMs: 5 }, /timesCount is missing/],
    [
      { atMs: 1, do: "latency", latency: { kind: "uniform", minMs: 5, maxMs: 4 } },
      /latency\.maxMs is 4, but must be 5 \(minMs\) or more/,
    ],
    ["crash", /faults\[0\] is "crash", but must be an object/],
  ])("that is wrong is refused by its field: %j", (fault, message) => {
    expect(() => read(fault)).toThrow(message);
    expect(() => read(fault)).toThrow(expect.objectContaining({ code: "SCENARIO_INVALID" }));
  });
});
