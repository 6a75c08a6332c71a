/** The bytes that protobuf of another maker writes for the info network's messages, and back. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { InfoReading } from "../../src/data/info-network/info-network.wire.ts";
import * as wire from "../../src/data/info-network/info-network.wire.ts";
import * as descriptors from "../../src/data/info-network/node-descriptor.wire.ts";
import { bytesOf, hexOf } from "./vector-files.ts";

interface PlainInfo {
  readonly rawBytes: string;
  readonly wallTime: string;
  readonly origStamp: string;
  readonly ttlStamp: string;
  readonly hops: number;
  readonly nodeId: number;
  readonly peerId: number;
}

interface PlainPlace {
  readonly nodeId: number;
  readonly network: string;
  readonly address: string;
}

interface PlainMessage extends PlainPlace {
  readonly stamps: Readonly<Record<string, string>>;
  readonly delta: Readonly<Record<string, PlainInfo>>;
  readonly clusterId?: string;
  readonly alternate?: PlainPlace;
}

interface PlainDescriptor extends PlainPlace {
  readonly attributes: readonly string[];
  readonly locality: readonly (readonly [string, string])[];
  readonly startedAt?: string;
  readonly unknown?: string;
}

interface Vector<Kind, Decoded> {
  readonly name: string;
  readonly message: Kind;
  readonly hex: string;
  readonly decoded: Decoded;
  readonly readOnly?: true;
  readonly refused?: true;
  readonly dropped?: number;
}

type AnyVector =
  | Vector<"request" | "response", PlainMessage>
  | Vector<"descriptor", PlainDescriptor>
  | Vector<"bootstrap", readonly string[]>;

const file = new URL("./info-network/messages.json", import.meta.url);
const { vectors }: { vectors: readonly AnyVector[] } = JSON.parse(readFileSync(file, "utf8"));

it.each(vectors)("$message: $name", (vector) => {
  switch (vector.message) {
    case "request":
      return checkMessage(vector, wire.decodeInfoRequest, () => {
        const { address, delta, highWaterStamps, nodeId } = partsOf(vector.decoded);
        const clusterId = bytesOf(vector.decoded.clusterId ?? "");
        return wire.encodeInfoRequest({ address, clusterId, delta, highWaterStamps, nodeId });
      });
    case "response":
      return checkMessage(vector, wire.decodeInfoResponse, () => {
        const { alternate } = vector.decoded;
        const parts = partsOf(vector.decoded);
        const elsewhere = alternate && { address: placeOf(alternate), nodeId: alternate.nodeId };
        return wire.encodeInfoResponse({ ...parts, ...(elsewhere && { alternate: elsewhere }) });
      });
    case "descriptor":
      return checkDescriptor(vector);
    case "bootstrap": {
      const addresses = vector.decoded.map((address) => ({ network: "tcp", address }));
      expect(descriptors.decodeBootstrapInfo(bytesOf(vector.hex))).toEqual(addresses);
      expect(hexOf(descriptors.encodeBootstrapInfo(addresses))).toBe(vector.hex);
    }
  }
});

function checkMessage(
  vector: Vector<"request" | "response", PlainMessage>,
  decode: (bytes: Uint8Array) => InfoReading<Parameters<typeof plainOf>[0]>,
  encode: () => Uint8Array,
): void {
  const reading = decode(bytesOf(vector.hex));
  if (vector.refused) {
    expect(reading.kind).toBe("refused");
    return;
  }
  if (reading.kind !== "message") throw new Error(reading.reason);
  expect(plainOf(reading.message)).toEqual(vector.decoded);
  expect(reading.droppedCount).toBe(vector.dropped ?? 0);
  if (vector.readOnly === undefined) expect(hexOf(encode())).toBe(vector.hex);
}

function checkDescriptor({ decoded, hex }: Vector<"descriptor", PlainDescriptor>): void {
  const descriptor = descriptors.decodeNodeDescriptor(bytesOf(hex));
  if (descriptor === undefined) throw new Error("it was not read");
  const { address, attributes, locality, nodeId, startedAt, unknownFields } = descriptor;
  expect({ nodeId, ...address, attributes }).toEqual({
    nodeId: decoded.nodeId,
    network: decoded.network,
    address: decoded.address,
    attributes: decoded.attributes,
  });
  expect(locality?.map(({ key, value }) => [key, value])).toEqual(decoded.locality);
  expect(startedAt?.toString()).toBe(decoded.startedAt);
  expect(unknownFields && hexOf(unknownFields)).toBe(decoded.unknown);
  expect(hexOf(descriptors.encodeNodeDescriptor(descriptor))).toBe(hex);
}

function partsOf(message: PlainMessage) {
  const { delta, nodeId, stamps } = message;
  // As the other one sorts them.
  const keys = Object.keys(delta).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    nodeId,
    address: placeOf(message),
    highWaterStamps: new Map(Object.entries(stamps).map(([id, at]) => [Number(id), BigInt(at)])),
    delta: new Map(keys.map((key) => [key, infoOf(delta[key])])),
  };
}

function infoOf(info: PlainInfo | undefined) {
  if (info === undefined) throw new Error("a key has no info");
  const { hops, nodeId, peerId } = info;
  return {
    rawBytes: bytesOf(info.rawBytes),
    wallTime: BigInt(info.wallTime),
    origStamp: BigInt(info.origStamp),
    ttlStamp: BigInt(info.ttlStamp),
    hops,
    nodeId,
    peerId,
  };
}

function placeOf({ address, network }: PlainPlace) {
  return { network, address };
}

function plainOf(
  message: Omit<Parameters<typeof wire.encodeInfoResponse>[0], "alternate"> & {
    readonly clusterId?: Uint8Array;
    readonly alternate?: { readonly address: object; readonly nodeId: number };
  },
): unknown {
  const { address, alternate, clusterId, delta, highWaterStamps, nodeId } = message;
  const infos = [...delta].map(([key, info]) => [
    key,
    {
      ...info,
      rawBytes: hexOf(info.rawBytes),
      wallTime: String(info.wallTime),
      origStamp: String(info.origStamp),
      ttlStamp: String(info.ttlStamp),
    },
  ]);
  return {
    nodeId,
    ...address,
    stamps: Object.fromEntries([...highWaterStamps].map(([id, at]) => [id, String(at)])),
    delta: Object.fromEntries(infos),
    ...(clusterId && { clusterId: hexOf(clusterId) }),
    ...(alternate && { alternate: { nodeId: alternate.nodeId, ...alternate.address } }),
  };
}
