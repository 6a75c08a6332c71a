import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import type { OrderedCommand, OrderPosition } from "../../core/orderer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { isMachineName, MACHINES_MAX_COUNT } from "./machine-name.ts";
import type {
  JointSnapshot,
  KeptMachine,
  MachineRecord,
  MachinesCodec,
  NamedCommand,
} from "./ordered-machines.contract.ts";

/*
 * In the order, and in its snapshots:
 *   command    1 ‖ name text ‖ the machine's own bytes, to the end
 *   snapshot   1 ‖ list of machines, each
 *                name text ‖ 0 ‖ length ‖ state
 *                name text ‖ 1 ‖ base ‖ list of commands (position varint ‖ length ‖ bytes)
 *              base: 0, or 1 ‖ position varint ‖ length ‖ state
 *   ‖ joins, numbers are varints. Ends where the bytes end.
 */

const VERSION = 1;
const STATED = 0;
const KEPT = 1;

export const machinesCodec: MachinesCodec = {
  encodeCommand,
  decodeCommand,
  encodeSnapshot,
  decodeSnapshot,
};

function encodeCommand({ command, name }: NamedCommand): Uint8Array {
  const writer = new ByteWriter(command.length + 2 * name.length + 4);
  writer.byte(VERSION);
  writeText(writer, name);
  writer.bytes(command);
  return writer.finish();
}

function decodeCommand(bytes: Uint8Array): NamedCommand | undefined {
  const reader = new ByteReader(bytes);
  const name = reader.byte() === VERSION ? readText(reader) : undefined;
  if (name === undefined || !isMachineName(name)) return undefined;
  return { name, command: bytes.subarray(reader.at) };
}

function encodeSnapshot(machines: readonly MachineRecord[]): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.byte(VERSION);
  writer.varint(machines.length);
  for (const machine of machines) {
    writeText(writer, machine.name);
    if (machine.kind === "stated") {
      writer.byte(STATED);
      writeBlob(writer, machine.state);
    } else {
      writer.byte(KEPT);
      writeKept(writer, machine);
    }
  }
  return writer.finish();
}

function writeKept(writer: ByteWriter, { base, commands }: KeptMachine): void {
  writer.byte(base === undefined ? 0 : 1);
  if (base !== undefined) {
    writer.varint(base.position);
    writeBlob(writer, base.bytes);
  }
  writer.varint(commands.length);
  for (const { command, position } of commands) {
    writer.varint(position);
    writeBlob(writer, command);
  }
}

function decodeSnapshot(bytes: Uint8Array): readonly MachineRecord[] | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== VERSION) return undefined;
  const machines = readList(reader, readMachine);
  if (machines === undefined || reader.remainingBytes > 0) return undefined;
  const names = new Set(machines.map(({ name }) => name));
  const isWhole = names.size === machines.length && names.size <= MACHINES_MAX_COUNT;
  return isWhole ? machines : undefined;
}

function readMachine(reader: ByteReader): MachineRecord | undefined {
  const name = readText(reader);
  if (name === undefined || !isMachineName(name)) return undefined;
  const tag = reader.byte();
  if (tag === STATED) {
    const state = readBlob(reader);
    return state && { kind: "stated", name, state };
  }
  return tag === KEPT ? readKept(reader, name) : undefined;
}

function readKept(reader: ByteReader, name: string): KeptMachine | undefined {
  const tag = reader.byte();
  if (tag !== 0 && tag !== 1) return undefined;
  const base = tag === 1 ? readBase(reader) : undefined;
  if (tag === 1 && base === undefined) return undefined;
  const commands = readList(reader, readOrdered);
  if (commands === undefined) return undefined;
  let last: number = base?.position ?? 0;
  for (const { position } of commands) {
    if (position <= last) return undefined;
    last = position;
  }
  return { kind: "kept", name, base, commands };
}

function readBase(reader: ByteReader): JointSnapshot | undefined {
  const position = readPosition(reader);
  const bytes = position === undefined ? undefined : readBlob(reader);
  return position === undefined || bytes === undefined ? undefined : { position, bytes };
}

function readOrdered(reader: ByteReader): OrderedCommand | undefined {
  const position = readPosition(reader);
  const command = position === undefined ? undefined : readBlob(reader);
  return position === undefined || command === undefined ? undefined : { position, command };
}

function readPosition(reader: ByteReader): OrderPosition | undefined {
  const position = reader.varint();
  return position === undefined || position === 0 ? undefined : (position as OrderPosition);
}

function writeBlob(writer: ByteWriter, bytes: Uint8Array): void {
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

/** A copy: a view would keep the whole snapshot alive. */
function readBlob(reader: ByteReader): Uint8Array | undefined {
  return reader.bytes(reader.varint() ?? -1)?.slice();
}
