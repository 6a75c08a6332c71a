import { readText, writeText } from "../../core/dot-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { GiverPhase, SnapshotMessage } from "./snapshot.messages.ts";

/*
 *   ask    1 ‖ id varint ‖ name, text ‖ offset varint
 *   part   2 ‖ id varint ‖ phase u8 ‖ bytes in all, varint ‖ CRC-32, varint ‖ bytes, to the end
 */

const ASK = 1;
const PART = 2;
const phases: readonly GiverPhase[] = ["joined", "joining", "none", "busy"];

export function encodeSnapshotMessage(message: SnapshotMessage): Uint8Array {
  const length = message.kind === "part" ? message.bytes.length : message.replica.length;
  const writer = new ByteWriter(length + 64);
  if (message.kind === "ask") {
    writer.byte(ASK);
    writer.varint(message.id);
    writeText(writer, message.replica);
    writer.varint(message.offset);
    return writer.finish();
  }
  writer.byte(PART);
  writer.varint(message.id);
  writer.byte(phases.indexOf(message.phase));
  writer.varint(message.totalBytes);
  writer.varint(message.checksum);
  writer.bytes(message.bytes);
  return writer.finish();
}

/** Never throws; undefined for what is no message of this version. */
export function decodeSnapshotMessage(bytes: Uint8Array): SnapshotMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  const id = reader.varint();
  if (id === undefined) return undefined;
  if (kind === ASK) {
    const replica = readText(reader);
    const offset = reader.varint();
    if (replica === undefined || offset === undefined || reader.remainingBytes > 0)
      return undefined;
    return { kind: "ask", id, replica, offset };
  }
  const phase = kind === PART ? phases[reader.byte() ?? phases.length] : undefined;
  const totalBytes = reader.varint();
  const checksum = reader.varint();
  const rest = reader.bytes(reader.remainingBytes);
  if (phase === undefined || totalBytes === undefined || checksum === undefined) return undefined;
  // A copy: it is kept until the others have come.
  return rest && { kind: "part", id, phase, totalBytes, checksum, bytes: rest.slice() };
}
