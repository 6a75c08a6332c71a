import { ByteReader, ByteWriter } from "../core/varint.ts";

const FORMAT = 1;
const COMMANDS_MAX_COUNT = 65_536;

/** Commands that were appended by one transaction. */
export interface Batch {
  /** A life of a node, and which of its batches: nobody else's is called so. */
  readonly writer: number;
  readonly number: number;
  readonly commands: readonly Uint8Array[];
}

export function encodeBatch({ commands, number, writer }: Batch): Uint8Array {
  const bytes = commands.reduce((sum, { length }) => sum + length + 4, 32);
  const into = new ByteWriter(bytes);
  into.byte(FORMAT);
  into.varint(writer);
  into.varint(number);
  into.varint(commands.length);
  for (const command of commands) {
    into.varint(command.length);
    into.bytes(command);
  }
  return into.finish();
}

/** @returns undefined for bytes that no version of this program has written. */
export function decodeBatch(bytes: Uint8Array): Batch | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const writer = reader.varint();
  const number = reader.varint();
  const count = reader.varint();
  if (writer === undefined || number === undefined || count === undefined) return undefined;
  if (count < 1 || count > COMMANDS_MAX_COUNT) return undefined;
  const commands: Uint8Array[] = [];
  while (commands.length < count) {
    const command = reader.bytes(reader.varint() ?? -1);
    if (command === undefined) return undefined;
    commands.push(command);
  }
  return reader.remainingBytes === 0 ? { writer, number, commands } : undefined;
}
