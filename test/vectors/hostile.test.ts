/** Bytes from anybody: always a message or a named reason, never an exception, always soon. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeCoordinate,
  decodeFilter,
  decodeSerf,
  decodeTags,
} from "../../src/peers/serf/serf.wire.ts";
import { PacketCodec, type PacketOutcome } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec, type StreamOutcome } from "../../src/peers/swim/wire/stream.wire.ts";
import { decodeAdvertMeta } from "../../src/wire/advert.ts";
import { dropReasons } from "../../src/wire/drop-reason.ts";
import { decodeFrame } from "../../src/wire/frame.ts";
import { Keyring } from "../../src/wire/keyring.ts";
import { lzwEncode } from "../../src/wire/lzw.ts";
import { MsgpackWriter } from "../../src/wire/msgpack-writer.ts";
import { bytesOf, type Vector, vectorsIn } from "./vector-files.ts";

const open = { verifyIncoming: true, verifyOutgoing: true, compression: "off" } as const;
const plain = { ...open, label: "", keyring: undefined };
const lenient = {
  ...open,
  label: "",
  keyring: new Keyring([new Uint8Array(16)]),
  verifyIncoming: false,
};
const packetCodecs = [new PacketCodec(plain), new PacketCodec(lenient)];
const streamCodecs = [new StreamCodec(plain), new StreamCodec(lenient)];
const reasons = Object.keys(dropReasons);

function checkPacket(outcome: PacketOutcome): void {
  if ("drop" in outcome) expect(reasons).toContain(outcome.drop);
  else expect(outcome.message.kind).toBeTypeOf("string");
}

function checkStream(outcome: StreamOutcome): void {
  if (outcome.kind === "error") expect(reasons).toContain(outcome.reason);
}

function throwAtAll(bytes: Uint8Array): void {
  for (const codec of packetCodecs) checkPacket(codec.decode(bytes));
  for (const codec of streamCodecs) {
    checkStream(codec.decoder("acceptor").feed(bytes));
    checkStream(codec.decoder("dialer").feed(bytes));
  }
  decodeSerf(bytes);
  decodeTags(bytes);
  decodeFilter(bytes);
  decodeCoordinate(bytes);
  decodeFrame(bytes);
  decodeAdvertMeta(bytes);
}

const captured: readonly Vector[] = [
  "memberlist-plain.json",
  "static-encodings.json",
  "serf-default.json",
  "serf-uncompressed.json",
  "serf-0.10.2.json",
].flatMap(vectorsIn);

describe("hostile bytes", () => {
  it("of no sense at all", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), throwAtAll), { numRuns: 3000 });
  });

  it("behind a type byte", () => {
    const typed = fc
      .tuple(fc.integer({ min: 0, max: 14 }), fc.uint8Array({ maxLength: 120 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest));
    fc.assert(fc.property(typed, throwAtAll), { numRuns: 3000 });
  });

  it("that were real messages before some were changed, cut or repeated", () => {
    const mutated = fc
      .record({
        vector: fc.constantFrom(...captured),
        changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        cut: fc.option(fc.nat()),
        isDoubled: fc.boolean(),
      })
      .map(({ vector, changes, cut, isDoubled }) => {
        const bytes = bytesOf(isDoubled ? vector.hex + vector.hex : vector.hex);
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
      });
    fc.assert(fc.property(mutated, throwAtAll), { numRuns: 2000 });
  });

  it("cut at every length", () => {
    for (const vector of vectorsIn("static-encodings.json")) {
      const bytes = bytesOf(vector.hex);
      for (let length = 0; length < bytes.length; length += 1)
        throwAtAll(bytes.subarray(0, length));
    }
  });

  it("that unpack without end use up the packet's budget once", () => {
    const bomb = compressed(new Uint8Array(200_000));
    const one = compound([bomb]);
    const many = compound(Array.from({ length: 200 }, () => bomb));
    expect(packetCodecs[0]!.decode(many)).toEqual({ drop: "tooLarge" });
    // Two hundred budgets would be two hundred times the time.
    expect(fastestMs(many)).toBeLessThan(20 * fastestMs(one));
  });

  it("that wrap wrappings beyond the bound", () => {
    let bytes = Uint8Array.of(8, 1);
    for (let depth = 0; depth < 30; depth += 1) bytes = compound([bytes]);
    expect(packetCodecs[0]!.decode(bytes)).toEqual({ drop: "tooDeep" });
  });

  it("that are thousands of empty parts", () => {
    const empty = compound(Array.from({ length: 255 }, () => new Uint8Array(0)));
    const dropped: string[] = [];
    const codec = new PacketCodec({ ...plain, onPartDropped: (reason) => dropped.push(reason) });
    expect(codec.decode(compound(Array.from({ length: 100 }, () => empty)))).toEqual({
      drop: "empty",
    });
    expect(dropped.length).toBeLessThan(2500);
  });

  it("that nest msgpack ten thousand deep", () => {
    const deep = Uint8Array.of(0, 0x81, 0xa1, 0x78, ...new Array<number>(10_000).fill(0x91), 0xc0);
    expect(packetCodecs[0]!.decode(deep)).toMatchObject({ message: { kind: "ping" } });
  });

  it("that declare more than they hold", () => {
    const cases = [
      "00df00ffffff",
      "00dfffffffff",
      "0082a44e6f6465dbffffffff",
      "0681a54e6f646573ceffffffff",
    ];
    for (const hex of cases) throwAtAll(bytesOf(hex));
    expect(packetCodecs[0]!.decode(bytesOf("00dfffffffff"))).toEqual({ drop: "truncated" });
  });

  it("that come as a stream one at a time cost time in proportion", () => {
    const nodes = 3000;
    const head = [6, 0x81, 0xa5, ...Buffer.from("Nodes"), 0xcd, nodes >> 8, nodes & 255];
    const junk = Array.from({ length: 20_000 }, () => [0x81, 0xa1, 0x78, 0x80]).flat();
    const bytes = Uint8Array.from([...head, ...junk]);
    const decoder = streamCodecs[0]!.decoder("acceptor");
    const started = performance.now();
    let outcome: StreamOutcome = { kind: "more" };
    for (let at = 0; at < bytes.length && outcome.kind === "more"; at += 1) {
      outcome = decoder.feed(bytes.subarray(at, at + 1));
    }
    expect(outcome.kind).toBe("message");
    // Looking at everything again for each byte would take minutes.
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

function compound(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const lengths = parts.flatMap((part) => [part.length >> 8, part.length & 255]);
  return Uint8Array.from(Buffer.concat([Uint8Array.of(7, parts.length, ...lengths), ...parts]));
}

function fastestMs(packet: Uint8Array): number {
  const times = Array.from({ length: 15 }, () => {
    const started = performance.now();
    packetCodecs[0]!.decode(packet);
    return performance.now() - started;
  });
  return Math.min(...times);
}

function compressed(bytes: Uint8Array): Uint8Array {
  const writer = new MsgpackWriter();
  writer.byte(9);
  writer.mapHead(1);
  writer.text("Buf");
  writer.raw(lzwEncode(bytes));
  return writer.take();
}
