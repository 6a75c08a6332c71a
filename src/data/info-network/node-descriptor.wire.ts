/**
 * What stands under `node:ID`, and the addresses that a node remembers. Source:
 * proto/cockroach/gossip/{node_descriptor,gossip}.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import * as gossip from "../../wire/gen/cockroach/gossip/gossip_pb.ts";
import * as gen from "../../wire/gen/cockroach/gossip/node_descriptor_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { DescriptorCodec, NodeDescriptor } from "./info-network.contract.ts";
import type { UnresolvedAddress } from "./info-network.messages.ts";

/** All of a descriptor that has a meaning here, and what else there was. */
export interface FullNodeDescriptor extends NodeDescriptor {
  readonly attributes?: readonly string[];
  /** From the widest to the narrowest, such as region, then rack. */
  readonly locality?: readonly { readonly key: string; readonly value: string }[];
  /** Fields that this release does not know, as they came. */
  readonly unknownFields?: Uint8Array;
}

/** Of one descriptor, in all its parts. [guess] */
const FIELDS_MAX_COUNT = 4_096;
/** Nesting: descriptor, locality, tier. */
const DEPTH_MAX = 3;
/** Of remembered addresses: three fields each. [because: so many nodes a network has at most] */
const REMEMBERED_FIELDS_MAX_COUNT = 300_000;

export const nodeDescriptorCodec: DescriptorCodec = {
  encode: encodeNodeDescriptor,
  decode: decodeNodeDescriptor,
};

export function encodeNodeDescriptor(descriptor: FullNodeDescriptor): Uint8Array {
  const { attributes = [], locality = [], nodeId, startedAt, unknownFields } = descriptor;
  const message = create(gen.NodeDescriptorSchema, {
    nodeId,
    address: addressInit(descriptor.address),
    attrs: { attrs: [...attributes] },
    locality: { tiers: locality.map((tier) => ({ ...tier })) },
    startedAt: startedAt ?? 0n,
  });
  const known = toBinary(gen.NodeDescriptorSchema, message);
  if (unknownFields === undefined) return known;
  return new BinaryWriter().raw(known).raw(unknownFields).finish();
}

/** Never throws. No bytes are the descriptor of a node that was removed. */
export function decodeNodeDescriptor(bytes: Uint8Array): FullNodeDescriptor | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX_COUNT, maxDepth: DEPTH_MAX })) return;
  const message = parse(() => fromBinary(gen.NodeDescriptorSchema, bytes));
  if (message === undefined || message.nodeId < 0) return undefined;
  const { attrs, locality, nodeId, startedAt } = message;
  const descriptor = {
    nodeId,
    address: addressOf(message.address),
    attributes: attrs?.attrs ?? [],
    locality: locality?.tiers.map(({ key, value }) => ({ key, value })) ?? [],
    ...(startedAt > 0n && { startedAt }),
  };
  const unknownFields = unknownFieldsOf(bytes);
  return unknownFields.length === 0 ? descriptor : { ...descriptor, unknownFields };
}

/** The file of a node that is about to start again. */
export function encodeBootstrapInfo(addresses: readonly UnresolvedAddress[]): Uint8Array {
  const init = { addresses: addresses.map(addressInit), timestamp: {} };
  return toBinary(gossip.BootstrapInfoSchema, create(gossip.BootstrapInfoSchema, init));
}

/** Never throws; undefined for bytes that are none. */
export function decodeBootstrapInfo(bytes: Uint8Array): UnresolvedAddress[] | undefined {
  const bound = { maxCount: REMEMBERED_FIELDS_MAX_COUNT, maxDepth: 1 };
  if (!hasFewProtoFields(bytes, bound)) return undefined;
  const message = parse(() => fromBinary(gossip.BootstrapInfoSchema, bytes));
  return message?.addresses.map(addressOf);
}

function parse<Message>(read: () => Message): Message | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Fields that are ours; what CockroachDB says beside them is passed on as it came. */
const knownFields = new Set(gen.NodeDescriptorSchema.fields.map(({ number }) => number));

function unknownFieldsOf(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    reader.skip(wireType, field);
    if (!knownFields.has(field)) writer.raw(bytes.subarray(start, reader.pos));
  }
  return writer.finish();
}

function addressInit({ address, network }: UnresolvedAddress) {
  return { networkField: network, addressField: address };
}

function addressOf(address: gossip.UnresolvedAddr | undefined): UnresolvedAddress {
  return { network: address?.networkField ?? "", address: address?.addressField ?? "" };
}
