import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSerf, encodeSerf } from "../../src/peers/serf/serf.wire.ts";
import { PacketCodec } from "../../src/peers/swim/wire/packet.wire.ts";
import { StreamCodec } from "../../src/peers/swim/wire/stream.wire.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { encodeSwim } from "../../src/peers/swim/wire/swim.wire.ts";
import { swimSizes } from "../../src/peers/swim/wire/swim-sizes.wire.ts";
import { Keyring } from "../../src/wire/keyring.ts";
import { anyPacketMessage, anyReply, anyRequest, anySerf, comparable } from "./arbitraries.ts";

const oldKey = new Uint8Array(16).fill(1);
const newKey = new Uint8Array(32).fill(2);

/** Sender and receiver of one cluster; the keyrings agree on the keys but not on the primary. */
const settings = fc.record({
  label: fc.constantFrom("", "blue", "größe"),
  isSealed: fc.boolean(),
  compression: fc.constantFrom("off" as const, "lzw" as const),
  protocolVersion: fc.constantFrom(1, 2),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

function optionsOf(setting: Settings, keys: readonly Uint8Array[]) {
  const keyring = setting.isSealed ? new Keyring(keys) : undefined;
  return { ...setting, keyring, verifyIncoming: true, verifyOutgoing: true };
}

function withoutCrc(message: SwimMessage): SwimMessage {
  return message.kind === "hasCrc" ? message.message : message;
}

describe("what was written is read", () => {
  it("in packets", () => {
    fc.assert(
      fc.property(anyPacketMessage, settings, (message, setting) => {
        const sender = new PacketCodec(optionsOf(setting, [oldKey, newKey]));
        const receiver = new PacketCodec(optionsOf(setting, [newKey, oldKey]));
        const outcome = receiver.decode(sender.encode(message));
        expect(comparable(outcome)).toEqual(comparable({ message: withoutCrc(message) }));
      }),
      { numRuns: 400 },
    );
  });

  it("on streams, in chunks of any size", () => {
    const sides = fc.oneof(
      fc.tuple(fc.constant("acceptor" as const), anyRequest),
      fc.tuple(fc.constant("dialer" as const), anyReply),
    );
    fc.assert(
      fc.property(sides, settings, fc.integer({ min: 1, max: 700 }), (side, setting, chunk) => {
        const [role, message] = side;
        const sender = new StreamCodec(optionsOf(setting, [oldKey, newKey]));
        const decoder = new StreamCodec(optionsOf(setting, [newKey, oldKey])).decoder(role);
        const bytes =
          role === "acceptor" ? sender.encodeRequest(message) : sender.encodeReply(message);
        let at = 0;
        let outcome = decoder.feed(bytes.subarray(0, 0));
        while (outcome.kind === "more" && at < bytes.length) {
          outcome = decoder.feed(bytes.subarray(at, at + chunk));
          at += chunk;
        }
        expect(at).toBeGreaterThanOrEqual(bytes.length);
        expect(comparable(outcome)).toEqual(comparable({ kind: "message", message }));
      }),
      { numRuns: 300 },
    );
  });

  it("for Serf", () => {
    fc.assert(
      fc.property(anySerf, (message) => {
        const slots = message.kind === "pushPull" ? { eventSlots: message.events.length } : {};
        const again = decodeSerf(encodeSerf(message));
        expect(comparable(again)).toEqual(comparable({ ...message, ...slots }));
      }),
      { numRuns: 600 },
    );
  });

  it("and its length is known before", () => {
    fc.assert(
      fc.property(fc.oneof(anyPacketMessage, anyReply), (message) => {
        expect(swimSizes.byteLength(message)).toBe(encodeSwim(message).length);
      }),
      { numRuns: 600 },
    );
  });

  it("and label and seal add no more than announced", () => {
    fc.assert(
      fc.property(anyPacketMessage, settings, (message, setting) => {
        const codec = new PacketCodec(optionsOf({ ...setting, compression: "off" }, [oldKey]));
        const added = codec.encode(message).length - swimSizes.byteLength(message);
        expect(added).toBeLessThanOrEqual(codec.overheadBytes);
      }),
    );
  });
});
