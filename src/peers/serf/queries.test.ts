import { describe, expect, it } from "vitest";
import { decimalDigits } from "./queries.ts";
import type { QueryParameters } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const NO_BYTES = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);

const plain: QueryParameters = {
  name: "load",
  payload: NO_BYTES,
  filters: [{ kind: "nodes", names: ["b", "c"] }],
  acks: "wanted",
  relayFactor: 0,
  timeoutMs: 1_000,
};

function asked(node: Bench): QueryMessage {
  const query = node.takeBroadcasts().find((message) => message.kind === "query");
  if (query?.kind !== "query") throw new Error("No query was spread.");
  return query;
}

function response(
  query: QueryMessage,
  change: Partial<QueryResponseMessage> = {},
): QueryResponseMessage {
  const { lTime, id } = query;
  return { kind: "queryResponse", lTime, id, from: "b", flags: 0, payload: bytes("1"), ...change };
}

describe("an own query", () => {
  it("is spread with a return address, flags and timeout, each under its own time", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.query({ ...plain, relayFactor: 2 });
    const query = asked(node);
    expect(query).toMatchObject({
      lTime: 1,
      addr: Uint8Array.of(10, 0, 0, 1),
      port: 7946,
      sourceNode: "me",
      flags: 1,
      relayFactor: 2,
      timeoutNs: 1_000_000_000,
      name: "load",
    });
    expect(query.id).toBeLessThan(2 ** 31);
    const second = node.serf.query({ ...plain, acks: "unwanted" });
    expect(second).toBe(2);
  });

  it("collects the first ack and the first answer of each, until its time is up", () => {
    const node = new Bench({ codec: serfCodec });
    const id = node.serf.query(plain);
    const query = asked(node);
    node.hear(response(query, { flags: 1, payload: NO_BYTES }));
    node.hear(response(query, { flags: 1, payload: NO_BYTES }));
    node.hear(response(query));
    node.hear(response(query, { payload: bytes("2") }));
    node.hear(response(query, { from: "c", payload: bytes("3") }));
    expect(node.tally.of("serf.dropped.duplicateResponse")).toBe(2);
    expect(node.ears.take()).toEqual(["ack b", "answer b", "answer c"]);
    node.advance(999);
    expect(node.ears.results.size).toBe(0);
    node.advance(1);
    expect(node.ears.results.get(id)).toEqual({
      acks: ["b"],
      answers: [
        { from: "b", payload: bytes("1") },
        { from: "c", payload: bytes("3") },
      ],
    });
    node.hear(response(query, { from: "late" }));
    expect(node.tally.of("serf.dropped.unknownResponse")).toBe(1);
  });

  it("ignores responses to another time or another id", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.query(plain);
    const query = asked(node);
    node.hear(response(query, { id: query.id ^ 1 }));
    node.hear(response(query, { lTime: query.lTime + 1 }));
    expect(node.tally.of("serf.dropped.unknownResponse")).toBe(2);
    expect(node.ears.take()).toEqual([]);
  });

  it("takes nothing after its deadline, even when the host's timer is late", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.query(plain);
    const query = asked(node);
    node.env.advance(1_001, () => {});
    node.hear(response(query));
    expect(node.tally.of("serf.dropped.lateResponse")).toBe(1);
    expect(node.ears.take()).toEqual([]);
  });

  it("is forgotten when cancelled", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.cancelQuery(node.serf.query(plain));
    node.hear(response(asked(node)));
    node.advance(2_000);
    expect(node.ears.results.size).toBe(0);
    expect(node.tally.of("serf.dropped.unknownResponse")).toBe(1);
  });

  it("holds no more names than the cluster could have", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.query(plain);
    const query = asked(node);
    for (let i = 0; i < 100; i += 1) node.hear(response(query, { from: `stranger-${i}` }));
    expect(node.tally.of("serf.dropped.responsesFull")).toBe(36);
  });

  it("is refused when too large or one too many", () => {
    const node = new Bench({ codec: serfCodec, options: { queriesMaxCount: 2 } });
    const large = { ...plain, payload: new Uint8Array(1_024) };
    expect(() => node.serf.query(large)).toThrowError(/QUERY_TOO_LARGE/);
    node.serf.query(plain);
    node.serf.query(plain);
    expect(() => node.serf.query(plain)).toThrowError(/QUEUE_FULL/);
  });

  it.each([
    [0, 3_200],
    [2, 3_200],
    [8, 3_200],
    [9, 6_400],
  ])("waits longer in a larger cluster: %d others, %d ms", (othersCount, timeoutMs) => {
    const node = new Bench({ codec: serfCodec });
    for (let i = 0; i < othersCount; i += 1) node.serf.onMemberJoin(recordOf(`n${i}`, i + 2));
    node.serf.query({ ...plain, timeoutMs: undefined });
    expect(asked(node).timeoutNs).toBe(timeoutMs * 1_000_000);
  });

  it("is answered here too, by way of a later step", () => {
    const node = new Bench({ codec: serfCodec });
    const id = node.serf.query({ ...plain, filters: [] });
    const [query] = node.ears.queries;
    if (query === undefined) throw new Error("The query did not arrive.");
    expect(query.from).toBe("me");
    expect(node.serf.respond(query.handle, bytes("own"))).toBe(true);
    expect(node.ears.take()).toEqual([]);
    node.advance(0);
    expect(node.ears.take()).toEqual(["ack me", "answer me"]);
    node.advance(1_000);
    expect(node.ears.results.get(id)?.answers).toEqual([{ from: "me", payload: bytes("own") }]);
    expect(node.env.sent).toEqual([]);
  });
});

it("counts decimal digits as ceil(log10(n + 1)) does", () => {
  const rows = [0, 1, 2, 8, 9, 10, 98, 99, 100, 998, 999, 1_000, 9_999].map(decimalDigits);
  expect(rows).toEqual([0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]);
});
