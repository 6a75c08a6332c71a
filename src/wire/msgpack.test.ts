import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MsgpackReader, nilBytes, presentBytes, valueShape } from "./msgpack-reader.ts";
import { MsgpackScanner } from "./msgpack-scanner.ts";
import { rawSize, textSize, uintSize } from "./msgpack-sizes.ts";
import { StructFields } from "./msgpack-struct.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";

function written(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.take();
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

describe("MsgpackWriter", () => {
  it("writes whole numbers as any reader reads them, in the shortest form", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -40, max: 300 })),
        (n) => {
          const bytes = written((writer) => writer.int(n));
          expect(decode(bytes, { useBigInt64: false })).toBe(n);
          if (n >= 0) expect(bytes.length).toBe(uintSize(n));
          expect(new MsgpackReader(bytes).int()).toBe(n);
        },
      ),
    );
  });

  it("writes floats and texts as the oracle reads them", () => {
    fc.assert(
      fc.property(fc.double(), fc.string({ unit: "grapheme", maxLength: 80 }), (number, text) => {
        expect(decode(written((writer) => writer.float(number)))).toBe(number);
        const bytes = written((writer) => writer.text(text));
        expect(bytes.length).toBe(textSize(text));
        expect(new MsgpackReader(bytes).text()).toBe(text);
        if (Buffer.byteLength(text) < 32) expect(decode(bytes)).toBe(text);
      }),
    );
  });

  it("never writes str8 or bin", () => {
    expect(Buffer.from(written((writer) => writer.text("x".repeat(32)))).toString("hex")).toMatch(
      /^da0020/,
    );
    expect([...written((writer) => writer.raw(new Uint8Array(32))).subarray(0, 3)]).toEqual([
      0xda, 0, 32,
    ]);
    expect([...written((writer) => writer.raw(new Uint8Array(70_000))).subarray(0, 5)]).toEqual([
      0xdb, 0, 1, 0x11, 0x70,
    ]);
  });

  it("keeps nil apart from empty", () => {
    expect([...written((writer) => writer.raw(nilBytes))]).toEqual([0xc0]);
    expect([...written((writer) => writer.raw(presentBytes))]).toEqual([0xa0]);
    expect(new MsgpackReader(hex("c0")).raw()).toBe(nilBytes);
    expect(new MsgpackReader(hex("a0")).raw()).toBe(presentBytes);
    expect(rawSize(nilBytes)).toBe(1);
  });

  it("gives each message bytes of its own, however long", () => {
    const writer = new MsgpackWriter();
    const messages = Array.from({ length: 300 }, (_, i) => new Uint8Array((i * 97) % 9000).fill(i));
    const taken = messages.map((message) => {
      writer.append(message);
      return writer.take();
    });
    for (const [i, message] of messages.entries())
      expect(Uint8Array.from(taken[i]!)).toEqual(message);
  });
});

describe("MsgpackReader", () => {
  it("takes a whole number in every width and sign", () => {
    const sevens = ["07", "cc07", "cd0007", "ce00000007", "cf0000000000000007", "d007", "d10007"];
    for (const one of [...sevens, "d200000007", "d30000000000000007"]) {
      expect(new MsgpackReader(hex(one)).uint(7)).toBe(7);
    }
    expect(new MsgpackReader(hex("d3ffffffffffffff9c")).int()).toBe(-100);
    expect(new MsgpackReader(hex("c0")).int()).toBe(0);
  });

  it("rejects numbers beyond their field or beyond 2^53 − 1 instead of bending them", () => {
    for (const one of ["cf0020000000000000", "cfffffffffffffffff", "d38000000000000000"]) {
      const reader = new MsgpackReader(hex(one));
      expect(reader.int()).toBe(0);
      expect(reader.failure).toBe("number");
    }
    const negative = new MsgpackReader(hex("ff"));
    negative.uint(10);
    expect(negative.failure).toBe("number");
    expect(new MsgpackReader(hex("cf001fffffffffffff")).int()).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("takes raw, str8 and bin for texts and bytes", () => {
    for (const head of ["a3", "d903", "c403", "da0003", "c50003", "db00000003", "c600000003"]) {
      expect(new MsgpackReader(hex(`${head}616263`)).text()).toBe("abc");
      expect([...new MsgpackReader(hex(`${head}616263`)).raw()]).toEqual([0x61, 0x62, 0x63]);
    }
    expect(new MsgpackReader(hex("c0")).text()).toBe("");
  });

  it("takes float64, float32 and whole numbers for floats", () => {
    expect(new MsgpackReader(hex("cb3ff8000000000000")).float()).toBe(1.5);
    expect(new MsgpackReader(hex("ca3fc00000")).float()).toBe(1.5);
    expect(new MsgpackReader(hex("03")).float()).toBe(3);
  });

  it("passes over any value, as the scanner does in pieces", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.uint8Array(), (json, raw) => {
        const bytes = encode([json, raw]);
        const reader = new MsgpackReader(bytes);
        reader.skip();
        expect(reader.failure).toBeUndefined();
        expect(reader.at).toBe(bytes.length);
        const scanner = new MsgpackScanner(0);
        for (let length = 0; length < bytes.length; length += 1) {
          expect(scanner.scan(bytes, { end: length, valuesMaxCount: 1 << 20 })).toBe("more");
        }
        expect(scanner.scan(bytes, { end: bytes.length, valuesMaxCount: 1 << 20 })).toBe(
          "complete",
        );
        expect(scanner.at).toBe(bytes.length);
      }),
    );
  });

  it("knows the shape of every head, ext included", () => {
    const whole = [
      "c70301616263",
      "c8000301616263",
      "c90000000301616263",
      "d40161",
      "d5016161",
      "d60161616161",
    ];
    for (const one of [
      ...whole,
      `d701${"61".repeat(8)}`,
      `d801${"61".repeat(16)}`,
      "c2",
      "de0000",
      "df00000000",
    ]) {
      const bytes = hex(one);
      expect(valueShape(bytes, 0, bytes.length)).toEqual({ bytes: bytes.length, children: 0 });
    }
    expect(valueShape(hex("c1"), 0, 1)).toBeUndefined();
    expect(valueShape(hex("dd00000002"), 0, 5)).toEqual({ bytes: 5, children: 2 });
    expect(valueShape(hex("83"), 0, 1)).toEqual({ bytes: 1, children: 6 });
  });
});

describe("StructFields", () => {
  const fields = new StructFields(["Second", "First"]);

  function read(bytes: Uint8Array): { first: number; second: string; failure: string | undefined } {
    const reader = new MsgpackReader(bytes);
    let first = 0;
    let second = "";
    const cursor = fields.open(reader);
    for (let field = cursor.next(); field !== undefined; field = cursor.next()) {
      if (field === "First") first = reader.int();
      else second = reader.text();
    }
    return { first, second, failure: reader.failure };
  }

  it("takes a map in any order, with unknown keys of any value", () => {
    const good = { first: 5, second: "x", failure: undefined };
    expect(read(encode({ First: 5, Second: "x" }))).toEqual(good);
    expect(read(encode({ Second: "x", First: 5 }))).toEqual(good);
    expect(
      read(encode({ a: { b: [1, 2, { c: null }] }, Second: "x", first: 9, First: 5 })),
    ).toEqual(good);
    expect(read(encode({ Second: "x" }))).toEqual({ ...good, first: 0 });
  });

  it("takes an array in declaration order, short or long, and nil", () => {
    expect(read(encode(["x", 5]))).toEqual({ first: 5, second: "x", failure: undefined });
    expect(read(encode(["x"]))).toEqual({ first: 0, second: "x", failure: undefined });
    expect(read(encode(["x", 5, [[]]]))).toEqual({ first: 5, second: "x", failure: undefined });
    expect(read(encode(null))).toEqual({ first: 0, second: "", failure: undefined });
  });

  it("refuses what is neither, and what is cut off", () => {
    expect(read(encode("text")).failure).toBe("malformed");
    expect(read(encode({ First: 5, Second: "xyz" }).subarray(0, 12)).failure).toBe("truncated");
    expect(read(encode({ First: "no number" })).failure).toBe("malformed");
  });
});
