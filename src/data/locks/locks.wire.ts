import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import type { OrderPosition } from "../../core/orderer.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  LEASE_MAX_MS,
  LEASE_MIN_MS,
  LOCK_NAME_MAX_BYTES,
  SESSION_CLAIMS_MAX_COUNT,
  SESSIONS_MAX_COUNT,
} from "./lock-bounds.ts";
import type { ClaimRecord, LockCodec, LockCommand, SessionRecord } from "./locks.messages.ts";

/*
 * In the order, and in its snapshots; numbers are varints, texts have their length before them:
 *   open       1 ‖ owner text ‖ life ‖ attempt ‖ lease in ms
 *   renew      2 ‖ session ‖ round ‖ closed up to ‖ list of claims up to there that are not over
 *   acquire    3 ‖ session ‖ claim ‖ name text        waits
 *              4 ‖ the same                           only if it is free
 *   release    5 ‖ session ‖ claim
 *   close      6 ‖ session
 *   expire     7 ‖ session ‖ renewed at
 *   snapshot   1 ‖ list of sessions, each
 *                session ‖ owner text ‖ life ‖ attempt ‖ lease ‖ renewed at ‖ round ‖ closed up to
 *                ‖ list of claims that are over ‖ list of claims (claim ‖ name text ‖ token)
 * Nothing may stand behind it.
 */

const OPEN = 1;
const RENEW = 2;
const ACQUIRE = 3;
const TRY = 4;
const RELEASE = 5;
const CLOSE = 6;
const EXPIRE = 7;
const SNAPSHOT_VERSION = 1;

export const lockCodec: LockCodec = {
  encodeCommand,
  decodeCommand,
  encodeSnapshot,
  decodeSnapshot,
};

function encodeCommand(command: LockCommand): Uint8Array {
  const writer = new ByteWriter();
  switch (command.kind) {
    case "open":
      writer.byte(OPEN);
      writeText(writer, command.owner);
      writeNumbers(writer, [command.life, command.attempt, command.leaseMs]);
      break;
    case "renew":
      writer.byte(RENEW);
      writeNumbers(writer, [command.session, command.round, command.closedUpTo]);
      writeNumbers(writer, [command.kept.length, ...command.kept]);
      break;
    case "acquire":
      writer.byte(command.mode === "wait" ? ACQUIRE : TRY);
      writeNumbers(writer, [command.session, command.id]);
      writeText(writer, command.name);
      break;
    case "release":
      writer.byte(RELEASE);
      writeNumbers(writer, [command.session, command.id]);
      break;
    case "close":
      writer.byte(CLOSE);
      writer.varint(command.session);
      break;
    case "expire":
      writer.byte(EXPIRE);
      writeNumbers(writer, [command.session, command.renewedAt]);
      break;
  }
  return writer.finish();
}

function decodeCommand(bytes: Uint8Array): LockCommand | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  const command = kind === OPEN ? readOpen(reader) : readOfSession(reader, kind);
  return reader.remainingBytes > 0 ? undefined : command;
}

function readOpen(reader: ByteReader): LockCommand | undefined {
  const owner = readName(reader);
  const [life, attempt, leaseMs] = readNumbers(reader, 3) ?? [];
  if (owner === undefined || life === undefined || attempt === undefined) return undefined;
  if (leaseMs === undefined || !isLease(leaseMs)) return undefined;
  return { kind: "open", owner, life, attempt, leaseMs };
}

function readOfSession(reader: ByteReader, kind: number | undefined): LockCommand | undefined {
  const session = readPosition(reader);
  if (session === undefined) return undefined;
  if (kind === CLOSE) return { kind: "close", session };
  if (kind === RENEW) {
    const [round, closedUpTo] = readNumbers(reader, 2) ?? [];
    const kept = readList(reader, (from) => from.varint());
    if (round === undefined || closedUpTo === undefined || kept === undefined) return undefined;
    return { kind: "renew", session, round, closedUpTo, kept };
  }
  if (kind === EXPIRE) {
    const renewedAt = readPosition(reader);
    return renewedAt && { kind: "expire", session, renewedAt };
  }
  const id = reader.varint();
  if (id === undefined || id === 0) return undefined;
  if (kind === RELEASE) return { kind: "release", session, id };
  const name = kind === ACQUIRE || kind === TRY ? readName(reader) : undefined;
  if (name === undefined) return undefined;
  return { kind: "acquire", session, id, name, mode: kind === TRY ? "try" : "wait" };
}

function encodeSnapshot(sessions: readonly SessionRecord[]): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(SNAPSHOT_VERSION);
  writer.varint(sessions.length);
  for (const one of sessions) {
    writer.varint(one.session);
    writeText(writer, one.owner);
    writeNumbers(writer, [one.life, one.attempt, one.leaseMs]);
    writeNumbers(writer, [one.renewedAt, one.round, one.closedUpTo, one.over.length]);
    writeNumbers(writer, one.over);
    writer.varint(one.claims.length);
    for (const { id, name, token } of one.claims) {
      writer.varint(id);
      writeText(writer, name);
      writer.varint(token);
    }
  }
  return writer.finish();
}

function decodeSnapshot(bytes: Uint8Array): readonly SessionRecord[] | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== SNAPSHOT_VERSION) return undefined;
  const sessions = readList(reader, readSession);
  const isWhole = reader.remainingBytes === 0 && (sessions?.length ?? 0) <= SESSIONS_MAX_COUNT;
  return isWhole ? sessions : undefined;
}

function readSession(reader: ByteReader): SessionRecord | undefined {
  const session = readPosition(reader);
  const owner = session && readName(reader);
  const [life, attempt, leaseMs] = readNumbers(reader, 3) ?? [];
  const renewedAt = readPosition(reader);
  const [round, closedUpTo] = readNumbers(reader, 2) ?? [];
  const over = readList(reader, (from) => from.varint());
  const claims = readList(reader, readClaim);
  if (session === undefined || owner === undefined || renewedAt === undefined) return undefined;
  if (life === undefined || attempt === undefined || leaseMs === undefined) return undefined;
  if (!isLease(leaseMs)) return undefined;
  if (round === undefined || closedUpTo === undefined) return undefined;
  if (over === undefined || claims === undefined) return undefined;
  if (over.length + claims.length > SESSION_CLAIMS_MAX_COUNT) return undefined;
  return {
    ...{ session, owner, life, attempt, leaseMs },
    ...{ renewedAt, round, closedUpTo, over, claims },
  };
}

function isLease(leaseMs: number): boolean {
  return leaseMs >= LEASE_MIN_MS && leaseMs <= LEASE_MAX_MS;
}

function readClaim(reader: ByteReader): ClaimRecord | undefined {
  const id = reader.varint();
  const name = readName(reader);
  const token = readPosition(reader);
  if (id === undefined || name === undefined || token === undefined) return undefined;
  return { id, name, token };
}

function readName(reader: ByteReader): string | undefined {
  const name = readText(reader);
  if (name === undefined || name === "") return undefined;
  return utf8ByteLength(name) <= LOCK_NAME_MAX_BYTES ? name : undefined;
}

function readPosition(reader: ByteReader): OrderPosition | undefined {
  const position = reader.varint();
  return position === undefined || position === 0 ? undefined : (position as OrderPosition);
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  for (const number of numbers) writer.varint(number);
}

function readNumbers(reader: ByteReader, count: number): number[] | undefined {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const number = reader.varint();
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}
