import { describe, expect, it } from "vitest";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const NO_BYTES = new Uint8Array(0);
const join = (node: string, lTime: number) => ({ kind: "join", lTime, node }) as const;
const query = {
  name: "q",
  payload: NO_BYTES,
  filters: [],
  acks: "unwanted",
  relayFactor: 0,
  timeoutMs: 1_000,
} as const;

describe("the queues", () => {
  it("give intents first, then queries, then events", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.event("e", NO_BYTES, "never");
    node.serf.query(query);
    node.hear(join("b", 3));
    expect(node.serf.hasBroadcasts()).toBe(true);
    expect(node.takeBroadcasts().map(({ kind }) => kind)).toEqual(["join", "query", "userEvent"]);
  });

  it("fill no packet beyond its budget, overhead included", () => {
    const node = new Bench({ codec: serfCodec });
    for (let i = 0; i < 5; i += 1) node.hear(join(`n${i}`, i + 1));
    const size = serfCodec.encode(join("n0", 1)).length + 3;
    expect(node.serf.takeBroadcasts(2 * size, 3)).toHaveLength(2);
    expect(node.serf.takeBroadcasts(size - 1, 3)).toHaveLength(0);
    node.serf.event("e", NO_BYTES, "never");
    const taken = node.serf.takeBroadcasts(4 * size, 3);
    const bytes = taken.reduce((sum, { length }) => sum + length + 3, 0);
    expect(bytes).toBeLessThanOrEqual(4 * size);
  });

  it("keep out what fits no packet, which would stay in them for ever", () => {
    const node = new Bench({ codec: serfCodec });
    const payload = new Uint8Array(1_500);
    node.hear({ kind: "userEvent", lTime: 3, name: "big", payload, cc: false });
    expect(node.serf.hasBroadcasts()).toBe(false);
    expect(node.tally.of("serf.dropped.unsendable")).toBe(1);
    expect(node.ears.events.map(({ name }) => name)).toEqual(["big"]);
  });

  it.each([
    [0, 4],
    [8, 4],
    [9, 8],
  ])("send a message more often in a larger cluster: %d others, %d times", (others, times) => {
    const node = new Bench({ codec: serfCodec });
    for (let i = 0; i < others; i += 1) node.serf.onMemberJoin(recordOf(`n${i}`, i + 2));
    node.hear(join("x", 3));
    for (let packet = 0; packet < times; packet += 1) expect(node.takeBroadcasts()).toHaveLength(1);
    expect(node.serf.hasBroadcasts()).toBe(false);
  });

  it("do not send a query that waited past its deadline", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.query(query);
    node.advance(1_000);
    expect(node.takeBroadcasts()).toHaveLength(1);
    node.advance(1);
    expect(node.takeBroadcasts()).toEqual([]);
    expect(node.tally.of("serf.dropped.staleBroadcast")).toBe(1);
  });

  it("hold no more than they may", () => {
    const node = new Bench({ codec: serfCodec, options: { queueMaxCount: 3 } });
    for (let i = 0; i < 5; i += 1) node.hear(join(`n${i}`, i + 1));
    expect(node.takeBroadcasts()).toHaveLength(3);
    expect(node.tally.of("serf.dropped.queueFull")).toBe(2);
  });

  it("are trimmed now and then to what suits the cluster", () => {
    const node = new Bench({ codec: serfCodec, options: { queueMinCount: 2 } });
    for (let i = 0; i < 5; i += 1) node.hear(join(`n${i}`, i + 1));
    node.advance(30_000);
    expect(node.takeBroadcasts()).toHaveLength(2);
    expect(node.tally.of("serf.dropped.queueFull")).toBe(3);
  });

  it("take in nothing too large to be passed on", () => {
    const node = new Bench({ codec: serfCodec });
    const payload = new Uint8Array(9_216);
    node.hear({ kind: "userEvent", lTime: 2, name: "big", payload, cc: false });
    expect(node.tally.of("serf.dropped.tooLarge")).toBe(1);
    expect(node.serf.hasBroadcasts()).toBe(false);
  });
});
