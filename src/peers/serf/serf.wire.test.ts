import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import {
  decodeCoordinate,
  decodeFilter,
  decodeSerf,
  decodeTags,
  encodeCoordinate,
  encodeFilter,
  encodeSerf,
  encodeTags,
  matchesExpression,
  serfTypes,
} from "./serf.wire.ts";

function bytes(type: number, value: unknown): Uint8Array {
  return Uint8Array.from([type, ...encode(value)]);
}

describe("Serf's messages", () => {
  it("take what older nodes leave out as zero", () => {
    expect(decodeSerf(bytes(serfTypes.leave, { LTime: 2, Node: "a" }))).toEqual({
      kind: "leave",
      lTime: 2,
      node: "a",
      prune: false,
    });
    expect(decodeSerf(bytes(serfTypes.conflictResponse, null))).toEqual({
      kind: "conflictResponse",
      member: undefined,
    });
    expect(encodeSerf({ kind: "conflictResponse", member: undefined })).toEqual(
      Uint8Array.of(6, 0xc0),
    );
  });

  it("are refused when they declare more entries than a state has, before room is made", () => {
    const count = 10_000_000;
    const list = (key: string, head: number, element: number): Uint8Array => {
      const declared = Buffer.alloc(5, head);
      declared.writeUInt32BE(count, 1);
      const name = [0xa0 | key.length, ...Buffer.from(key)];
      const elements = Buffer.alloc(count * (head === 0xdf ? 2 : 1), element);
      return Buffer.concat([Uint8Array.of(serfTypes.pushPull, 0x81, ...name), declared, elements]);
    };
    const states = [
      list("LeftMembers", 0xdd, 0xa0),
      list("Events", 0xdd, 0x80),
      list("StatusLTimes", 0xdf, 0xa0),
    ];
    const before = process.memoryUsage().heapUsed;
    for (const state of states) expect(decodeSerf(state)).toBeUndefined();
    // The lists alone took 80 MB, what was made of them ten times as much.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  });

  it("are refused when a time is beyond 2^53 − 1, a type unknown, or a body cut", () => {
    const late = Uint8Array.from([
      1,
      0x81,
      0xa5,
      ...Buffer.from("LTime"),
      0xcf,
      ...new Array(8).fill(255),
    ]);
    expect(decodeSerf(late)).toBeUndefined();
    expect(decodeSerf(bytes(10, {}))).toBeUndefined();
    expect(decodeSerf(new Uint8Array(0))).toBeUndefined();
    const event = encodeSerf({
      kind: "userEvent",
      lTime: 1,
      name: "n",
      payload: Uint8Array.of(1),
      cc: true,
    });
    expect(decodeSerf(event.subarray(0, event.length - 1))).toBeUndefined();
  });

  it("place push/pull slots like the ring of the real thing", () => {
    const message = {
      kind: "pushPull",
      lTime: 1,
      statusLTimes: new Map([["a", 3]]),
      leftMembers: [],
      eventLTime: 9,
      events: [{ lTime: 10, events: [] }],
      eventSlots: 8,
      queryLTime: 1,
    } as const;
    const text = Buffer.from(encodeSerf(message)).toString("hex");
    expect(text).toContain("a64576656e747398c0c082a64576656e747390a54c54696d650ac0c0c0c0c0");
  });
});

describe("tags", () => {
  it("are a map behind ff; else a bare role", () => {
    const tags = new Map([
      ["role", "web"],
      ["dc", "ost"],
    ]);
    expect(decodeTags(encodeTags(tags))).toEqual(tags);
    expect([...encodeTags(new Map())]).toEqual([0xff, 0x80]);
    expect(decodeTags(Buffer.from("web"))).toEqual(new Map([["role", "web"]]));
    expect(decodeTags(new Uint8Array(0))).toEqual(new Map([["role", ""]]));
    expect(decodeTags(Uint8Array.of(0xff, 0x81, 0xa1))).toEqual(new Map());
  });
});

describe("filters", () => {
  it("are read as they were written, with the bytes of the spec", () => {
    const nodes = { kind: "nodes", names: ["x1", "x2", "x3"] } as const;
    const tag = { kind: "tag", tag: "role", expression: ".*" } as const;
    expect(Buffer.from(encodeFilter(nodes)).toString("hex")).toBe("0093a27831a27832a27833");
    expect(Buffer.from(encodeFilter(tag)).toString("hex")).toBe(
      "0182a445787072a22e2aa3546167a4726f6c65",
    );
    expect(decodeFilter(encodeFilter(nodes))).toEqual(nodes);
    expect(decodeFilter(encodeFilter(tag))).toEqual(tag);
    expect(decodeFilter(Uint8Array.of(2, 0x90))).toBeUndefined();
    expect(decodeFilter(new Uint8Array(0))).toBeUndefined();
    expect(decodeFilter(Uint8Array.of(0, 0x92, 0xa1))).toBeUndefined();
  });
});

describe("tag expressions", () => {
  it("are searched anywhere, in RE2's syntax", () => {
    expect(matchesExpression("we", "web")).toBe(true);
    expect(matchesExpression("^e", "web")).toBe(false);
    expect(matchesExpression("(?i)WEB$", "web")).toBe(true);
    expect(matchesExpression("", "")).toBe(true);
    expect(matchesExpression("^$", "")).toBe(true);
  });

  it("that are none match nothing", () => {
    for (const one of ["(", "a**", "(?=a)", "\\1", "[z-a]", "a{2000}", "x".repeat(1025)]) {
      expect(matchesExpression(one, "aaaa xxxx")).toBe(false);
      expect(matchesExpression(one, "aaaa xxxx")).toBe(false);
    }
  });

  it("cost time in proportion, however written", () => {
    const started = performance.now();
    matchesExpression("(a+)+$", `${"a".repeat(500)}!`);
    matchesExpression("((((a{30}){30}){30}){30})", "a".repeat(500));
    matchesExpression("(a|b|ab)*c", "ab".repeat(250));
    for (let i = 0; i < 200; i += 1) matchesExpression(`x{${i}}y`, "x".repeat(500));
    // A backtracking engine would take years for the first one.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("coordinates", () => {
  it("have the bytes of Serf", () => {
    const fresh = { vector: [0, 0, 0, 0, 0, 0, 0, 0], error: 1.5, adjustment: 0, height: 1e-5 };
    expect(encodeCoordinate(fresh)).toHaveLength(130);
    expect(decodeCoordinate(encodeCoordinate(fresh))).toEqual(fresh);
    expect(decodeCoordinate(Uint8Array.of(2, 0x80))).toBeUndefined();
    expect(decodeCoordinate(encodeCoordinate(fresh).subarray(0, 100))).toBeUndefined();
  });
});
