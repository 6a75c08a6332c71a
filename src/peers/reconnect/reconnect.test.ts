import { describe, expect, test } from "vitest";
import { type Address, addressKey } from "../../core/address.ts";
import { resolveOptions } from "../../core/options.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { DialEnd, KnownMember, PastMember, ReconnectCount } from "./reconnect.contract.ts";
import type { DialMessage, ReconnectTimer } from "./reconnect.messages.ts";
import { reconnectDefaults, reconnectProblem } from "./reconnect.options.ts";
import { Reconnect } from "./reconnect.ts";

const HOUR_MS = 3_600_000;
const at = (last: number, port = 7946): Address => ({ host: `10.0.0.${last}`, port });
const failed: DialEnd = { kind: "failed", detail: "unreachable" };

interface Setting {
  readonly seed?: number;
  readonly options?: Partial<Record<keyof typeof reconnectDefaults, number>>;
  readonly past?: readonly PastMember[];
}

/** A Reconnect between a membership that is a set of names and a host that writes down dials. */
class Bench {
  readonly env: RecordingEnv<DialMessage, ReconnectTimer, Address>;
  readonly living = new Set<string>();
  readonly members = new Map<string, KnownMember>();
  readonly counts = new Map<ReconnectCount, number>();
  readonly foreign: string[] = [];
  savesCount = 0;
  readonly reconnect: Reconnect;

  constructor({ seed = 1, options = {}, past = [] }: Setting = {}) {
    this.env = new RecordingEnv({ self: "me", seed });
    const { living } = this;
    this.reconnect = new Reconnect(
      this.env,
      {
        view: {
          get size() {
            return living.size;
          },
          get population() {
            return living.size + 1;
          },
          sample: () => 0,
          forEachNeighbour: () => {},
          subscribe: () => {},
        },
        listener: {
          onForeign: (address, detail) => this.foreign.push(`${addressKey(address)} ${detail}`),
          onSaveDue: () => {
            this.savesCount += 1;
          },
        },
        counters: {
          add: (name, by = 1) => this.counts.set(name, (this.counts.get(name) ?? 0) + by),
        },
        own: [at(1)],
        past,
      },
      resolveOptions("reconnect", reconnectDefaults, options, reconnectProblem),
    );
    this.reconnect.start();
  }

  seeds(...addresses: readonly Address[]): void {
    this.reconnect.setSeeds(addresses, this.members.values());
  }

  up(name: string, address: Address): void {
    this.living.add(name);
    this.members.set(name, { name, address, status: "alive" });
    this.reconnect.onMemberUp(name, address);
  }

  lost(name: string, address: Address): void {
    this.living.delete(name);
    this.members.delete(name);
    this.reconnect.onMemberLost(name, address);
  }

  left(name: string): void {
    this.living.delete(name);
    this.members.delete(name);
    this.reconnect.onMemberLeft(name);
  }

  /** Lets time pass in small steps; every dial ends, as `end` says, before the next step. */
  run(durationMs: number, end: (address: Address) => DialEnd = () => failed): string[] {
    const dialled: string[] = [];
    for (let passed = 0; passed < durationMs; passed += 1_000) {
      this.env.advance(1_000, this.reconnect);
      const { sent } = this.env;
      this.env.taken();
      for (const { to } of sent) {
        dialled.push(addressKey(to));
        this.reconnect.onDialEnd(to, end(to));
      }
    }
    return dialled;
  }
}

describe("a node in company", () => {
  test("dials nobody while nobody is missing", () => {
    const bench = new Bench();
    for (let i = 2; i < 50; i += 1) bench.up(`m${i}`, at(i));
    expect(bench.run(24 * HOUR_MS)).toEqual([]);
  });

  test("dials where a lost member was until it is back, and then no more", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    bench.up("b", at(3));
    bench.lost("b", at(3));
    const dialled = bench.run(HOUR_MS);
    expect(new Set(dialled)).toEqual(new Set(["10.0.0.3:7946"]));
    expect(dialled.length).toBeGreaterThan(8);
    bench.up("b", at(3));
    expect(bench.run(HOUR_MS)).toEqual([]);
    expect(bench.reconnect.placesCount).toBe(0);
  });

  test("waits ever longer, up to the bound: a day's absence costs a call every few minutes", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    bench.lost("b", at(3));
    bench.run(24 * HOUR_MS);
    const dialled = bench.run(24 * HOUR_MS).length;
    expect(dialled).toBeGreaterThan(100);
    expect(dialled).toBeLessThan(24 * 6 * 2);
  });

  test("never dials more than one place a round, whatever the size of the past", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    for (let i = 0; i < 2_000; i += 1) bench.lost(`p${i}`, at(3, 1 + i));
    expect(bench.reconnect.placesCount).toBe(512);
    expect(bench.counts.get("reconnect.dropped.pastFull")).toBe(2_000 - 512);
    const dialled = bench.run(HOUR_MS).length;
    expect(dialled).toBeGreaterThan(80);
    expect(dialled).toBeLessThan(240);
  });

  test("all members together dial a missing one a few times an interval, not once each", () => {
    let dialled = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const bench = new Bench({ seed });
      for (let i = 0; i < 99; i += 1) bench.up(`m${i}`, at(2, 1 + i));
      bench.lost("b", at(3));
      dialled += bench.run(300_000).length;
    }
    // Ten intervals, less the first wait of a place: three dials in each.
    expect(dialled).toBeGreaterThan(10);
    expect(dialled).toBeLessThan(50);
  });

  test("does not dial who said goodbye, nor the old address of who is back elsewhere", () => {
    const bench = new Bench();
    for (const [name, last] of [
      ["a", 2],
      ["b", 3],
      ["c", 4],
      ["d", 5],
    ] as const) {
      bench.up(name, at(last));
    }
    bench.left("b");
    bench.lost("c", at(4));
    bench.up("c", at(6));
    bench.lost("d", at(5));
    bench.left("d");
    expect(bench.run(24 * HOUR_MS)).toEqual([]);
  });

  test("forgets an address that has another owner now", () => {
    const bench = new Bench();
    bench.lost("b", at(3));
    bench.up("x", at(3));
    expect(bench.reconnect.missed).toEqual([]);
  });

  test("forgets a past member after its time, and not before", () => {
    const bench = new Bench({ options: { pastMaxMs: HOUR_MS } });
    bench.up("a", at(2));
    bench.lost("b", at(3));
    bench.run(HOUR_MS - 60_000);
    expect(bench.reconnect.placesCount).toBe(1);
    bench.run(120_000);
    expect(bench.reconnect.placesCount).toBe(0);
    expect(bench.run(HOUR_MS)).toEqual([]);
  });
});

describe("a node that sees nobody", () => {
  test("tries some of its past at once, and goes on", () => {
    const past = Array.from({ length: 100 }, (_, i) => ({
      name: `p${i}`,
      address: at(2, 1 + i),
      seenAtMs: 1_000 + i,
    }));
    const bench = new Bench({ past, options: { pastMaxMs: Number.MAX_SAFE_INTEGER } });
    const first = bench.run(5_000);
    expect(first.length).toBeGreaterThanOrEqual(3);
    expect(first.length).toBeLessThanOrEqual(9);
    const anHour = bench.run(HOUR_MS);
    expect(anHour.length).toBeLessThan(3 * 240);
    expect(new Set([...first, ...anHour]).size).toBeGreaterThan(80);
  });

  test("does not wait for a distant round when the last member is lost", () => {
    const bench = new Bench();
    bench.up("b", at(3));
    bench.run(40_000);
    bench.lost("b", at(3));
    expect(bench.run(10_000).length).toBeGreaterThan(0);
  });

  test("never dials itself, under any of its addresses", () => {
    const past = [{ name: "other", address: at(1), seenAtMs: 0 }];
    const bench = new Bench({ past });
    bench.seeds(at(1));
    expect(bench.run(HOUR_MS)).toEqual([]);
  });

  test("rests once it leaves", () => {
    const bench = new Bench();
    bench.lost("b", at(3));
    bench.reconnect.rest();
    expect(bench.run(HOUR_MS)).toEqual([]);
  });
});

describe("an address given by the user", () => {
  test("is dialled while nobody known is there, also after its owner left", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    bench.seeds(at(3));
    expect(bench.run(600_000).length).toBeGreaterThan(1);
    bench.up("b", at(3));
    expect(bench.run(HOUR_MS)).toEqual([]);
    bench.left("b");
    expect(bench.run(HOUR_MS).length).toBeGreaterThan(1);
  });

  test("is covered when its owner was known before, and goes when given no more", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    bench.seeds(at(2), at(3));
    expect(new Set(bench.run(HOUR_MS))).toEqual(new Set(["10.0.0.3:7946"]));
    bench.seeds(at(2));
    expect(bench.run(HOUR_MS)).toEqual([]);
    bench.lost("a", at(2));
    expect(bench.run(HOUR_MS).length).toBeGreaterThan(1);
  });

  test("given no more leaves who is missed there: the DNS drops who cannot be reached", () => {
    const bench = new Bench({ options: { pastMaxCount: 2 } });
    bench.up("a", at(2));
    bench.up("b", at(3));
    bench.seeds(at(2), at(3));
    bench.lost("b", at(3));
    bench.seeds(at(2));
    expect(bench.reconnect.missed.map(({ name }) => name)).toEqual(["b"]);
    expect(new Set(bench.run(HOUR_MS))).toEqual(new Set(["10.0.0.3:7946"]));
    bench.up("b", at(4));
    expect(bench.run(HOUR_MS)).toEqual([]);
    bench.seeds();
    for (const last of [5, 6, 7]) bench.up(`c${last}`, at(last));
    bench.seeds(at(5), at(6), at(7));
    for (const last of [5, 6, 7]) bench.lost(`c${last}`, at(last));
    bench.seeds();
    expect(bench.reconnect.missed.map(({ name }) => name)).toEqual(["c6", "c7"]);
    expect(bench.counts.get("reconnect.dropped.pastFull")).toBe(1);
  });

  test("that leads into this cluster but is no member's is asked ever more rarely", () => {
    const bench = new Bench();
    bench.up("a", at(2));
    bench.seeds(at(9));
    const end = (): DialEnd => ({ kind: "joined", detail: "" });
    bench.run(24 * HOUR_MS, end);
    expect(bench.run(HOUR_MS, end).length).toBeLessThan(12);
  });

  test("is refused when there are too many", () => {
    const bench = new Bench();
    bench.seeds(...Array.from({ length: 70 }, (_, i) => at(2, 1 + i)));
    expect(bench.counts.get("reconnect.dropped.seedsFull")).toBe(6);
  });
});

describe("a place of another cluster", () => {
  const refused: DialEnd = { kind: "refused", detail: "another label" };

  test("is reported once, and then left alone for long, even by who sees nobody", () => {
    const bench = new Bench();
    bench.lost("b", at(3));
    const dialled = bench.run(24 * HOUR_MS, () => refused);
    expect(bench.foreign).toEqual(["10.0.0.3:7946 another label"]);
    expect(bench.counts.get("reconnect.foreign")).toBe(1);
    expect(dialled.length).toBeLessThan(24 * 8 + 1);
    expect(dialled.length).toBeGreaterThan(24);
  });

  test("is known by connections that break again and again, not by one that breaks", () => {
    const bench = new Bench();
    bench.lost("b", at(3));
    let turn = 0;
    bench.run(600_000, () => {
      turn += 1;
      return { kind: turn % 3 === 0 ? "failed" : "cutOff", detail: "ECONNRESET" };
    });
    expect(bench.foreign).toEqual([]);
    bench.run(600_000, () => ({ kind: "cutOff", detail: "ECONNRESET" }));
    expect(bench.foreign).toEqual(["10.0.0.3:7946 ECONNRESET"]);
  });
});

describe("what is kept for the next life", () => {
  test("is who is missed; a change is told once for many, after a while", () => {
    const bench = new Bench();
    for (let i = 0; i < 20; i += 1) bench.up(`m${i}`, at(2, 1 + i));
    expect(bench.savesCount).toBe(0);
    bench.run(6_000);
    expect(bench.savesCount).toBe(1);
    bench.lost("m3", at(2, 4));
    bench.left("m4");
    bench.run(6_000);
    expect(bench.savesCount).toBe(2);
    expect(bench.reconnect.missed).toMatchObject([{ name: "m3", address: at(2, 4) }]);
    bench.run(HOUR_MS);
    expect(bench.savesCount).toBe(2);
  });

  test("the living come first, and all of it is bounded", () => {
    const bench = new Bench({ options: { pastMaxCount: 3 } });
    for (const last of [5, 6, 7, 8]) {
      bench.lost(`p${last}`, at(last));
      bench.env.advance(10, bench.reconnect);
    }
    const members = [
      { name: "me", address: at(1), status: "alive" },
      { name: "a", address: at(2), status: "alive" },
      { name: "p5", address: at(5), status: "dead" },
    ] as const;
    const names = (given: readonly (typeof members)[number][]) =>
      bench.reconnect.worthKeeping(given).map(({ name }) => name);
    expect(names(members)).toEqual(["a", "p8", "p7"]);
    expect(names([...members, ...members, ...members, ...members])).toEqual(["a", "a", "a"]);
  });

  test("the past of the last life is missed until seen, and never from the future", () => {
    const past = [
      { name: "b", address: at(3), seenAtMs: Number.MAX_SAFE_INTEGER },
      { name: "me", address: at(4), seenAtMs: 5 },
    ];
    const bench = new Bench({ past });
    expect(bench.reconnect.missed).toEqual([
      { name: "b", address: at(3), seenAtMs: bench.env.wallClock() },
    ]);
    bench.up("b", at(7));
    expect(bench.reconnect.missed).toEqual([]);
  });
});

test("options that make no sense are refused", () => {
  const resolve = (given: object) =>
    resolveOptions("reconnect", reconnectDefaults, { ...given }, reconnectProblem);
  expect(() => resolve({ intervalMs: 0 })).toThrow("CONFIG_OPTION");
  expect(() => resolve({ retryMinMs: 5, retryMaxMs: 4 })).toThrow("CONFIG_OPTION");
  expect(() => resolve({ pastMaxCount: 0 })).toThrow("CONFIG_OPTION");
});
