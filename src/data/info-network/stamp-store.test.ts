import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { encodeUtf8 } from "../../core/text.ts";
import type { InfoNetworkCount } from "./info-network.contract.ts";
import { NO_EXPIRY, type StampedInfo } from "./info-network.messages.ts";
import { type InfoNetworkOptions, infoNetworkDefaults } from "./info-network.options.ts";
import { DELETED_BYTES, openPayload, sealPayload } from "./raw-bytes.ts";
import { StampClock } from "./stamp-clock.ts";
import { StampStore } from "./stamp-store.ts";

const HOUR = 3_600_000_000_000n;
const START = 1_700_000_000_000_000_000n;

function rig(given: { nodeId?: number; options?: Partial<InfoNetworkOptions> } = {}) {
  const events: string[] = [];
  const counts = new Map<string, number>();
  const time = { now: START };
  const clock = new StampClock(() => time.now);
  const store = new StampStore(
    {
      clock,
      nodeId: () => given.nodeId ?? 1,
      counters: {
        add: (name: InfoNetworkCount, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by),
      },
      listener: {
        onStored: ({ key }, kind) => events.push(`${kind} ${key}`),
        onExpired: ({ key }) => events.push(`expired ${key}`),
      },
    },
    { ...infoNetworkDefaults, ...given.options },
  );
  const write = (key: string, text: string, ttl = 0n) =>
    store.addInfo(key, store.newInfo(sealPayload(key, encodeUtf8(text)), ttl));
  return { clock, counts, events, store, time, write };
}

/** One that came from elsewhere. */
function info(given: Partial<StampedInfo> & { text?: string } = {}): StampedInfo {
  const { text = "x", wallTime = START, ...rest } = given;
  const rawBytes = sealPayload("k", encodeUtf8(text));
  const stamps = { wallTime, origStamp: wallTime + 1n, ttlStamp: NO_EXPIRY };
  return { rawBytes, ...stamps, hops: 0, nodeId: 2, peerId: 0, ...rest };
}

const infoOf = ({ store }: ReturnType<typeof rig>, key = "k") => store.getInfo(key)?.info;

describe("the clock", () => {
  it("gives each stamp once, whatever the machine's clock does", () => {
    const { clock, time } = rig();
    const stamps = [clock.now(), clock.now()];
    time.now -= HOUR;
    stamps.push(clock.now());
    clock.ratchet(START + 9n);
    stamps.push(clock.now());
    time.now = START + HOUR;
    stamps.push(clock.now());
    expect(stamps).toEqual([START, START + 1n, START + 2n, START + 10n, START + HOUR]);
  });

  it("is not moved by looking", () => {
    const { clock } = rig();
    expect([clock.peek(), clock.peek(), clock.now()]).toEqual([START, START, START]);
  });
});

describe("raw bytes", () => {
  it.each([
    ["node:1", "hi", "64a9b379036869"],
    ["sentinel", "", "ad90d4d803"],
  ])("of %s and %j are those of the spec", (key, text, hex) => {
    const raw = sealPayload(key, encodeUtf8(text));
    expect(Buffer.from(raw).toString("hex")).toBe(hex);
    expect(openPayload(key, raw)).toEqual({ status: "ok", payload: encodeUtf8(text) });
  });

  it("belong to their key, may be unchecked, and may be none", () => {
    const raw = sealPayload("a", encodeUtf8("x"));
    expect(openPayload("b", raw).status).toBe("corrupt");
    raw.fill(0, 0, 4);
    expect(openPayload("b", raw).status).toBe("ok");
    expect(openPayload("b", raw.subarray(0, 4)).status).toBe("corrupt");
    expect(openPayload("b", DELETED_BYTES).status).toBe("deleted");
  });
});

describe("what is written here", () => {
  it("is stamped, and expires when the clock says so and not before", () => {
    const one = rig();
    one.write("k", "x", 100n);
    expect(infoOf(one)).toMatchObject({
      wallTime: START,
      origStamp: START + 1n,
      ttlStamp: START + 100n,
      nodeId: 1,
      hops: 0,
    });
    one.time.now = START + 99n;
    expect(infoOf(one)).toBeDefined();
    one.time.now = START + 100n;
    expect(infoOf(one)).toBeUndefined();
    expect([...one.store.held()]).toEqual([]);
    expect(one.store.delta(new Map())).toEqual([]);
    expect(one.store.size).toBe(1);
    one.store.sweep();
    expect([one.store.size, one.events.at(-1)]).toEqual([0, "expired k"]);
    expect(one.store.highWater.get(1)).toBe(START + 1n);
  });

  it("lives for ever without a time to live", () => {
    const one = rig();
    one.write("k", "x");
    expect(infoOf(one)?.ttlStamp).toBe(9_223_372_036_854_775_807n);
  });

  it("is stamped above what a former life has stamped, if the clock went back", () => {
    const one = rig();
    const former = START + HOUR / 2n;
    one.store.combine(new Map([["old", info({ nodeId: 1, wallTime: former })]]), 2);
    one.write("k", "x");
    expect(infoOf(one)?.origStamp).toBeGreaterThan(former + 1n);
    expect(infoOf(one)?.wallTime).toBeGreaterThan(former);
  });

  it("is stamped anew where others hold greater stamps of this node", () => {
    const one = rig();
    one.write("k", "x");
    one.store.combine(new Map([["old", info({ nodeId: 1 })]]), 2);
    const claimed = START + 1_000n;
    expect(one.store.ratchetOwn(claimed)).toBe(true);
    one.store.reissueOwn(claimed);
    expect(infoOf(one)?.origStamp).toBeGreaterThan(claimed);
    expect(infoOf(one, "old")?.origStamp).toBe(START + 1n);
    expect(one.events.filter((event) => event.startsWith("redundant"))).toEqual(["redundant k"]);
  });

  it("does not follow stamps of its own that are absurd", () => {
    const one = rig();
    expect(one.store.ratchetOwn(START + 2n * HOUR)).toBe(false);
    one.store.combine(new Map([["k", info({ nodeId: 1, wallTime: START + 2n * HOUR })]]), 2);
    expect(infoOf(one)).toBeUndefined();
    expect(one.counts.get("ownTooFarAhead")).toBe(2);
    expect(one.clock.now()).toBe(START);
  });
});

describe("of two infos of a key", () => {
  const orders = [
    ["one first", (a: StampedInfo, b: StampedInfo) => [a, b]],
    ["the other first", (a: StampedInfo, b: StampedInfo) => [b, a]],
  ] as const;

  function winner(infos: readonly StampedInfo[]): StampedInfo | undefined {
    const one = rig();
    for (const each of infos) one.store.addInfo("k", each);
    return infoOf(one);
  }

  it.each(orders)("the later wall time wins (%s)", (_name, order) => {
    const later = info({ wallTime: START + 1n, hops: 9 });
    expect(winner(order(info(), later))).toEqual(later);
  });

  it.each(orders)("at one wall time the larger id wins, whatever the hops (%s)", (_name, order) => {
    const larger = info({ nodeId: 3, hops: 9 });
    expect(winner(order(info({ nodeId: 2 }), larger))).toEqual(larger);
  });

  it.each(orders)("of one origin at one wall time the shorter way wins (%s)", (_name, order) => {
    const near = info({ hops: 1 });
    expect(winner(order(info({ hops: 2 }), near))).toEqual(near);
  });

  it("an equal one is not fresh, and tells nobody", () => {
    const one = rig();
    expect(one.store.addInfo("k", info())).toBe("added");
    expect(one.store.addInfo("k", info())).toBe("notFresh");
    expect(one.events).toEqual(["changed k"]);
  });

  it("the same value again is redundant, unless the former one had expired", () => {
    const one = rig();
    one.write("k", "x", 100n);
    one.write("k", "x", 100n);
    one.time.now += 1_000n;
    one.write("k", "x", 100n);
    expect(one.events).toEqual(["changed k", "redundant k", "expired k", "changed k"]);
  });
});

describe("a delta", () => {
  it("is what is beyond the stamps of whoever asks", () => {
    const one = rig();
    for (const key of ["a", "b", "c"]) one.write(key, "x");
    one.store.addInfo("d", info({ nodeId: 2 }));
    const keys = (stamps: [number, bigint][]) =>
      one.store.delta(new Map(stamps)).map(({ key }) => key);
    expect(keys([])).toEqual(["a", "b", "c", "d"]);
    const second = infoOf(one, "b")?.origStamp ?? 0n;
    expect(keys([[1, second]])).toEqual(["c", "d"]);
    expect(
      keys([
        [1, START + HOUR],
        [2, START + 1n],
      ]),
    ).toEqual([]);
  });

  it("behind a position holds only what was stored since", () => {
    const one = rig();
    one.write("a", "x");
    const { lastPosition } = one.store;
    one.write("b", "x");
    one.write("a", "y");
    expect(one.store.delta(new Map(), lastPosition).map(({ key }) => key)).toEqual(["b", "a"]);
    // Far more writes than keys: the list of what was stored does not grow with them.
    for (let count = 0; count < 5_000; count += 1) one.write("a", `${count}`);
    expect([...one.store.heldSince(lastPosition)].map(({ key }) => key)).toEqual(["b", "a"]);
  });

  it("that is taken counts hops and tells who told", () => {
    const one = rig();
    const most = 0xff_ff_ff_ff;
    const fresh = one.store.combine(
      new Map([
        ["a", info({ hops: 4 })],
        ["b", info({ hops: most, nodeId: 3 })],
      ]),
      7,
    );
    expect(fresh).toBe(2);
    expect(infoOf(one, "a")).toMatchObject({ hops: 5, peerId: 7 });
    expect(infoOf(one, "b")?.hops).toBe(most);
  });

  it("raises the high-water stamp by what is known too", () => {
    const one = rig();
    one.store.addInfo("k", info({ nodeId: 3, wallTime: START + 5n }));
    expect(one.store.combine(new Map([["k", info({ nodeId: 2 })]]), 2)).toBe(0);
    expect(one.store.highWater.get(2)).toBe(START + 1n);
  });
});

describe("what is absurd", () => {
  it.each([
    ["infoMalformed", "k", { nodeId: 0 }],
    ["infoMalformed", "k", { nodeId: -3 }],
    ["infoMalformed", "k", { nodeId: 1.5 }],
    ["infoMalformed", "k", { nodeId: 2 ** 31 }],
    ["infoMalformed", "k", { origStamp: 0n }],
    ["infoMalformed", "k", { origStamp: -1n }],
    ["infoMalformed", "k", { ttlStamp: 0n }],
    ["infoMalformed", "k", { wallTime: -5n, origStamp: 1n }],
    ["infoMalformed", "k", { hops: -1 }],
    ["infoMalformed", "", {}],
    ["infoTooLarge", "k".repeat(1_025), {}],
    ["infoTooLarge", "k", { rawBytes: new Uint8Array(300_000) }],
    ["infoTooFarAhead", "k", { wallTime: START + 25n * HOUR }],
    ["infoTooFarAhead", "k", { origStamp: 9_223_372_036_854_775_807n }],
  ] as const)("is dropped and counted as %s: %s %o", (reason, key, wrong) => {
    const one = rig();
    const delta = new Map([
      [key, info(wrong)],
      ["good", info()],
    ]);
    expect(one.store.combine(delta, 2)).toBe(1);
    expect([...one.counts]).toEqual([[reason, 1]]);
    expect([...one.store.highWater.keys()]).toEqual([2]);
  });

  it("and what is too much is dropped too, while what is held can still be replaced", () => {
    const one = rig({ options: { keysMaxCount: 2, originsMaxCount: 2 } });
    const delta = new Map(["a", "b", "c"].map((key) => [key, info()] as const));
    expect(one.store.combine(delta, 2)).toBe(2);
    expect(one.store.combine(new Map([["a", info({ wallTime: START + 1n })]]), 2)).toBe(1);
    expect(one.counts.get("storeFull")).toBe(1);
    one.store.combine(new Map([["a", info({ nodeId: 3, wallTime: START + 2n })]]), 3);
    one.store.combine(new Map([["a", info({ nodeId: 4, wallTime: START + 3n })]]), 3);
    one.store.combine(new Map([["a", info({ nodeId: 5, wallTime: START })]]), 3);
    expect([...one.store.highWater.keys()]).toEqual([2, 3]);
    expect(one.counts.get("storeFull")).toBe(2);
    expect(one.counts.get("originsFull")).toBe(1);
  });

  it("a store of few bytes refuses large values, and takes them when others have gone", () => {
    const one = rig({ options: { totalMaxBytes: 400 } });
    expect(one.write("a", "x".repeat(200), 100n)).toBe("added");
    expect(one.write("b", "x".repeat(200))).toBe("full");
    one.time.now += 100n;
    one.store.sweep();
    expect(one.write("b", "x".repeat(200))).toBe("added");
  });
});

describe("ways", () => {
  it("of descriptors alone tell who is far, and of several one is drawn", () => {
    const one = rig();
    const far = (nodeId: number, hops: number) =>
      one.store.addInfo(`node:${nodeId}`, info({ nodeId, hops }));
    far(2, 3);
    far(3, 6);
    far(4, 6);
    far(1, 9);
    one.store.addInfo("k", info({ nodeId: 5, hops: 99 }));
    const drawn = new Set<number | undefined>();
    const random = new Random(1);
    for (let count = 0; count < 50; count += 1) {
      drawn.add(one.store.mostDistant(() => false, random)?.nodeId);
    }
    expect(drawn).toEqual(new Set([3, 4]));
    expect(one.store.mostDistant((nodeId) => nodeId !== 2, random)).toEqual({ nodeId: 2, hops: 3 });
    expect(one.store.mostDistant(() => true, random)).toBeUndefined();
  });

  it("to origins are counted by peer", () => {
    const one = rig();
    one.store.addInfo("a", info({ nodeId: 5, peerId: 2 }));
    one.store.addInfo("b", info({ nodeId: 5, peerId: 2 }));
    one.store.addInfo("c", info({ nodeId: 6, peerId: 3 }));
    one.store.addInfo("d", info({ nodeId: 7, peerId: 3 }));
    expect([...one.store.originsBy([2, 3, 4])]).toEqual([
      [2, 1],
      [3, 2],
      [4, 0],
    ]);
  });
});
