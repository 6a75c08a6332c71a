import { describe, expect, it } from "vitest";
import { makeOrigin, type Origin, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { findCodec } from "./gossip-node.ts";
import { decodePacketBody, encodePacketBody } from "./packet-body.ts";
import type { Parcel } from "./parcel.ts";
import { ParcelCodec } from "./parcel.wire.ts";
import { addressOfPlace, placeBytes } from "./place-bytes.ts";

const from = makeOrigin("a", 1);
const codec = new ParcelCodec(findCodec, 10_000);
const told = { peer: peerId("b"), age: 3, data: Uint8Array.of(127, 0, 0, 1, 1, 2) };
const sampling: Parcel = {
  kind: "parcel",
  from,
  content: {
    channel: "sampling",
    message: {
      kind: "offer",
      token: 7,
      answer: "wanted",
      descriptors: [told],
      goodbyes: [],
      sketch: [],
    },
  },
};
const rumor: Parcel = {
  kind: "parcel",
  from,
  content: {
    channel: "rumor",
    message: {
      kind: "call",
      round: 1,
      mode: "push",
      feedback: "blind",
      wantsNames: false,
      rumors: [
        {
          replica: "gossip",
          dot: { origin: from, seq: 1 },
          update: { atMs: 5, payload: Uint8Array.of(1, 0, 192) },
          standing: 1,
          hops: 1,
        },
      ],
    },
  },
};

describe("a parcel", () => {
  it("comes back from a datagram, and from a stream in any pieces", () => {
    for (const parcel of [sampling, rumor]) {
      expect(codec.decode(codec.encode(parcel))).toEqual({ message: parcel });
      const bytes = codec.encodeRequest(parcel);
      const reader = codec.decoder();
      for (const [place, byte] of bytes.entries()) {
        const reading = reader.feed(Uint8Array.of(byte));
        if (place < bytes.length - 1) expect(reading).toEqual({ kind: "more" });
        else expect(reading).toEqual({ kind: "message", message: parcel });
      }
    }
  });

  it("is refused by name, and never holds more than a frame", () => {
    expect(codec.decode(Uint8Array.of(1, 2, 3))).toEqual({ drop: "frame" });
    const large = codec.decoder().feed(Uint8Array.of(0, 1, 0, 0));
    expect(large).toMatchObject({ kind: "error", reason: "frameTooLarge" });
    const tail = codec.encodeRequest(rumor);
    const more = codec.decoder().feed(Uint8Array.of(...tail, 0));
    expect(more).toMatchObject({ kind: "error", reason: "frameTooLarge" });
    expect(() => codec.encodeReply()).toThrow(RangeError);
  });

  it("never throws, whatever the bytes", () => {
    const random = new Random(4);
    const seen = new Set<string>();
    for (let count = 0; count < 10_000; count += 1) {
      const bytes = Uint8Array.from(codec.encode(count % 2 === 0 ? sampling : rumor));
      for (let flips = 1 + random.below(4); flips > 0; flips -= 1) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      const reading = codec.decode(bytes.subarray(0, random.below(bytes.length + 1)));
      seen.add("drop" in reading ? reading.drop : "message");
    }
    expect([...seen].sort()).toEqual(["channel", "frame", "message", "rumor", "sampling"]);
  });
});

describe("the body of a packet", () => {
  it("comes back with its clock", () => {
    const after = new Map<Origin, number>([
      [makeOrigin("é", 1), 1],
      [makeOrigin("b", 2), Number.MAX_SAFE_INTEGER],
    ]);
    const body = { after, data: Uint8Array.of(1, 2) };
    expect(decodePacketBody(encodePacketBody(body))).toEqual(body);
  });

  it("is undefined where it makes no sense, and never throws", () => {
    const random = new Random(5);
    const bytes = encodePacketBody({ after: new Map([[from, 1]]), data: Uint8Array.of(192) });
    expect(decodePacketBody(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
    expect(decodePacketBody(bytes.subarray(0, 4))).toBeUndefined();
    for (let count = 0; count < 2_000; count += 1) {
      const broken = Uint8Array.from(bytes);
      broken[random.below(broken.length)] = random.below(256);
      expect(() => decodePacketBody(broken)).not.toThrow();
    }
  });
});

describe("a place", () => {
  it("is an address and back, and nothing where it leads nowhere", () => {
    for (const address of [
      { host: "127.0.0.1", port: 7401 },
      { host: "2001:db8::1", port: 65_535 },
    ]) {
      expect(addressOfPlace(placeBytes(address))).toEqual(address);
    }
    for (const bytes of [[], [1], [1, 2, 3], [127, 0, 0, 1, 0, 0]]) {
      expect(addressOfPlace(Uint8Array.from(bytes))).toBeUndefined();
    }
  });
});
