/**
 * Body of a frame of the agreement channel: kind u8 (0 ask, 1 digest) | round u32, big-endian |
 * in a digest 8 bytes. Longer bodies are read as far as this version knows them.
 */
import { Buffer } from "node:buffer";
import type { Origin } from "../../core/peer.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { AGREEMENT_CHANNEL, type AgreementMessage } from "./agreement.messages.ts";

const HEAD_BYTES = 5;
const DIGEST_BYTES = 8;
const ASK = 0;
const DIGEST = 1;

export function encodeAgreement(message: AgreementMessage): Uint8Array {
  const digest = message.kind === "digest" ? Buffer.from(message.digest, "hex") : Buffer.alloc(0);
  const body = Buffer.alloc(HEAD_BYTES + digest.length);
  body[0] = message.kind === "ask" ? ASK : DIGEST;
  body.writeUInt32BE(message.round % 2 ** 32, 1);
  body.set(digest, HEAD_BYTES);
  return encodeFrame({ origin: message.origin, channel: AGREEMENT_CHANNEL, body });
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodeAgreement(origin: Origin, body: Uint8Array): AgreementMessage | undefined {
  if (body.length < HEAD_BYTES) return undefined;
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const round = buffer.readUInt32BE(1);
  if (buffer[0] === ASK) return { kind: "ask", origin, round };
  if (buffer[0] !== DIGEST || body.length < HEAD_BYTES + DIGEST_BYTES) return undefined;
  const digest = buffer.subarray(HEAD_BYTES, HEAD_BYTES + DIGEST_BYTES).toString("hex");
  return { kind: "digest", origin, round, digest };
}
