/**
 * Words between the asker of a query and those who answer: protobuf `hearsay.v1.QueryMessage`.
 * Source: proto/hearsay/v1/query.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  QueryMessageSchema,
  type QueryMessage as WireMessage,
  type QueryQuestion as WireQuestion,
} from "../../wire/gen/hearsay/v1/query_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { QueryContent, QueryMessage, QueryQuestion } from "./query.messages.ts";

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const CODEC_MAX = 255;
/** Names that a question is passed on to, with its filters and the rest. */
const FIELDS_MAX = 20_000;
const TAGS_MAX = 16;
const TEXT_MAX_LENGTH = 1_024;

export function encodeQuery(message: QueryMessage): Uint8Array {
  const { asker, askerBoot, boot, content, from, id, to } = message;
  const wire = create(QueryMessageSchema, {
    asker,
    askerBoot: BigInt(askerBoot),
    id: BigInt(id),
    from,
    to,
    boot: BigInt(boot),
    content: wired(content),
  });
  return toBinary(QueryMessageSchema, wire);
}

/** Never throws. @returns undefined for what is no message of this version. */
export function decodeQuery(bytes: Uint8Array): QueryMessage | undefined {
  const message = parse(bytes);
  if (message === undefined || !isNamed(message)) return undefined;
  const content = contentOf(message);
  if (content === undefined) return undefined;
  const { asker, from, to } = message;
  const numbers = {
    askerBoot: Number(message.askerBoot),
    id: Number(message.id),
    boot: Number(message.boot),
  };
  return { asker, from, to, ...numbers, content };
}

function isNamed({ asker, askerBoot, boot, id }: WireMessage): boolean {
  return asker !== "" && askerBoot <= SAFE_MAX && boot <= SAFE_MAX && id <= SAFE_MAX;
}

type WireContent = NonNullable<Parameters<typeof create<typeof QueryMessageSchema>>[1]>["content"];

function wired(content: QueryContent): NonNullable<WireContent> {
  switch (content.kind) {
    case "question": {
      const { kind: _, passTo, tags, ...rest } = content;
      return { case: "question", value: { ...rest, tags: [...tags], passTo: [...passTo] } };
    }
    case "part": {
      const { codec, last, number, payload } = content;
      return { case: "part", value: { number: BigInt(number), codec, payload, last } };
    }
    case "end": {
      const { count, reason } = content;
      const detail = content.detail.slice(0, TEXT_MAX_LENGTH);
      return { case: "end", value: { count: BigInt(count), reason, detail } };
    }
    case "receipt":
      return {
        case: "receipt",
        value: { number: BigInt(content.number), again: content.again },
      };
    case "ack":
      return { case: "ack", value: {} };
    case "withdrawal":
      return { case: "withdrawal", value: {} };
  }
}

function contentOf({ content }: WireMessage): QueryContent | undefined {
  switch (content.case) {
    case "question":
      return questionOf(content.value);
    case "part": {
      const { codec, last, number, payload } = content.value;
      if (codec > CODEC_MAX || number > SAFE_MAX || number < 1n) return undefined;
      return { kind: "part", number: Number(number), codec, payload: plain(payload), last };
    }
    case "end": {
      const { count, detail, reason } = content.value;
      if (count > SAFE_MAX || reason.length > TEXT_MAX_LENGTH) return undefined;
      const told = detail.slice(0, TEXT_MAX_LENGTH);
      return { kind: "end", count: Number(count), reason, detail: told };
    }
    case "receipt": {
      const { again, number } = content.value;
      return number > SAFE_MAX ? undefined : { kind: "receipt", number: Number(number), again };
    }
    case "ack":
      return { kind: "ack" };
    case "withdrawal":
      return { kind: "withdrawal" };
    default:
      return undefined;
  }
}

function questionOf(question: WireQuestion): QueryQuestion | undefined {
  const { codec, name, passTo, payload, relayCount, tags, timeoutMs, windowCount } = question;
  if (codec > CODEC_MAX || tags.length > TAGS_MAX) return undefined;
  const filters = tags.map(({ expression, tag }) => ({ tag, expression }));
  const numbers = { codec, timeoutMs, relayCount, windowCount };
  return { kind: "question", name, payload: plain(payload), tags: filters, passTo, ...numbers };
}

/** Not the Buffer that the socket may have given, nor a part of a larger record: kept for long. */
function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function parse(bytes: Uint8Array): WireMessage | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX, maxDepth: 1 })) return undefined;
  try {
    return fromBinary(QueryMessageSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}
