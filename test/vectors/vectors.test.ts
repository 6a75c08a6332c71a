/**
 * Every vector of the real programs is understood, and written again byte for byte.
 * What the files are: memberlist/ holds captures of memberlist 0.2.2, 0.5.1 and of Serf.
 */
import { describe, expect, it } from "vitest";
import { PacketCodec } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { COMPRESS_TYPE } from "../../src/wire/compression.ts";
import { Keyring } from "../../src/wire/keyring.ts";
import { labelBytes, labelHeader } from "../../src/wire/label.ts";
import { lzwDecode, lzwEncode } from "../../src/wire/lzw.ts";
import { open, seal } from "../../src/wire/seal.ts";
import { uncompressed, viewPacket } from "./packet-view.ts";
import { differencesInside, isSame } from "./serf-again.ts";
import { type Shape, swimShape } from "./shapes.ts";
import { bytesOf, hexOf, type Vector, vectorFiles, vectorsIn } from "./vector-files.ts";

/** Serf's RPC protocol for its command line, which Hearsay does not speak. */
const excluded = ["ipc-rpc.json"];
/** Checked by the formulas of `peers/swim` and `peers/serf`. */
const formulas = ["numeric.json"];
const wireFiles = [
  "accepted-client.json",
  "encryption.json",
  "failure-detection.json",
  "labels.json",
  "memberlist-plain-0.5.1.json",
  "memberlist-plain.json",
  "serf-0.10.2.json",
  "serf-default.json",
  "serf-encrypted.json",
  "serf-uncompressed.json",
  "static-encodings.json",
  "stream-errors.json",
];

interface Setting {
  readonly label: string;
  readonly keyring: Keyring | undefined;
}

function settingOf(vector: Vector): Setting {
  const label = vector.decoded["label"] ?? vector.decoded["streamLabelFromDialer"] ?? "";
  const { key } = vector;
  return {
    label: label as string,
    keyring: key === undefined ? undefined : new Keyring([bytesOf(key)]),
  };
}

function codecOptions(setting: Setting, compression: "off" | "lzw") {
  return { ...setting, verifyIncoming: true, verifyOutgoing: true, compression } as const;
}

/** What the sealing says of itself, and the plain bytes below it. */
function unsealed(bytes: Uint8Array, setting: Setting, frame: Uint8Array): [Shape, Uint8Array] {
  const { keyring, label } = setting;
  if (keyring === undefined) return [{}, bytes];
  const aad = Buffer.concat([frame, labelBytes(label)]);
  const plain = open(keyring, bytes, aad);
  if (plain === undefined) throw new Error("the vector's key does not open it");
  const nonce = bytes.subarray(1, 13);
  const length = frame.length === 0 ? {} : { length: bytes.length };
  const encryption = {
    ...{ version: bytes[0], nonce: hexOf(nonce), aad: hexOf(aad), plainHex: hexOf(plain) },
    ...length,
  };
  const version = bytes[0] === 0 ? 0 : 1;
  const again = seal(keyring.primary, plain, { version, aad, nonce, prefix: new Uint8Array(0) });
  expect(hexOf(again)).toBe(hexOf(bytes));
  return [{ encryption }, plain];
}

interface Checked {
  readonly message: SwimMessage;
  readonly plain: Uint8Array;
  /** What our codec makes of the message. */
  readonly again: Uint8Array;
}

function checkPacket(vector: Vector): Checked {
  const setting = settingOf(vector);
  const bytes = bytesOf(vector.hex);
  const header = labelHeader(labelBytes(setting.label));
  expect(hexOf(bytes.subarray(0, header.length))).toBe(hexOf(header));
  const sealed = bytes.subarray(header.length);
  const [encryption, plain] = unsealed(sealed, setting, new Uint8Array(0));
  const view = viewPacket(plain);
  const label = setting.label === "" ? {} : { label: setting.label };
  const isBare = vector.direction === "encode";
  const shape = isBare ? view.shape : { ...label, ...encryption, message: view.shape };
  expect(shape).toEqual(vector.decoded);

  const outcome = new PacketCodec(codecOptions(setting, "off")).decode(bytes);
  if (view.message.kind === "err") {
    // The one message of the static file that belongs on streams.
    expect(outcome).toEqual({ drop: "misplacedType" });
    const streams = new StreamCodec(codecOptions(setting, "off"));
    expect(streams.decoder("dialer").feed(bytes)).toMatchObject({ message: view.message });
  } else expect(outcome).toEqual({ message: view.message });

  const compression = view.wrappings.has("compress") ? "lzw" : "off";
  const plainCodec = new PacketCodec(codecOptions({ label: "", keyring: undefined }, compression));
  const wrapped: SwimMessage = { kind: "hasCrc", message: view.message };
  const again = plainCodec.encode(view.wrappings.has("crc") ? wrapped : view.message);
  return { message: view.message, plain, again };
}

function checkStream(vector: Vector): Checked {
  const setting = settingOf(vector);
  const bytes = bytesOf(vector.hex);
  const isRequest = vector.direction === "client->server";
  const header = isRequest ? labelHeader(labelBytes(setting.label)) : new Uint8Array(0);
  expect(hexOf(bytes.subarray(0, header.length))).toBe(hexOf(header));
  const framed = bytes.subarray(header.length);
  const isSealed = setting.keyring !== undefined;
  const frame = isSealed ? framed.subarray(0, 5) : new Uint8Array(0);
  const [encryption, plain] = unsealed(framed.subarray(frame.length), setting, frame);
  const isCompressed = plain[0] === COMPRESS_TYPE;
  const compressed = isCompressed ? { compressed: uncompressed(plain).summary } : {};

  const codec = new StreamCodec(codecOptions(setting, "off"));
  const outcome = codec.decoder(isRequest ? "acceptor" : "dialer").feed(bytes);
  if (outcome.kind !== "message") throw new Error(JSON.stringify(outcome));
  const label =
    setting.label === "" ? {} : { [isRequest ? "label" : "streamLabelFromDialer"]: setting.label };
  const shape = { ...label, ...encryption, ...compressed, message: streamShape(outcome.message) };
  expect(shape).toEqual(vector.decoded);
  const decoder = codec.decoder(isRequest ? "acceptor" : "dialer");
  expect(byteByByte(decoder, bytes)).toEqual(outcome.message);

  const compression = isCompressed ? "lzw" : "off";
  const plainCodec = new StreamCodec(codecOptions({ label: "", keyring: undefined }, compression));
  const { message } = outcome;
  return { message, plain, again: plainCodec.encodeRequest(message) };
}

function byteByByte(decoder: ReturnType<StreamCodec["decoder"]>, bytes: Uint8Array): unknown {
  for (let i = 0; i < bytes.length; i += 1) {
    const outcome = decoder.feed(bytes.subarray(i, i + 1));
    if (outcome.kind !== "more") return outcome.kind === "message" ? outcome.message : outcome;
  }
  return "more";
}

function streamShape(message: SwimMessage): Shape {
  if (message.kind !== "user") return swimShape(message);
  const { payload } = message;
  return { type: "user(stream)", header: { UserMsgLen: payload.length }, payload: hexOf(payload) };
}

/**
 * What our encoder writes otherwise, and may: the new go-msgpack's signed integers (spec section
 * 3.1), and keys in another order from the independent client of accepted-client.json.
 */
const writtenOtherwise = new Set([
  ...[3, 7, 8, 11].map((index) => `accepted-client.json ${index}`),
  ...[9, 10].map((index) => `memberlist-plain-0.5.1.json ${index}`),
  ...[1, 10, 16, 18, 19].map((index) => `serf-0.10.2.json ${index}`),
]);

describe("vectors", () => {
  it("are all accounted for", () => {
    const known = [...excluded, ...formulas, ...wireFiles, "lzw.json"].sort();
    expect(vectorFiles()).toEqual(known);
    expect(excluded).toEqual(["ipc-rpc.json"]);
    expect(vectorsIn("numeric.json")).toHaveLength(1);
  });

  let checkedCount = 0;
  let sealedCount = 0;
  let rewrittenCount = 0;
  let otherwiseCount = 0;

  for (const file of wireFiles) {
    describe(file, () => {
      for (const [index, vector] of vectorsIn(file).entries()) {
        it(`${index} ${vector.name}`, () => {
          const { plain, again, message } =
            vector.transport === "tcp" ? checkStream(vector) : checkPacket(vector);
          checkedCount += 1;
          if (vector.key !== undefined) sealedCount += 1;
          if (writtenOtherwise.has(`${file} ${index}`)) {
            otherwiseCount += 1;
            expect(isSame(plain, again) && differencesInside(message).length === 0).toBe(false);
            return;
          }
          rewrittenCount += 1;
          expect(hexOf(again)).toBe(hexOf(plain));
          expect(differencesInside(message)).toEqual([]);
        });
      }
    });
  }

  describe("lzw.json", () => {
    for (const vector of vectorsIn("lzw.json")) {
      it(vector.name, () => {
        const plain = bytesOf(String(vector.decoded["plain"]));
        const packed = bytesOf(vector.hex);
        expect(hexOf(lzwEncode(plain))).toBe(vector.hex);
        const outcome = lzwDecode(packed, plain.length);
        expect(outcome.kind === "plain" && hexOf(outcome.bytes)).toBe(hexOf(plain));
        checkedCount += 1;
        rewrittenCount += 1;
      });
    }
  });

  it("were all checked", () => {
    const files = [...wireFiles, "lzw.json"];
    const total = files.reduce((sum, file) => sum + vectorsIn(file).length, 0);
    const keyed = files.flatMap((file) => vectorsIn(file)).filter((one) => one.key !== undefined);
    expect(checkedCount).toBe(total);
    expect(total).toBe(330);
    expect(sealedCount).toBe(keyed.length);
    expect(keyed.length).toBe(89);
    expect(rewrittenCount + otherwiseCount).toBe(total);
    expect(otherwiseCount).toBe(writtenOtherwise.size);
  });
});
