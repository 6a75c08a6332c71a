/**
 * Network coordinates in the payload of an ack. Source: specs/memberlist-wire.md section 25.
 */
import { MsgpackReader } from "../../wire/msgpack-reader.ts";
import { StructFields } from "../../wire/msgpack-struct.ts";
import { keyBytes, MsgpackWriter } from "../../wire/msgpack-writer.ts";
import type { Coordinate } from "./serf.contract.ts";

const PING_VERSION = 1;
const fieldsOf = new StructFields(["Vec", "Error", "Adjustment", "Height"]);
const keys = {
  adjustment: keyBytes("Adjustment"),
  error: keyBytes("Error"),
  height: keyBytes("Height"),
  vec: keyBytes("Vec"),
} as const;

const writer = new MsgpackWriter();

export function encodeCoordinate(coordinate: Coordinate): Uint8Array {
  writer.cutTo(0);
  writer.byte(PING_VERSION);
  writer.mapHead(4);
  writer.append(keys.adjustment);
  writer.float(coordinate.adjustment);
  writer.append(keys.error);
  writer.float(coordinate.error);
  writer.append(keys.height);
  writer.float(coordinate.height);
  writer.append(keys.vec);
  writer.arrayHead(coordinate.vector.length);
  for (const part of coordinate.vector) writer.float(part);
  return writer.take();
}

/** Never throws. @returns undefined for other versions and bytes that make no sense. */
export function decodeCoordinate(bytes: Uint8Array): Coordinate | undefined {
  if (bytes[0] !== PING_VERSION) return undefined;
  const reader = new MsgpackReader(bytes, 1);
  const vector: number[] = [];
  let error = 0;
  let adjustment = 0;
  let height = 0;
  const fields = fieldsOf.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Adjustment") adjustment = reader.float();
    else if (field === "Error") error = reader.float();
    else if (field === "Height") height = reader.float();
    else readVector(reader, vector);
  }
  return reader.failure === undefined ? { vector, error, adjustment, height } : undefined;
}

function readVector(reader: MsgpackReader, vector: number[]): void {
  vector.length = 0;
  const count = reader.arrayLength();
  for (let i = 0; i < count && reader.failure === undefined; i += 1) vector.push(reader.float());
}
