import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import * as gen from "../../wire/gen/cockroach/gossip/gossip_pb.ts";
import type { StampedInfo } from "./info-network.messages.ts";
import * as wire from "./info-network.wire.ts";
import { decodeBootstrapInfo, decodeNodeDescriptor } from "./node-descriptor.wire.ts";

const int32 = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const address = fc.record({ network: text, address: text });
const info: fc.Arbitrary<StampedInfo> = fc.record({
  rawBytes: fc.uint8Array({ maxLength: 20 }),
  wallTime: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  origStamp: int64,
  ttlStamp: int64,
  hops: fc.nat({ max: 2 ** 32 - 1 }),
  nodeId: int32,
  peerId: fc.nat({ max: 2 ** 31 - 1 }),
});
const parts = fc.record({
  nodeId: fc.nat({ max: 2 ** 31 - 1 }),
  address,
  highWaterStamps: fc.array(fc.tuple(int32, int64)).map((entries) => new Map(entries)),
  delta: fc.array(fc.tuple(text, info)).map((entries) => new Map(entries)),
});
const clusterId = fc.constantFrom(
  new Uint8Array(0),
  Uint8Array.from({ length: 16 }, (_, i) => i),
);
const request = fc.tuple(parts, clusterId).map(([one, id]) => ({ ...one, clusterId: id }));
const alternate = fc.record({ nodeId: int32, address });
const response = fc
  .tuple(parts, fc.option(alternate, { nil: undefined }))
  .map(([one, other]) => (other === undefined ? one : { ...one, alternate: other }));

it("reads what it wrote", () => {
  fc.assert(
    fc.property(request, response, (asked, answered) => {
      const read = wire.decodeInfoRequest(wire.encodeInfoRequest(asked));
      expect(read).toEqual({ kind: "message", message: asked, droppedCount: 0 });
      const answer = wire.decodeInfoResponse(wire.encodeInfoResponse(answered));
      expect(answer).toEqual({ kind: "message", message: answered, droppedCount: 0 });
    }),
    { numRuns: 300 },
  );
});

it("agrees with the generated classes on every field", () => {
  fc.assert(
    fc.property(request, (asked) => {
      // The classes keep maps in objects, in which this key is no key.
      asked.delta.delete("__proto__");
      const bytes = wire.encodeInfoRequest(asked);
      const message = fromBinary(gen.RequestSchema, bytes);
      expect(message.$unknown ?? []).toEqual([]);
      expect(message.nodeId).toBe(asked.nodeId);
      expect(message.addr?.addressField).toBe(asked.address.address);
      expect(new Map(Object.entries(message.highWaterStamps))).toEqual(
        new Map([...asked.highWaterStamps].map(([id, stamp]) => [String(id), stamp])),
      );
      for (const [key, one] of asked.delta) {
        const other = message.delta[key];
        expect(other?.value?.rawBytes).toEqual(one.rawBytes);
        expect(other?.value?.timestamp?.wallTime).toBe(one.wallTime);
        const { hops, nodeId, origStamp, peerId, ttlStamp } = one;
        expect(other).toMatchObject({ hops, nodeId, origStamp, peerId, ttlStamp });
      }
      const again = wire.decodeInfoRequest(toBinary(gen.RequestSchema, message));
      expect(again).toEqual({ kind: "message", message: asked, droppedCount: 0 });
    }),
    { numRuns: 200 },
  );
});

it("takes absent parts as empty ones, as protobuf does", () => {
  const bare = toBinary(gen.ResponseSchema, create(gen.ResponseSchema, { nodeId: 3 }));
  const nowhere = { network: "", address: "" };
  const message = { nodeId: 3, address: nowhere, delta: new Map(), highWaterStamps: new Map() };
  expect(wire.decodeInfoResponse(bare)).toEqual({ kind: "message", message, droppedCount: 0 });
});

it("keeps infos apart from the bytes that they came in", () => {
  const delta = new Map([["k", fc.sample(info, 1)[0] as StampedInfo]]);
  const place = { network: "", address: "" };
  const bytes = wire.encodeInfoResponse({
    nodeId: 1,
    address: place,
    delta: new Map([["k", { ...(delta.get("k") as StampedInfo), rawBytes: Uint8Array.of(7) }]]),
    highWaterStamps: new Map(),
  });
  const read = wire.decodeInfoResponse(bytes);
  bytes.fill(0);
  expect(read.kind === "message" && read.message.delta.get("k")?.rawBytes).toEqual(
    Uint8Array.of(7),
  );
});

it("bounds the entries of a message", () => {
  const entry = [0x1a, 0x00];
  const bytes = Uint8Array.from({ length: 2 * 200_001 }, (_, at) => entry[at % 2] ?? 0);
  expect(wire.decodeInfoRequest(bytes)).toMatchObject({ kind: "refused" });
  expect(wire.decodeInfoRequest(bytes.subarray(2))).toMatchObject({ droppedCount: 200_000 });
});

it("never throws, whatever the bytes", () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(request, bytes, fc.nat(), (asked, noise, at) => {
      const good = wire.encodeInfoRequest(asked);
      const mutated = Uint8Array.from(good);
      mutated.set(
        noise.subarray(0, Math.max(0, good.length - (at % good.length))),
        at % good.length,
      );
      for (const one of [noise, mutated, good.subarray(0, at % good.length)]) {
        wire.decodeInfoRequest(one);
        wire.decodeInfoResponse(one);
        decodeNodeDescriptor(one);
        decodeBootstrapInfo(one);
      }
    }),
    { numRuns: 2_000 },
  );
});
