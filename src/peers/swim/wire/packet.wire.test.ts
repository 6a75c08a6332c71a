import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { Keyring } from "../../../wire/keyring.ts";
import type { SwimMessage } from "../swim.messages.ts";
import { PacketCodec } from "./packet.wire.ts";
import { encodeSwim } from "./swim.wire.ts";

const key = new Uint8Array(16).fill(1);
const otherKey = new Uint8Array(16).fill(2);
const clear = {
  label: "",
  keyring: undefined,
  verifyIncoming: true,
  verifyOutgoing: true,
  compression: "off",
} as const;
const nack: SwimMessage = { kind: "nack", seqNo: 7 };
const suspect: SwimMessage = { kind: "suspect", incarnation: 1, node: "x", from: "y" };

function codec(options: Partial<ConstructorParameters<typeof PacketCodec>[0]> = {}): PacketCodec {
  return new PacketCodec({ ...clear, ...options });
}

describe("PacketCodec", () => {
  it("drops another label, a missing one and one too many", () => {
    const packet = codec({ label: "blue" }).encode(nack);
    expect(codec({ label: "blue" }).decode(packet)).toEqual({ message: nack });
    expect(codec({ label: "green" }).decode(packet)).toEqual({ drop: "label" });
    expect(codec({ label: "blu" }).decode(packet)).toEqual({ drop: "label" });
    expect(codec().decode(packet)).toEqual({ drop: "label" });
    expect(codec({ label: "blue" }).decode(codec().encode(nack))).toEqual({ drop: "label" });
    expect(() => codec({ label: "x".repeat(256) })).toThrow(RangeError);
  });

  it("drops what no key opens, and takes it in clear while keys are rolled out", () => {
    const sealed = codec({ keyring: new Keyring([key]) }).encode(nack);
    const inClear = codec().encode(nack);
    const strict = codec({ keyring: new Keyring([otherKey]) });
    const lenient = codec({ keyring: new Keyring([otherKey, key]), verifyIncoming: false });
    expect(strict.decode(sealed)).toEqual({ drop: "decrypt" });
    expect(strict.decode(inClear)).toEqual({ drop: "decrypt" });
    expect(lenient.decode(sealed)).toEqual({ message: nack });
    expect(lenient.decode(inClear)).toEqual({ message: nack });
    const silent = codec({ keyring: new Keyring([key]), verifyOutgoing: false });
    expect(silent.encode(nack)).toEqual(inClear);
    expect(silent.overheadBytes).toBe(0);
  });

  it("binds the seal to the label", () => {
    const packet = codec({ keyring: new Keyring([key]), label: "blue" }).encode(nack);
    const moved = Uint8Array.from([0xf4, 3, ...Buffer.from("red"), ...packet.subarray(6)]);
    expect(codec({ keyring: new Keyring([key]), label: "red" }).decode(moved)).toEqual({
      drop: "decrypt",
    });
  });

  it("tells the overhead of section 11", () => {
    const keyring = new Keyring([key]);
    expect(codec().overheadBytes).toBe(0);
    expect(codec({ label: "blue" }).overheadBytes).toBe(6);
    expect(codec({ keyring }).overheadBytes).toBe(29);
    expect(codec({ keyring, protocolVersion: 1, label: "blue" }).overheadBytes).toBe(51);
  });

  it("checks a CRC in front, and refuses one anywhere else", () => {
    const packet = codec().encode({ kind: "hasCrc", message: nack });
    expect(codec().decode(packet)).toEqual({ message: nack });
    packet[4] = (packet[4] ?? 0) ^ 1;
    expect(codec().decode(packet)).toEqual({ drop: "crc" });
    const dropped: string[] = [];
    const listening = codec({ onPartDropped: (reason) => dropped.push(reason) });
    const inside = encodeSwim({
      kind: "compound",
      parts: [{ kind: "hasCrc", message: nack }, suspect],
    });
    expect(listening.decode(inside)).toEqual({ message: { kind: "compound", parts: [suspect] } });
    expect(dropped).toEqual(["misplacedType"]);
    const twice = codec().encode({ kind: "hasCrc", message: { kind: "hasCrc", message: nack } });
    expect(codec().decode(twice)).toEqual({ drop: "misplacedType" });
  });

  it("compresses only what gets shorter", () => {
    const small = codec({ compression: "lzw" }).encode(nack);
    expect(small[0]).toBe(11);
    const large: SwimMessage = { kind: "user", payload: Buffer.alloc(500, 7) };
    const packed = codec({ compression: "lzw" }).encode(large);
    expect(packed[0]).toBe(9);
    expect(packed.length).toBeLessThan(100);
    expect(codec().decode(packed)).toEqual({ message: large });
  });

  it("reads the parts before one that is cut short, and counts the rest", () => {
    const dropped: string[] = [];
    const listening = codec({ onPartDropped: (reason) => dropped.push(reason) });
    const packet = encodeSwim({ kind: "compound", parts: [suspect, nack, suspect] });
    const cut = packet.subarray(0, packet.length - 1);
    expect(listening.decode(cut)).toEqual({
      message: { kind: "compound", parts: [suspect, nack] },
    });
    expect(dropped).toEqual(["truncated"]);
    expect(codec().decode(packet.subarray(0, 5))).toEqual({ drop: "truncated" });
  });

  it("drops an unknown or bad part only", () => {
    const dropped: string[] = [];
    const listening = codec({ onPartDropped: (reason) => dropped.push(reason) });
    const packet = Uint8Array.from([7, 3, 0, 1, 0, 2, 0, 9, 99, 0, 1, ...encodeSwim(nack)]);
    expect(listening.decode(packet)).toEqual({ message: { kind: "compound", parts: [nack] } });
    expect(dropped).toEqual(["unknownType", "malformed"]);
  });

  it("takes compound in compound and in compression, flat", () => {
    const inner = encodeSwim({ kind: "compound", parts: [nack, suspect] });
    const outer = Uint8Array.from([7, 2, 0, inner.length, 0, inner.length, ...inner, ...inner]);
    const parts = [nack, suspect, nack, suspect];
    expect(codec().decode(outer)).toEqual({ message: { kind: "compound", parts } });
  });

  it("drops what does not belong into a packet, and what is nothing", () => {
    const cases: readonly [readonly number[], string][] = [
      [[], "empty"],
      [[6, 0x80], "misplacedType"],
      [[10, 0x80], "misplacedType"],
      [[13, 0x80], "misplacedType"],
      [[14], "unknownType"],
      [[7, 0], "empty"],
      [[9, 0x81, 0xa4, ...Buffer.from("Algo"), 5], "compression"],
      [[9, 0x81, 0xa3, ...Buffer.from("Buf"), 0xa1, 1], "compression"],
      [[11, ...encode({ SeqNo: 2 ** 32 })], "number"],
      [[11, ...encode({ SeqNo: -1 })], "number"],
      [[4, ...encode({ Port: 65_536 })], "number"],
    ];
    for (const [bytes, drop] of cases) {
      expect(codec().decode(Uint8Array.from(bytes))).toEqual({ drop });
    }
    expect(codec().decode(new Uint8Array(65_537))).toEqual({ drop: "tooLarge" });
  });

  it("takes what the real nodes take: other widths, str8, bin8, unknown keys, bytes behind", () => {
    const body = encode({ Later: [{}], SeqNo: 7, Payload: Uint8Array.of(1, 2) });
    const outcome = codec().decode(Uint8Array.from([2, ...body, 99, 98]));
    expect(outcome).toEqual({ message: { kind: "ack", seqNo: 7, payload: Uint8Array.of(1, 2) } });
    const wide = Uint8Array.from([
      11,
      0x81,
      0xd9,
      5,
      ...Buffer.from("SeqNo"),
      0xd3,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      7,
    ]);
    expect(codec().decode(wide)).toEqual({ message: nack });
    const lower = Uint8Array.from([11, ...encode({ seqno: 9 })]);
    expect(codec().decode(lower)).toEqual({ message: { kind: "nack", seqNo: 0 } });
    const asArray = Uint8Array.from([3, ...encode([1, "x", "y"])]);
    expect(codec().decode(asArray)).toEqual({ message: suspect });
  });

  it("refuses to write what no packet can hold, and goes on working", () => {
    const sender = codec();
    const parts = Array.from({ length: 256 }, () => nack);
    expect(() => sender.encode({ kind: "compound", parts })).toThrow(RangeError);
    expect(codec().decode(sender.encode(nack))).toEqual({ message: nack });
  });
});
