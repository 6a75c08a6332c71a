/**
 * How two nodes introduce themselves on a link: protobuf `hearsay.v1.LinkHello`.
 * Source: proto/hearsay/v1/link.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Origin, parseOrigin } from "../core/peer.ts";
import { type LinkHello as HelloMessage, LinkHelloSchema } from "./gen/hearsay/v1/link_pb.ts";
import { hasFewProtoFields } from "./proto-fields.ts";

export const LINK_VERSION = 1;
export const NONCE_BYTES = 16;
/** A label of 255 bytes, an origin of 145, a nonce, numbers; and room for what comes later. */
export const HELLO_MAX_BYTES = 1_024;
/** Version 1 has six. */
const FIELDS_MAX = 64;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export interface LinkHello {
  readonly cluster: string;
  readonly origin: Origin;
  readonly version: number;
  readonly capabilities: number;
  readonly nonce: Uint8Array;
  readonly serial: number;
}

export function encodeHello(hello: LinkHello): Uint8Array {
  const message = create(LinkHelloSchema, { ...hello, serial: BigInt(hello.serial) });
  return toBinary(LinkHelloSchema, message);
}

/** Never throws. @returns undefined for what is no hello of this or a later version. */
export function decodeHello(bytes: Uint8Array): LinkHello | undefined {
  const message = parse(bytes);
  if (message === undefined) return undefined;
  const { capabilities, cluster, nonce, serial, version } = message;
  if (version < 1 || nonce.length !== NONCE_BYTES || serial > SAFE_MAX) return undefined;
  const { origin } = message;
  if (!isOrigin(origin)) return undefined;
  return { cluster, origin, version, capabilities, nonce, serial: Number(serial) };
}

function isOrigin(text: string): text is Origin {
  return parseOrigin(text) !== undefined;
}

function parse(bytes: Uint8Array): HelloMessage | undefined {
  if (bytes.length > HELLO_MAX_BYTES) return undefined;
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX })) return undefined;
  try {
    return fromBinary(LinkHelloSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}
