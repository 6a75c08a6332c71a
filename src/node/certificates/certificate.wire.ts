/**
 * Whether somebody has an update: protobuf `hearsay.v1.CertificateMessage`.
 * Source: proto/hearsay/v1/certificate.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import {
  CertificateMessageSchema,
  type CertificateMessage as WireMessage,
  type HoldingQuestion as WireQuestion,
} from "../../wire/gen/hearsay/v1/certificate_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { CertificateMessage, HoldingQuestion, Standing } from "./certificate.messages.ts";

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
/** A question has six, and its message two. */
const FIELDS_MAX = 32;
const NAME_MAX_LENGTH = 1_024;
const KEY_MAX_LENGTH = 65_536;
const standings: readonly Standing[] = ["held", "succeeded", "seen", "missing", "closed"];

export function encodeCertificate(message: CertificateMessage): Uint8Array {
  const { content } = message;
  const head = { id: BigInt(message.id), askerBoot: BigInt(message.askerBoot) };
  if (content.kind === "answer") {
    const { durable, standing } = content;
    const value = { boot: BigInt(content.boot), standing, durable };
    return written({ ...head, content: { case: "answer", value } });
  }
  const { dot, replica, write } = content.subject;
  const value = {
    replica,
    origin: dot.origin,
    seq: BigInt(dot.seq),
    key: write?.key ?? "",
    clockMs: BigInt(write?.clock.ms ?? 0),
    clockCounter: write?.clock.counter ?? 0,
  };
  return written({ ...head, content: { case: "question", value } });
}

/** Never throws. @returns undefined for what is no message of this version. */
export function decodeCertificate(bytes: Uint8Array): CertificateMessage | undefined {
  const message = parse(bytes);
  if (message === undefined || message.id > SAFE_MAX) return undefined;
  if (message.askerBoot > SAFE_MAX) return undefined;
  const { content } = message;
  const head = { id: Number(message.id), askerBoot: Number(message.askerBoot) };
  if (content.case === "question") {
    const question = questionOf(content.value);
    return question && { ...head, content: question };
  }
  if (content.case !== "answer" || content.value.boot > SAFE_MAX) return undefined;
  const { durable, standing: told } = content.value;
  const standing = standings.find((one) => one === told);
  const boot = Number(content.value.boot);
  return standing && { ...head, content: { kind: "answer", boot, standing, durable } };
}

function questionOf(question: WireQuestion): HoldingQuestion | undefined {
  const { clockCounter: counter, clockMs, key, origin, replica, seq } = question;
  if (seq < 1n || seq > SAFE_MAX || clockMs > SAFE_MAX) return undefined;
  const isLong = replica.length > NAME_MAX_LENGTH || key.length > KEY_MAX_LENGTH;
  if (isLong || parseOrigin(origin) === undefined) return undefined;
  const dot = { origin: origin as Origin, seq: Number(seq) };
  const clock = { ms: Number(clockMs), counter };
  return {
    kind: "question",
    subject: { replica, dot, write: key === "" ? undefined : { key, clock } },
  };
}

function written(init: Parameters<typeof create<typeof CertificateMessageSchema>>[1]): Uint8Array {
  return toBinary(CertificateMessageSchema, create(CertificateMessageSchema, init));
}

function parse(bytes: Uint8Array): WireMessage | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX, maxDepth: 1 })) return undefined;
  try {
    return fromBinary(CertificateMessageSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}
