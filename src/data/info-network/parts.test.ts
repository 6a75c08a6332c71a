import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { BootstrapAddresses } from "./bootstrap-addresses.ts";
import type { HeldInfo, InfoNotice, WatchWish } from "./info-network.contract.ts";
import { NO_EXPIRY } from "./info-network.messages.ts";
import { infoNetworkDefaults } from "./info-network.options.ts";
import { InfoWatchers } from "./info-watchers.ts";
import { KnownNodes, peersMaxCount } from "./known-nodes.ts";
import { nodeDescriptorCodec } from "./node-descriptor.wire.ts";
import { NodeSeats } from "./node-seats.ts";
import { DELETED_BYTES, sealPayload } from "./raw-bytes.ts";

function held(key: string, rawBytes = sealPayload(key, encodeUtf8("x"))): HeldInfo {
  const stamps = { wallTime: 1n, origStamp: 2n, ttlStamp: NO_EXPIRY };
  return { key, position: 1, info: { rawBytes, ...stamps, hops: 0, nodeId: 2, peerId: 2 } };
}

describe("places", () => {
  it.each([
    [0, 3],
    [1, 3],
    [27, 3],
    [28, 4],
    [64, 4],
    [65, 5],
    [125, 5],
    [1_000, 10],
  ])("for %i nodes are %i in each direction", (nodes, places) => {
    expect(peersMaxCount(nodes, infoNetworkDefaults)).toBe(places);
  });

  it("are given back once, by whoever has them", () => {
    const seats = new NodeSeats(2);
    const [first, second, third] = [seats.take(), seats.take(), seats.take()];
    expect([seats.size, seats.hasSpace]).toEqual([3, false]);
    first.name(7);
    second.name(7);
    second.name(8);
    expect([seats.has(7), seats.has(8), seats.size]).toEqual([true, true, 3]);
    third.release();
    third.release();
    first.release();
    first.release();
    first.name(9);
    expect([seats.size, seats.has(7), seats.has(9)]).toEqual([1, false, false]);
    second.release();
    expect(seats.size).toBe(0);
  });
});

describe("watchers", () => {
  function rig(noticesMaxCount = 100) {
    const counts: string[] = [];
    const later: (() => void)[] = [];
    const time = { ms: 0 };
    const watchers = new InfoWatchers(
      {
        counters: { add: (name) => counts.push(name) },
        afterStep: (body) => later.push(body),
        now: () => time.ms,
      },
      { ...infoNetworkDefaults, noticesMaxCount, watchersMaxCount: 3 },
    );
    const endStep = () => {
      for (const body of later.splice(0)) body();
    };
    const heard: string[] = [];
    const watch = (wish: Partial<WatchWish> = {}, infos: HeldInfo[] = []) =>
      watchers.add(
        {
          matches: () => true,
          onInfo: ({ key, kind }: InfoNotice) => heard.push(`${kind} ${key}`),
          ...wish,
        },
        infos,
      );
    return { counts, endStep, heard, later, time, watch, watchers };
  }

  it("hear what is held, then what changes, and what is redundant only if they want", () => {
    const plain = rig();
    const all = rig();
    plain.watch({}, [held("a")]);
    all.watch({ notices: "all", held: "skipped" }, [held("a")]);
    for (const { endStep, watchers } of [plain, all]) {
      watchers.onNotice({ ...held("a"), kind: "redundant" });
      watchers.onNotice({ ...held("b"), kind: "changed" });
      watchers.onNotice({ ...held("b"), kind: "expired" });
      endStep();
    }
    expect(plain.heard).toEqual(["changed a", "changed b", "expired b"]);
    expect(all.heard).toEqual(["redundant a", "changed b", "expired b"]);
  });

  it("hear what matches, after the step, in order, never while they hear", () => {
    const one = rig();
    const depths: number[] = [];
    let depth = 0;
    one.watch({
      matches: (key) => key.startsWith("k"),
      onInfo: ({ key }) => {
        depth += 1;
        depths.push(depth);
        one.heard.push(key);
        if (key === "k1") one.watchers.onNotice({ ...held("k3"), kind: "changed" });
        depth -= 1;
      },
    });
    for (const key of ["k1", "other", "k2"])
      one.watchers.onNotice({ ...held(key), kind: "changed" });
    expect(one.heard).toEqual([]);
    expect(one.watchers.pendingCount).toBe(2);
    one.time.ms = 30;
    one.endStep();
    expect(one.heard).toEqual(["k1", "k2"]);
    one.endStep();
    expect(one.heard).toEqual(["k1", "k2", "k3"]);
    expect(depths).toEqual([1, 1, 1]);
    expect(one.watchers.latencyMaxMs).toBe(30);
  });

  it("that are slow lose the oldest notices, counted, and keep nobody waiting", () => {
    const one = rig(2);
    one.watch();
    for (const key of ["a", "b", "c"]) one.watchers.onNotice({ ...held(key), kind: "changed" });
    one.endStep();
    expect(one.heard).toEqual(["changed b", "changed c"]);
    expect(one.counts).toEqual(["noticesDropped"]);
  });

  it("that throw lose one notice and hear the rest; those that ended hear no more", () => {
    const one = rig();
    one.watch({
      onInfo: ({ key }) => {
        one.heard.push(key);
        if (key === "a") throw new Error("of the user's");
      },
    });
    const end = one.watch();
    end();
    for (const key of ["a", "b"]) one.watchers.onNotice({ ...held(key), kind: "changed" });
    expect(() => one.endStep()).toThrow("of the user's");
    one.endStep();
    expect(one.heard).toEqual(["a", "b"]);
  });

  it("are so many at most", () => {
    const one = rig();
    for (let count = 0; count < 3; count += 1) one.watch();
    expect(() => one.watch()).toThrow(/QUEUE_FULL.*end one first/);
  });
});

describe("known nodes", () => {
  const counts: string[] = [];
  const nodes = () =>
    new KnownNodes(
      { counters: { add: (name) => counts.push(name) }, descriptors: nodeDescriptorCodec },
      { ...infoNetworkDefaults, originsMaxCount: 2 },
    );
  const descriptor = (id: number, address: string, key = `node:${id}`) =>
    held(
      key,
      sealPayload(
        key,
        nodeDescriptorCodec.encode({ nodeId: id, address: { network: "tcp", address } }),
      ),
    );

  it("are those whose descriptor can be read; an empty one, or a deletion, ends it", () => {
    const known = nodes();
    known.onStored(descriptor(4, "h:1"));
    known.onStored(descriptor(2, "h:2"));
    expect(known.addresses()).toEqual(["h:2", "h:1"]);
    known.onStored(held("node:4", sealPayload("node:4", new Uint8Array(0))));
    known.onStored(held("node:2", DELETED_BYTES));
    expect(known.count).toBe(0);
    known.onStored(descriptor(4, "h:1"));
    known.onExpired(held("node:4"));
    expect(known.count).toBe(0);
  });

  it("are no others", () => {
    const known = nodes();
    counts.length = 0;
    for (const wrong of [
      descriptor(4, "h:1", "node:5"),
      descriptor(4, "", "node:4"),
      descriptor(4, "h".repeat(400)),
      held("node:4", Uint8Array.of(1, 2, 3, 4, 3, 255)),
      held("node:4", sealPayload("node:4", Uint8Array.of(255, 255))),
    ]) {
      expect(known.onStored(wrong)).toBeUndefined();
    }
    expect(counts).toEqual(Array.from({ length: 5 }, () => "descriptorMalformed"));
    for (const key of ["node:", "node:0", "node:-1", "node:01", "node:4x", "node:99999999999"]) {
      expect(known.onStored(descriptor(4, "h:1", key))).toBeUndefined();
    }
    for (const id of [1, 2, 3]) known.onStored(descriptor(id, "h:1"));
    expect([known.count, counts.at(-1)]).toEqual([2, "originsFull"]);
  });
});

describe("addresses to begin with", () => {
  function rig(resolvers: string[], stored: string[] = [], addressesMaxCount = 100) {
    const written: (readonly string[])[] = [];
    const counts: string[] = [];
    const addresses = new BootstrapAddresses(
      resolvers,
      {
        counters: { add: (name) => counts.push(name) },
        storage: { addresses: stored, write: (list) => written.push(list) },
        random: new Random(1),
        own: "me:1",
      },
      { ...infoNetworkDefaults, addressesMaxCount },
    );
    const next = (nowMs: number, skipped: string[] = []) =>
      addresses.takeNext(nowMs, (address) => skipped.includes(address));
    return { addresses, counts, next, written };
  }

  it("are taken in turns, this node's own and those in use left out", () => {
    const { next } = rig(["a:1", "me:1", "b:1", "a:1"], ["c:1"]);
    const round = [next(0), next(0), next(0)];
    expect(new Set(round)).toEqual(new Set(["a:1", "b:1", "c:1"]));
    expect([next(0), next(0), next(0)]).toEqual(round);
    expect(next(0, ["a:1", "c:1"])).toBe("b:1");
    expect(next(0, ["a:1", "b:1", "c:1"])).toBeUndefined();
  });

  it("wait twice as long whenever they are silent, up to 30 s, until they answer", () => {
    const { addresses, next } = rig(["a:1"]);
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 8; nowMs += 500) {
      if (next(nowMs) === undefined) continue;
      addresses.onSilent("a:1", nowMs);
      waits.push(nowMs);
    }
    const gaps = waits.slice(1).map((ms, index) => ms - (waits[index] ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    addresses.onAnswered("a:1");
    expect(next(waits.at(-1) ?? 0)).toBe("a:1");
  });

  it("that are learnt outlive the process; those configured are never forgotten", () => {
    const { addresses, written } = rig(["seed:1"], ["old:1"]);
    expect(addresses.mustSave).toBe(false);
    addresses.learn("old:1");
    addresses.learn("me:1");
    expect(addresses.mustSave).toBe(false);
    addresses.learn("new:1");
    expect(addresses.mustSave).toBe(true);
    addresses.save();
    addresses.rebuild(["new:1", "newer:1", "me:1"]);
    addresses.save();
    expect(written).toEqual([
      ["old:1", "new:1"],
      ["new:1", "newer:1"],
    ]);
    expect(addresses.count).toBe(3);
  });

  it("are so many at most", () => {
    const { addresses, counts } = rig([], [], 2);
    for (const address of ["a:1", "b:1", "c:1"]) addresses.learn(address);
    expect([addresses.count, ...counts]).toEqual([2, "addressesFull"]);
  });
});
