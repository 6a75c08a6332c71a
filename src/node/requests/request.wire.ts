/**
 * Requests and what answers them: protobuf `hearsay.v1.RequestMessage`.
 * Source: proto/hearsay/v1/request.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  RequestMessageSchema,
  type RequestMessage as WireMessage,
} from "../../wire/gen/hearsay/v1/request_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { RequestContent, RequestMessage } from "./request.messages.ts";

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const CODEC_MAX = 255;
/** A message has two, and its content four. */
const FIELDS_MAX = 64;
const DETAIL_MAX_LENGTH = 1_024;

export function encodeRequest({ content, id }: RequestMessage): Uint8Array {
  const message = create(RequestMessageSchema, { id: BigInt(id), content: wired(content) });
  return toBinary(RequestMessageSchema, message);
}

/** Never throws. @returns undefined for what is no message of this version. */
export function decodeRequest(bytes: Uint8Array): RequestMessage | undefined {
  const message = parse(bytes);
  if (message === undefined || message.id > SAFE_MAX) return undefined;
  const content = contentOf(message);
  return content && { id: Number(message.id), content };
}

type WireContent = NonNullable<
  Parameters<typeof create<typeof RequestMessageSchema>>[1]
>["content"];

function wired(content: RequestContent): NonNullable<WireContent> {
  switch (content.kind) {
    case "question": {
      const { codec, payload, tag, timeoutMs } = content;
      return { case: "question", value: { tag, codec, payload, timeoutMs } };
    }
    case "answer": {
      const { codec, payload } = content;
      return { case: "answer", value: { codec, payload } };
    }
    case "refusal": {
      const detail = content.detail.slice(0, DETAIL_MAX_LENGTH);
      return { case: "refusal", value: { reason: content.reason, detail } };
    }
    case "withdrawal":
      return { case: "withdrawal", value: {} };
  }
}

function contentOf({ content }: WireMessage): RequestContent | undefined {
  switch (content.case) {
    case "question": {
      const { codec, payload, tag, timeoutMs } = content.value;
      if (codec > CODEC_MAX) return undefined;
      return { kind: "question", tag, codec, payload: plain(payload), timeoutMs };
    }
    case "answer": {
      const { codec, payload } = content.value;
      return codec > CODEC_MAX ? undefined : { kind: "answer", codec, payload: plain(payload) };
    }
    case "refusal": {
      const { detail, reason } = content.value;
      return { kind: "refusal", reason, detail: detail.slice(0, DETAIL_MAX_LENGTH) };
    }
    case "withdrawal":
      return { kind: "withdrawal" };
    default:
      return undefined;
  }
}

/** Not the Buffer that the socket may have given: users see bytes as bytes. */
function plain({ buffer, byteLength, byteOffset }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function parse(bytes: Uint8Array): WireMessage | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX })) return undefined;
  try {
    return fromBinary(RequestMessageSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}
