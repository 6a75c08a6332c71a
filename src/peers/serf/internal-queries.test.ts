import { describe, expect, it } from "vitest";
import type { KeyringPort } from "./serf.contract.ts";
import type { QueryMessage, SerfMemberRecord, SerfMessage } from "./serf.messages.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const NO_BYTES = new Uint8Array(0);
const bytes = (text: string) => new TextEncoder().encode(text);

function query(name: string, payload: Uint8Array, flags = 0): QueryMessage {
  return {
    kind: "query",
    lTime: 5,
    id: 77,
    addr: Uint8Array.of(10, 0, 0, 7),
    port: 7946,
    sourceNode: "asker",
    filters: [],
    flags,
    relayFactor: 0,
    timeoutNs: 1_000_000_000,
    name,
    payload,
  };
}

const keyRequest = (key: Uint8Array) => serfCodec.encode({ kind: "keyRequest", key });

function payloadsOf(node: Bench): (SerfMessage | undefined)[] {
  return node.env.sent.map(({ message }) =>
    message.kind === "queryResponse" ? serfCodec.decode(message.payload) : undefined,
  );
}

class TestKeyring implements KeyringPort {
  keys: Uint8Array[];
  constructor(keys: Uint8Array[]) {
    this.keys = keys;
  }
  list(): readonly Uint8Array[] {
    return this.keys;
  }
  add(key: Uint8Array): string | undefined {
    this.keys.push(key);
    return undefined;
  }
  use(key: Uint8Array): string | undefined {
    this.keys = [key, ...this.keys.filter((other) => other[0] !== key[0])];
    return undefined;
  }
  remove(key: Uint8Array): string | undefined {
    if (this.keys[0]?.[0] === key[0]) return "Removing the primary key is not allowed";
    this.keys = this.keys.filter((other) => other[0] !== key[0]);
    return undefined;
  }
}

const keyOf = (first: number) => new Uint8Array(16).fill(first);
const textOf = (key: Uint8Array) => Buffer.from(key).toString("base64");

describe("internal queries", () => {
  it("never reach the application", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query("_serf_ping", NO_BYTES, 1));
    node.hear({ ...query("_serf_new", NO_BYTES), id: 78 });
    expect(node.ears.queries).toEqual([]);
    expect(node.env.sent.map(({ message }) => message)).toMatchObject([{ flags: 1 }]);
    expect(node.tally.of("serf.dropped.unknownInternal")).toBe(1);
  });

  it("about a name tell where this node believes it to be", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onMemberJoin(recordOf("b", 2));
    node.hear(query("_serf_conflict", bytes("b")));
    node.hear({ ...query("_serf_conflict", bytes("nobody")), id: 78 });
    node.hear({ ...query("_serf_conflict", bytes("me")), id: 79 });
    expect(payloadsOf(node)).toEqual([
      {
        kind: "conflictResponse",
        member: {
          name: "b",
          addr: Uint8Array.of(10, 0, 0, 2),
          port: 7946,
          tags: new Map(),
          status: 1,
          vsn: [1, 5, 2, 2, 5, 5],
        },
      },
      { kind: "conflictResponse", member: undefined },
    ]);
  });

  it("about keys change the ring", () => {
    const keyring = new TestKeyring([keyOf(1)]);
    const node = new Bench({ codec: serfCodec, keyring });
    node.hear(query("_serf_install-key", keyRequest(keyOf(2))));
    node.hear({ ...query("_serf_use-key", keyRequest(keyOf(2))), id: 78 });
    node.hear({ ...query("_serf_remove-key", keyRequest(keyOf(2))), id: 79 });
    node.hear({ ...query("_serf_list-keys", keyRequest(NO_BYTES)), id: 80 });
    const done = { kind: "keyResponse", result: true, message: "", keys: [], primaryKey: "" };
    const primaryKey = textOf(keyOf(2));
    expect(payloadsOf(node)).toEqual([
      done,
      done,
      { ...done, result: false, message: "Removing the primary key is not allowed" },
      { ...done, keys: [primaryKey, textOf(keyOf(1))], primaryKey },
    ]);
  });

  it("about keys say that there is no keyring", () => {
    const node = new Bench({ codec: serfCodec });
    node.hear(query("_serf_install-key", keyRequest(keyOf(2))));
    node.hear({ ...query("_serf_list-keys", keyRequest(NO_BYTES)), id: 78 });
    node.hear({ ...query("_serf_use-key", bytes("nonsense")), id: 79 });
    expect(payloadsOf(node)).toMatchObject([
      { result: false, message: "No keyring to modify (encryption not enabled)" },
      { result: false, message: "Keyring is empty (encryption not enabled)" },
    ]);
    expect(node.tally.of("serf.dropped.unknownInternal")).toBe(1);
  });

  it("cut a list of keys that does not fit, and say so", () => {
    const keys = Array.from({ length: 100 }, (_, i) => keyOf(i));
    const node = new Bench({ codec: serfCodec, keyring: new TestKeyring(keys) });
    node.hear(query("_serf_list-keys", keyRequest(NO_BYTES)));
    const [sent] = node.env.sent;
    if (sent === undefined) throw new Error("no answer");
    expect(serfCodec.encode(sent.message).length).toBeLessThanOrEqual(1_024);
    const [answer] = payloadsOf(node);
    if (answer?.kind !== "keyResponse") throw new Error("no key response");
    const kept = answer.keys.length;
    expect(kept).toBeGreaterThan(20);
    expect(answer.keys).toEqual(keys.slice(0, kept).map(textOf));
    expect(answer.message).toBe(`truncated key list response, showing first ${kept} of 100 keys`);
  });
});

describe("a key command", () => {
  it("ends when all living members have answered, and tells what each said", () => {
    const node = new Bench({ codec: serfCodec, keyring: new TestKeyring([keyOf(1)]) });
    node.serf.onMemberJoin(recordOf("b", 2));
    node.serf.onMemberJoin(recordOf("c", 3));
    node.serf.keyQuery("list", NO_BYTES);
    const [asked] = node.takeBroadcasts();
    if (asked?.kind !== "query") throw new Error("no query");
    expect(asked.name).toBe("_serf_list-keys");
    node.advance(0);
    const respond = (from: string, payload: Uint8Array) =>
      node.hear({
        kind: "queryResponse",
        lTime: asked.lTime,
        id: asked.id,
        from,
        flags: 0,
        payload,
      });
    const failed = { result: false, message: "broken", keys: [], primaryKey: "" };
    respond("b", serfCodec.encode({ kind: "keyResponse", ...failed }));
    expect(node.ears.keyResults).toEqual([]);
    respond("c", bytes("?"));
    const key = textOf(keyOf(1));
    expect(node.ears.keyResults).toEqual([
      {
        command: "list",
        membersCount: 3,
        answersCount: 3,
        failures: new Map([
          ["b", "broken"],
          ["c", "The answer could not be read."],
        ]),
        remarks: new Map(),
        keys: new Map([[key, 1]]),
        primaryKeys: new Map([[key, 1]]),
      },
    ]);
  });

  it("ends with what it has when its time is up", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onMemberJoin(recordOf("b", 2));
    node.serf.keyQuery("install", keyOf(2));
    node.advance(3_200);
    expect(node.ears.keyResults).toMatchObject([{ membersCount: 2, answersCount: 1 }]);
  });
});

describe("a name conflict", () => {
  function vote(node: Bench, from: string, last: number | undefined): void {
    const asked = node.takeBroadcasts().find((message) => message.kind === "query");
    if (asked?.kind !== "query") throw new Error("no query");
    const { addr, port } = recordOf("me", last ?? 0);
    const member: SerfMemberRecord | undefined =
      last === undefined
        ? undefined
        : { name: "me", addr, port, tags: new Map(), status: 1, vsn: [1, 5, 2, 2, 5, 5] };
    const payload = serfCodec.encode({ kind: "conflictResponse", member });
    const { lTime, id } = asked;
    node.hear({ kind: "queryResponse", lTime, id, from, flags: 0, payload });
  }

  it.each<[string, (number | undefined)[], string[]]>([
    ["all see us here", [1, 1], ["conflict won"]],
    ["most see us here", [1, 9, 1], ["conflict won"]],
    ["half see us here", [1, 9], ["conflict lost"]],
    ["nobody sees us here", [9, 9], ["conflict lost"]],
    ["nobody knows the name", [undefined], ["conflict lost"]],
    ["nobody answers", [], []],
  ])("%s", (_title, places, heard) => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onConflict({ name: "me" });
    places.forEach((last, i) => {
      vote(node, `n${i}`, last);
    });
    node.advance(3_200);
    expect(node.ears.take()).toEqual(heard);
  });

  it("is put to one vote at a time, and only about our own name", () => {
    const node = new Bench({ codec: serfCodec });
    node.serf.onConflict({ name: "b" });
    expect(node.takeBroadcasts()).toEqual([]);
    node.serf.onConflict({ name: "me" });
    node.serf.onConflict({ name: "me" });
    expect(node.takeBroadcasts()).toHaveLength(1);
    node.advance(3_200);
    node.serf.onConflict({ name: "me" });
    node.takeBroadcasts();
    expect(node.tally.of("serf.conflicts")).toBe(4);
    expect(node.takeBroadcasts().map((m) => m.kind)).toContain("query");
  });

  it("is only counted when votes are switched off", () => {
    const node = new Bench({ codec: serfCodec, options: { conflictResolution: "ignore" } });
    node.serf.onConflict({ name: "me" });
    expect(node.takeBroadcasts()).toEqual([]);
    expect(node.tally.of("serf.conflicts")).toBe(1);
  });
});
