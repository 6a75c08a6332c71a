import type { Dot } from "../core/dot.ts";
import type { ByteWriter } from "../core/varint.ts";
import type { Replica } from "./replica.ts";

/** A replica under the name that all nodes know it by. */
export interface Enrolled {
  readonly name: string;
  readonly replica: Replica<unknown>;
  /** Bytes of an update on the wire. */
  readonly sizeOf: (update: unknown) => number;
  /** Absent where messages travel as objects, as in a simulation. */
  readonly codec?: UpdateCodec;
}

/** The updates of one data model in bytes, and back. */
export interface UpdateCodec {
  encode(update: unknown): Uint8Array;
  /** Never throws; undefined for bytes that are no update. */
  decode(bytes: Uint8Array): unknown;
  /** The same without a buffer for each update, for whoever has many in one message. */
  readonly inPlace?: InPlaceCodec;
}

export interface InPlaceCodec {
  /** Bytes that `write` writes; absent where that is as dear as writing. */
  readonly byteLength?: (update: unknown) => number;
  write(update: unknown, writer: ByteWriter): void;
  /** What stands from `start` up to `end`: as `decode`. What it keeps may be a view. */
  read(bytes: Uint8Array, start: number, end: number): unknown;
}

/** The codec of the replica of that name; undefined when this node has no such replica. */
export type FindCodec = (replica: string) => UpdateCodec | undefined;

/** One update of one replica, pushed. */
export interface PushedUpdate {
  readonly kind: "update";
  readonly replica: string;
  readonly dot: Dot;
  readonly update: unknown;
}
