import { describe, expect, it } from "vitest";
import type { SerfFilter } from "./serf.contract.ts";
import type { QueryMessage, SerfMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const NO_BYTES = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);
const asker = { host: "10.0.0.7", port: 7946 };

function query(change: Partial<QueryMessage> = {}): QueryMessage {
  return {
    kind: "query",
    lTime: 5,
    id: 77,
    addr: Uint8Array.of(10, 0, 0, 7),
    port: 7946,
    sourceNode: "asker",
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeoutNs: 1_000_000_000,
    name: "load",
    payload: bytes("?"),
    ...change,
  };
}

function ack(lTime = 5): SerfMessage {
  return { kind: "queryResponse", lTime, id: 77, from: "me", flags: 1, payload: NO_BYTES };
}

function answer(text: string): SerfMessage {
  return { kind: "queryResponse", lTime: 5, id: 77, from: "me", flags: 0, payload: bytes(text) };
}

function handleOf(node: Bench) {
  const [incoming] = node.ears.queries;
  if (incoming === undefined) throw new Error("The query did not arrive.");
  return incoming.handle;
}

describe("a query from others", () => {
  it("is acked when it asks for that, delivered, answered once and passed on", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query({ flags: 1 }));
    expect(node.env.sent).toEqual([{ to: asker, message: ack() }]);
    expect(node.ears.queries).toMatchObject([{ name: "load", from: "asker", lTime: 5 }]);
    expect(node.serf.respond(handleOf(node), bytes("42"))).toBe(true);
    expect(node.env.sent[1]).toEqual({ to: asker, message: answer("42") });
    expect(node.serf.respond(handleOf(node), bytes("43"))).toBe(false);
    expect(node.tally.of("serf.dropped.doubleAnswer")).toBe(1);
    expect(node.takeBroadcasts()).toEqual([query({ flags: 1 })]);
  });

  it("is taken once for each time and id", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query());
    node.hear(query());
    node.hear(query({ id: 78 }));
    expect(node.ears.queries).toHaveLength(2);
    expect(node.tally.of("serf.dropped.duplicateQuery")).toBe(1);
  });

  it("is too old when the buffer may have forgotten it", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query({ lTime: 600 }));
    node.hear(query({ lTime: 88 }));
    expect(node.tally.of("serf.dropped.oldQuery")).toBe(1);
    expect(node.ears.queries).toHaveLength(1);
  });

  it("is not passed on when it says so", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query({ flags: 2 }));
    expect(node.ears.queries).toHaveLength(1);
    expect(node.takeBroadcasts()).toEqual([]);
  });

  it("gets no answer after its deadline", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query());
    node.advance(1_001);
    expect(node.serf.respond(handleOf(node), bytes("late"))).toBe(false);
    expect(node.tally.of("serf.dropped.lateAnswer")).toBe(1);
    expect(node.env.sent).toEqual([]);
  });

  it("gets no answer that is too large, but may get a smaller one", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query());
    expect(node.serf.respond(handleOf(node), new Uint8Array(1_024))).toBe(false);
    expect(node.tally.of("serf.dropped.answerTooLarge")).toBe(1);
    expect(node.serf.respond(handleOf(node), bytes("42"))).toBe(true);
  });

  it("without a return address is passed on and dropped", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query({ addr: NO_BYTES, flags: 1 }));
    expect(node.tally.of("serf.dropped.badReturnAddress")).toBe(1);
    expect(node.ears.queries).toEqual([]);
    expect(node.takeBroadcasts()).toHaveLength(1);
  });

  it("pushes the oldest out when too many wait for an answer", () => {
    const node = new Bench({ codec: serfCodec, options: { openQueriesMaxCount: 1 } });
    node.hear(query());
    node.hear(query({ id: 78 }));
    expect(node.tally.of("serf.dropped.forgottenQuery")).toBe(1);
    expect(node.serf.respond(handleOf(node), bytes("1"))).toBe(false);
  });
});

describe("filters", () => {
  const tagged = new Map([
    ["role", "db-main"],
    ["dc", "eu"],
  ]);
  const nodes = (...names: string[]): SerfFilter => ({ kind: "nodes", names });
  const tag = (name: string, expression: string): SerfFilter => ({
    kind: "tag",
    tag: name,
    expression,
  });

  it.each<[string, SerfFilter[], boolean]>([
    ["none", [], true],
    ["a list with us", [nodes("x", "me")], true],
    ["a list without us", [nodes("x", "m")], false],
    ["an expression found inside", [tag("role", "-ma")], true],
    ["an anchored expression", [tag("role", "^main")], false],
    ["a missing tag read as empty", [tag("zone", "^$")], true],
    ["a bad expression", [tag("role", "(")], false],
    ["all must match", [nodes("me"), tag("dc", "us")], false],
    ["all match", [nodes("me"), tag("dc", "eu")], true],
  ])("%s", (_title, filters, isMeant) => {
    const node = new Bench({ codec: serfCodec });
    node.serf.setTags(tagged);
    node.hear(
      query({ flags: 1, filters: filters.map((filter) => serfCodec.encodeFilter(filter)) }),
    );
    expect(node.ears.queries).toHaveLength(isMeant ? 1 : 0);
    expect(node.env.sent).toHaveLength(isMeant ? 1 : 0);
    expect(node.takeBroadcasts()).toHaveLength(1);
  });

  it.each([
    ["of an unknown type", Uint8Array.of(9, 0x90)],
    ["that cannot be read", Uint8Array.of(0, 0xc1)],
    ["that is empty", NO_BYTES],
  ])("%s matches nobody", (_title, filter) => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query({ filters: [filter] }));
    expect(node.ears.queries).toEqual([]);
    expect(node.tally.of("serf.queries.filtered")).toBe(1);
  });
});

describe("tag filters", () => {
  it("are looked at so often in a second, for each may have to be compiled", () => {
    const node = new Bench({ codec: serfCodec });
    const ask = (count: number, from: number): void => {
      for (let id = from; id < from + count; id += 1) {
        const expression = `a|${id}`;
        const filter = serfCodec.encodeFilter({ kind: "tag", tag: "role", expression });
        node.hear(query({ id, lTime: 5 + (id % 50), filters: [filter] }));
      }
    };
    ask(130, 0);
    expect(node.tally.of("serf.dropped.filtersFull")).toBe(80);
    node.advance(500);
    ask(130, 1_000);
    expect(node.tally.of("serf.dropped.filtersFull")).toBe(80 + 105);
  });
});

describe("relays", () => {
  function crowd(): Bench {
    const node = new Bench({ codec: serfCodec });
    for (const [name, last] of [
      ["b", 2],
      ["c", 3],
      ["d", 4],
    ] as const) {
      node.serf.onMemberJoin(recordOf(name, last));
    }
    const old = { ...recordOf("old", 5), vsn: Uint8Array.of(1, 4, 2, 2, 5, 5) };
    node.serf.onMemberJoin(old);
    node.serf.onMemberLeave(recordOf("d", 4));
    return node;
  }

  it("carry acks and answers by living members that understand them", () => {
    const node = crowd();
    node.hear(query({ flags: 1, relayFactor: 4 }));
    const relayed = node.env.sent.slice(1);
    expect(relayed.map(({ to }) => to.host).sort()).toEqual(["10.0.0.2", "10.0.0.3"]);
    for (const { message } of relayed) {
      expect(message).toMatchObject({
        kind: "relay",
        destAddr: Uint8Array.of(10, 0, 0, 7),
        destPort: 7946,
        destName: "asker",
      });
      if (message.kind !== "relay") throw new Error("no relay");
      expect(serfCodec.decode(message.payload)).toEqual(ack());
    }
  });

  it("are as many as were asked for", () => {
    const node = crowd();
    node.hear(query({ relayFactor: 1 }));
    node.serf.respond(handleOf(node), bytes("42"));
    expect(node.env.sent.map(({ message }) => message.kind)).toEqual(["queryResponse", "relay"]);
  });

  it("come to an end in a flood of queries, and the direct answers do not", () => {
    const node = crowd();
    for (let id = 0; id < 120; id += 1) {
      for (let lTime = 5; lTime < 15; lTime += 1) {
        node.hear(query({ id, lTime, flags: 1, relayFactor: 4, name: "_serf_ping" }));
      }
    }
    const kinds = node.env.sent.map(({ message }) => message.kind);
    expect(kinds.filter((kind) => kind === "queryResponse")).toHaveLength(1_200);
    expect(kinds.filter((kind) => kind === "relay").length).toBeLessThanOrEqual(512);
    expect(node.tally.of("serf.dropped.relaysFull")).toBe(1_200 * 4 - 512);
  });

  it("are left out in too small a cluster, and when too large", () => {
    const small = new Bench({ codec: serfCodec });
    small.hear(query({ flags: 1, relayFactor: 1 }));
    expect(small.env.sent).toHaveLength(1);
    const node = crowd();
    node.hear(query({ relayFactor: 1 }));
    expect(node.serf.respond(handleOf(node), new Uint8Array(960))).toBe(true);
    expect(node.env.sent).toHaveLength(1);
    expect(node.tally.of("serf.dropped.relayTooLarge")).toBe(1);
  });

  const header = {
    kind: "relay",
    destAddr: Uint8Array.of(10, 0, 0, 7),
    destPort: 7946,
    destZone: "",
    destName: "asker",
  } as const;

  it("carries what others ask for, byte for byte", () => {
    const node = new Bench({ codec: serfCodec });
    const payload = serfCodec.encode(answer("42"));
    node.hear({ ...header, payload });
    expect(node.membership.users).toHaveLength(1);
    expect(node.membership.users[0]?.to).toEqual(asker);
    expect([...(node.membership.users[0]?.payload ?? [])]).toEqual([...payload]);
  });

  it("carries answers only, and only to an address", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear({ ...header, payload: serfCodec.encode(query()) });
    node.hear({ ...header, payload: Uint8Array.of(5, 0xc1) });
    node.hear({ ...header, destPort: 0, payload: serfCodec.encode(answer("42")) });
    expect(node.membership.users).toEqual([]);
    expect(node.tally.of("serf.dropped.relayRefused")).toBe(3);
  });
});
