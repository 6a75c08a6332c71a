import { describe, expect, test } from "vitest";
import { checkNodeOptions, nameFromHost, silentLogger } from "./node-options.ts";
import { sliceOptions } from "./slice-options.ts";

describe("the options of startNode", () => {
  test("all of them at their best are taken", () => {
    expect(() =>
      checkNodeOptions({
        name: "p1",
        bind: "127.0.0.1:0",
        advertise: "10.0.0.1:1",
        join: ["a:1"],
        joinMin: 1,
        label: "blue",
        keys: ["x"],
        tags: { a: "b" },
        dataDir: "/tmp/x",
        profile: "wan",
        wire: "memberlist",
        seed: 1,
        transport: { name: "t", create: () => ({}) },
        logger: silentLogger,
        signal: new AbortController().signal,
        swim: {},
        serf: {},
        broadcast: { fanoutCount: 3 },
      }),
    ).not.toThrow();
    expect(() => checkNodeOptions({})).not.toThrow();
  });

  test.each([
    [{ nmae: "p1" }, /nmae is no option/],
    [{ name: "" }, /name is "".*1 to 128 bytes/],
    [{ name: "a\nb" }, /control/],
    [{ name: "ü".repeat(65) }, /name is/],
    [{ bind: 7946 }, /bind is 7946.*127\.0\.0\.1:7946/],
    [{ join: "a:1" }, /join is "a:1".*list/],
    [{ joinMin: 1 }, /joinMin is 1.*join lists 0/],
    [{ joinMin: 0.5 }, /joinMin is 0\.5/],
    [{ keys: [] }, /at least one key/],
    [{ keys: "c2VjcmV0" }, /keys is not a list/],
    [{ tags: { a: 1 } }, /tags is/],
    [{ profile: "moon" }, /profile is "moon".*"lan", "wan", "local"/],
    [{ overlay: "tree" }, /overlay is "tree".*"rings", "hyparview"/],
    [{ transport: {} }, /memoryNetwork/],
    [{ logger: console.log }, /logger/],
    [{ signal: {} }, /AbortSignal/],
    [{ swim: { probeIntervalMs: true } }, /swim is/],
    [[], /one object/],
  ])("%j is refused with the fix", (options, message) => {
    expect(() => checkNodeOptions(options as never)).toThrow(message);
    expect(() => checkNodeOptions(options as never)).toThrow("CONFIG_OPTION");
  });

  test("a bad key is not shown", () => {
    expect(() => checkNodeOptions({ keys: "c2VjcmV0" as never })).not.toThrow("c2VjcmV0");
  });

  test("a name from the host fits, whatever the host is called", () => {
    expect(nameFromHost("abc123")).toMatch(/^[A-Za-z0-9.-]+-abc123$/);
  });
});

describe("the numbers of the slices", () => {
  test("defaults, then profile, then what is given; Serf follows SWIM", () => {
    expect(sliceOptions({}).swim.gossipIntervalMs).toBe(200);
    const wan = sliceOptions({ profile: "wan", swim: { gossipIntervalMs: 50 } });
    expect(wan.swim.probeIntervalMs).toBe(5_000);
    expect([wan.swim.gossipIntervalMs, wan.serf.gossipIntervalMs]).toEqual([50, 50]);
    expect(sliceOptions({ serf: { gossipIntervalMs: 9 } }).serf.gossipIntervalMs).toBe(9);
  });

  test("what would stand still is refused", () => {
    expect(() => sliceOptions({ broadcast: { fanoutCount: 0 } })).toThrow("fanoutCount is 0");
    expect(() => sliceOptions({ broadcast: { fanotCount: 3 } })).toThrow(/Did you mean/);
    expect(() => sliceOptions({ swim: { probeIntervalMs: -1 } })).toThrow("swim.probeIntervalMs");
  });
});
