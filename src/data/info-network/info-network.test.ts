import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../../core/text.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type {
  InfoNetworkCount,
  InfoNetworkIdentity,
  InfoNetworkTimer,
  InfoNotice,
} from "./info-network.contract.ts";
import type { InfoRequest, InfoResponse } from "./info-network.messages.ts";
import { type InfoNetworkOptions, infoNetworkDefaults } from "./info-network.options.ts";
import { InfoNetwork } from "./info-network.ts";
import type { InfoStreamId, InfoStreams, StreamEnd } from "./info-streams.contract.ts";
import { nodeDescriptorCodec } from "./node-descriptor.wire.ts";
import { sealPayload } from "./raw-bytes.ts";

const SECOND_MS = 1_000;
const CLUSTER = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
const text = (value: string) => encodeUtf8(value);

/** One node, whose streams a test speaks for. */
function alone(
  given: {
    identity?: Partial<InfoNetworkIdentity>;
    options?: Partial<InfoNetworkOptions>;
    stored?: readonly string[];
  } = {},
) {
  const env = new RecordingEnv<never, InfoNetworkTimer>({ wallClockMs: 1_700_000_000_000 });
  const dialled: string[] = [];
  const ended: [number, StreamEnd][] = [];
  const counts = new Map<string, number>();
  const told: string[] = [];
  const requests: InfoRequest[] = [];
  const streams: InfoStreams = {
    dial: (address) => dialled.push(address) as InfoStreamId,
    request: (_id, request) => requests.push(request),
    respond: () => {},
    isWritable: () => true,
    end: (id, why) => ended.push([id, why]),
  };
  const network = new InfoNetwork(
    {
      env,
      wiring: {
        streams,
        descriptors: nodeDescriptorCodec,
        counters: {
          add: (name: InfoNetworkCount, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by),
        },
        storage: { addresses: given.stored ?? [], write: () => {} },
        afterStep: (body) => body(),
      },
    },
    {
      nodeId: 1,
      clusterId: CLUSTER,
      address: { network: "tcp", address: "me:1" },
      resolvers: [],
      life: "first",
      ...given.identity,
    },
    { ...infoNetworkDefaults, ...given.options },
  );
  network.subscribe({
    onConnected: () => told.push("connected"),
    onStalled: () => told.push("stalled"),
    onUnstalled: () => told.push("unstalled"),
    onNodeIdTaken: (address) => told.push(`taken ${address}`),
  });
  const answer = (stream: number, response: Partial<InfoResponse> = {}) =>
    network.onResponse(stream as InfoStreamId, {
      nodeId: 2,
      address: { network: "tcp", address: "other:1" },
      delta: new Map(),
      highWaterStamps: new Map(),
      ...response,
    });
  const pass = (ms: number) => env.advance(ms, network);
  return { answer, counts, dialled, ended, env, network, pass, requests, told };
}

describe("users' keys", () => {
  it("are set, read, listed and deleted, and a deletion is an info", () => {
    const { network } = alone();
    network.start();
    const outcome = network.set("k", text("v"), 0);
    expect(outcome.status).toBe("stored");
    expect(network.read("k")).toMatchObject({ status: "ok", payload: text("v") });
    expect(network.set("empty", text(""), 0).status).toBe("stored");
    expect(network.read("empty")).toMatchObject({ status: "ok", payload: text("") });
    expect([...network.held()].map(({ key }) => key)).toEqual(["node:1", "k", "empty"]);
    const position = network.lastPosition;
    expect(network.delete("k")?.status).toBe("stored");
    expect(network.read("k").status).toBe("absent");
    expect(network.delete("k")).toBeUndefined();
    expect([...network.held()].map(({ key }) => key)).toEqual(["node:1", "empty"]);
    expect([...network.heldSince(position)].map(({ info }) => info.rawBytes.length)).toEqual([0]);
  });

  it.each([
    ["keyInvalid", "", "v", 0],
    ["keyInvalid", "k".repeat(1_025), "v", 0],
    ["keyReserved", "cluster-id", "v", 0],
    ["keyReserved", "sentinel", "v", 0],
    ["keyReserved", "node:7", "v", 10],
    ["keyReserved", "gossip-clients:7", "v", 10],
    ["ttlRequired", "store:7", "v", 0],
    ["ttlInvalid", "k", "v", -1],
    ["ttlInvalid", "k", "v", Number.NaN],
    ["valueTooLarge", "k", "v".repeat(300_000), 0],
  ])("are refused as %s: %s", (status, key, value, ttlMs) => {
    expect(alone().network.set(key, text(value), ttlMs)).toEqual({ status });
  });

  it("need an id, and room", () => {
    const { network } = alone({ identity: { nodeId: 0 } });
    network.start();
    expect(network.set("k", text("v"), 0)).toEqual({ status: "noNodeId" });
    network.setNodeId(9);
    expect(network.set("k", text("v"), 0)).toMatchObject({ status: "stored" });
    expect(network.read("node:9").status).toBe("ok");
    expect(() => network.setNodeId(10)).toThrow(/CONFIG_OPTION/);
    const full = alone({ options: { keysMaxCount: 1 } }).network;
    full.set("a", text("v"), 0);
    expect(full.set("b", text("v"), 0)).toEqual({ status: "storeFull" });
    expect(full.set("a", text("w"), 0)).toMatchObject({ status: "stored" });
  });

  it("are overwritten though stamped by a clock ahead, but not by one far ahead", () => {
    const { answer, env, network } = alone({ identity: { resolvers: ["other:1"] } });
    network.start();
    const aheadBy = (hours: number, key: string) => {
      const wallTime = BigInt(env.wallClock() + hours * 3_600_000) * 1_000_000n;
      const stamps = { wallTime, origStamp: wallTime + 1n, ttlStamp: wallTime * 2n };
      const info = { rawBytes: text(""), ...stamps, hops: 0, nodeId: 2, peerId: 0 };
      answer(1, { delta: new Map([[key, info]]) });
    };
    aheadBy(0.5, "near");
    aheadBy(2, "far");
    expect(network.set("near", text("mine"), 0).status).toBe("stored");
    expect(network.read("near")).toMatchObject({ payload: text("mine") });
    expect(network.set("far", text("mine"), 0)).toEqual({ status: "overtaken" });
  });

  it("expire, which is told; that a deletion is forgotten is not", () => {
    const { network, pass } = alone({ options: { deletionTtlMs: 5_000 } });
    network.start();
    const heard: string[] = [];
    const onInfo = ({ key, kind }: InfoNotice) => heard.push(`${kind} ${key}`);
    network.set("gone", text("v"), 0);
    network.delete("gone");
    network.set("short", text("v"), 1_000);
    network.watch({ matches: (key) => key !== "node:1", onInfo });
    pass(60 * SECOND_MS);
    expect(heard).toEqual(["changed short", "changed gossip-clients:1", "expired short"]);
    expect(new Set([...network.heldSince(0)].map(({ key }) => key))).toEqual(
      new Set(["gossip-clients:1", "node:1"]),
    );
  });

  it("are watched by any pattern, with what is held first", () => {
    const { network } = alone();
    network.start();
    const heard: string[] = [];
    network.set("load:1", text("a"), 0);
    const end = network.watch({
      matches: (key) => key.startsWith("load:"),
      onInfo: ({ info, key, kind }: InfoNotice) =>
        heard.push(`${kind} ${key} ${info.rawBytes.length}`),
    });
    network.set("load:1", text("a"), 0);
    network.set("load:2", text("b"), 0);
    network.set("other", text("b"), 0);
    network.delete("load:1");
    end();
    network.set("load:3", text("b"), 0);
    expect(heard).toEqual(["changed load:1 6", "changed load:2 6", "changed load:1 0"]);
  });
});

describe("ids", () => {
  it.each([-1, 1.5, 2 ** 31, Number.NaN])("%d is none", (nodeId) => {
    expect(() => alone({ identity: { nodeId } })).toThrow(/CONFIG_OPTION.*2³¹/);
  });

  it("that somebody else goes by are told, once", () => {
    const { answer, env, network, pass, told } = alone({
      identity: { resolvers: ["other:1"] },
    });
    network.start();
    pass(100);
    const twin = alone({ identity: { address: { network: "tcp", address: "twin:1" } } });
    twin.env.advance(env.now(), twin.network);
    twin.pass(50);
    twin.network.start();
    const delta = new Map([...twin.network.held()].map(({ info, key }) => [key, info]));
    answer(1, { delta });
    answer(1, { delta });
    expect(told.filter((word) => word.startsWith("taken"))).toEqual(["taken twin:1"]);
  });
});

describe("a later life", () => {
  it("writes anew less and less often, for whoever goes by its id claims ever later stamps", () => {
    const { answer, env, network, pass, requests } = alone({ identity: { resolvers: ["a:1"] } });
    network.start();
    network.holdSentinel();
    network.set("k", text("v"), 0);
    for (let second = 0; second < 600; second += 2) {
      const later = BigInt(env.wallClock() + 1_500) * 1_000_000n;
      answer(1, { highWaterStamps: new Map([[1, later]]) });
      pass(2 * SECOND_MS);
    }
    const stamps = new Set(requests.flatMap(({ delta }) => delta.get("k")?.origStamp ?? []));
    expect(stamps.size).toBeGreaterThan(2);
    expect(stamps.size).toBeLessThan(12);
  });

  it("tells its own stamps when the first infos are here, not at a receipt before them", () => {
    const { answer, env, network, pass, requests } = alone({
      identity: { resolvers: ["a:1"], life: "later" },
    });
    network.start();
    const own = () => requests.map(({ highWaterStamps }) => highWaterStamps.has(1));
    const former = BigInt(env.wallClock() + 5) * 1_000_000n;
    answer(1, { highWaterStamps: new Map([[1, former]]) });
    network.set("k", text("v"), 0);
    pass(20);
    expect(own()).toEqual([false]);
    const stamps = { wallTime: former - 1n, origStamp: former, ttlStamp: former * 2n };
    const info = { rawBytes: text(""), ...stamps, hops: 0, nodeId: 1, peerId: 0 };
    const sentinel = { ...info, nodeId: 2 };
    answer(1, { delta: new Map([["old", info]]) });
    pass(20);
    expect(own()).toEqual([false]);
    answer(1, { delta: new Map([["sentinel", sentinel]]) });
    pass(20);
    expect(own()).toEqual([false, true]);
    expect([...(requests.at(-1)?.delta.keys() ?? [])].includes("k")).toBe(true);
  });
});

describe("alone", () => {
  it("whoever holds the sentinel is connected, and publishes the cluster id", () => {
    const { network, pass, told } = alone();
    network.start();
    network.holdSentinel();
    expect(told).toEqual(["connected", "unstalled"]);
    expect(network.read("cluster-id")).toMatchObject({ payload: CLUSTER });
    pass(30 * SECOND_MS);
    expect(network.status().condition).toBe("connected");
    network.releaseSentinel();
    pass(10 * SECOND_MS);
    expect(told.at(-1)).toBe("stalled");
    expect(network.status().connectivity).toEqual({ sentinelNodeId: 0, edges: [] });
  });

  it("a node dials its addresses in turns, two at a time, and waits for the silent", () => {
    const { counts, dialled, ended, network, pass } = alone({
      identity: { resolvers: ["a:1", "b:1", "c:1", "me:1"] },
    });
    network.start();
    expect(dialled).toHaveLength(1);
    pass(3.5 * SECOND_MS);
    expect(dialled).toHaveLength(2);
    pass(60 * SECOND_MS);
    expect(new Set(dialled)).toEqual(new Set(["a:1", "b:1", "c:1"]));
    expect(ended.every(([, why]) => why === "UNAVAILABLE")).toBe(true);
    expect(counts.get("idle")).toBe(ended.length);
    expect(dialled.length).toBeLessThan(30);
    expect(network.status().outgoing.length).toBeLessThanOrEqual(2);
  });

  it("a node asks first whom it knew in its former life", () => {
    const { dialled, network } = alone({ stored: ["old:1"] });
    network.start();
    expect(dialled).toEqual(["old:1"]);
  });

  it("a node that was stopped does nothing more, and lets nobody in", () => {
    const { dialled, ended, network, pass } = alone({ identity: { resolvers: ["a:1"] } });
    network.start();
    network.stop();
    expect(ended).toEqual([[1, "ok"]]);
    pass(60 * SECOND_MS);
    expect(dialled).toEqual(["a:1"]);
    network.onAccepted(5 as InfoStreamId);
    expect(ended.at(-1)).toEqual([5, "UNAVAILABLE"]);
  });
});

describe("being sent elsewhere", () => {
  const alternate = (count: number) => ({
    alternate: { address: { network: "tcp", address: `next${count}:1` }, nodeId: 50 + count },
  });

  it("ends after five times", () => {
    const { answer, counts, dialled, network } = alone({ identity: { resolvers: ["a:1"] } });
    network.start();
    for (let count = 1; count <= 20; count += 1) answer(dialled.length, alternate(count));
    expect(dialled).toEqual(["a:1", ...[1, 2, 3, 4, 5].map((count) => `next${count}:1`)]);
    expect(counts.get("forwardsExhausted")).toBe(1);
    expect(network.status().outgoing).toEqual([]);
  });

  it.each(["", "nowhere", "name/x:1", "h:99999", "me:1"])("to %j leads nowhere", (address) => {
    const { answer, dialled, network } = alone({ identity: { resolvers: ["a:1"] } });
    network.start();
    answer(1, { alternate: { address: { network: "tcp", address }, nodeId: 7 } });
    expect(dialled).toEqual(["a:1"]);
  });
});

describe("links", () => {
  /** What n2 tells: the sentinel, and descriptors so many hops away from it. */
  function told(env: ReturnType<typeof alone>["env"], hops: Readonly<Record<number, number>>) {
    const wallTime = BigInt(env.wallClock()) * 1_000_000n;
    const stamps = { wallTime, origStamp: wallTime, ttlStamp: wallTime * 2n, peerId: 0 };
    const sentinel = { ...stamps, rawBytes: sealPayload("sentinel", text("")), hops: 0, nodeId: 9 };
    const delta = new Map([["sentinel", sentinel]]);
    for (const [id, far] of Object.entries(hops)) {
      const [key, nodeId] = [`node:${id}`, Number(id)];
      const address = { network: "tcp", address: `h${id}:1` };
      const rawBytes = sealPayload(key, nodeDescriptorCodec.encode({ nodeId, address }));
      delta.set(key, { ...stamps, rawBytes, hops: far, nodeId });
    }
    return delta;
  }

  it("to nodes that are farther than five hops are made, and to no others", () => {
    const { answer, dialled, env, network, pass } = alone({ identity: { resolvers: ["h2:1"] } });
    network.start();
    answer(1, { delta: told(env, { 2: 0, 3: 4, 4: 5, 5: 1 }) });
    pass(10);
    expect(dialled).toEqual(["h2:1", "h4:1"]);
    pass(5 * SECOND_MS);
    expect(dialled).toEqual(["h2:1", "h4:1"]);
  });

  it("are made only while there is a place", () => {
    const { answer, dialled, env, network, pass } = alone({
      identity: { resolvers: ["h2:1"] },
      options: { peersMinCount: 2 },
    });
    network.start();
    answer(1, { delta: told(env, { 2: 0, 3: 8, 4: 9, 5: 7 }) });
    pass(10);
    answer(2, { nodeId: 4 });
    pass(2 * SECOND_MS);
    expect(dialled).toEqual(["h2:1", "h4:1"]);
  });

  it("of least use are closed when no place is free, but the sentinel's and young ones", () => {
    const { answer, counts, ended, env, network, pass } = alone({
      identity: { resolvers: ["h2:1"] },
      options: { peersMinCount: 2, cullIntervalMs: 10 * SECOND_MS },
    });
    network.start();
    answer(1, { delta: told(env, { 4: 9 }) });
    pass(10);
    const far = told(env, { 4: 0, 5: 0, 6: 0 });
    far.delete("sentinel");
    answer(2, { nodeId: 4, delta: far });
    pass(19 * SECOND_MS);
    expect(ended).toEqual([]);
    pass(15 * SECOND_MS);
    // By the other one come more origins, but by the first one comes the sentinel.
    expect(ended).toEqual([[2, "ok"]]);
    expect(counts.get("culled")).toBe(1);
    pass(60 * SECOND_MS);
    expect(counts.get("culled")).toBe(1);
  });
});

describe("another cluster's id", () => {
  it("is not taken", () => {
    const { answer, counts, network } = alone({ identity: { resolvers: ["a:1"] } });
    const other = alone({ identity: { clusterId: CLUSTER.map((byte) => byte + 1), nodeId: 2 } });
    network.start();
    other.network.holdSentinel();
    const delta = new Map([...other.network.held()].map(({ info, key }) => [key, info]));
    answer(1, { delta });
    expect(network.read("cluster-id").status).toBe("absent");
    expect(network.read("sentinel").status).toBe("ok");
    expect(counts.get("infoOfOtherCluster")).toBe(1);
  });
});
