import { Buffer } from "node:buffer";
import * as msgpack from "@msgpack/msgpack";
import { msgpackExcess } from "../../wire/msgpack-weight.ts";

/** Extension types 0 … 127 are ours to give; this one is a bigint: sign byte, then magnitude. */
const BIGINT_TYPE = 1;

/** msgpack with Uint8Array, Date (the format's own timestamp) and bigint of any size. */
class MsgpackValues {
  private readonly extensionCodec = new msgpack.ExtensionCodec();

  constructor() {
    this.extensionCodec.register({
      type: BIGINT_TYPE,
      encode: (value: unknown) => {
        refuseUnnameable(value);
        return typeof value === "bigint" ? encodeBigint(value) : null;
      },
      decode: decodeBigint,
    });
    this.extensionCodec.register({
      type: msgpack.EXT_TIMESTAMP,
      encode: (value: unknown) => {
        refuseInvalidDate(value);
        return msgpack.encodeTimestampExtension(value);
      },
      decode: msgpack.decodeTimestampExtension,
    });
  }

  encode(value: unknown): Uint8Array {
    const bytes = msgpack.encode(value, { extensionCodec: this.extensionCodec });
    // What receivers refuse must not leave: the publisher is the one who can do something about it.
    if (msgpackExcess(bytes) === undefined) return bytes;
    throw new TypeError("the value has too many parts to be read at once; send it in pieces");
  }

  /** @throws when the bytes are no value, or one that would take long or much memory to read. */
  decode(bytes: Uint8Array): unknown {
    const excess = msgpackExcess(bytes);
    if (excess !== undefined) throw new RangeError(`the value is ${excess}`);
    // A copy: binary fields are views, which would keep the whole packet alive.
    return msgpack.decode(Uint8Array.from(bytes), { extensionCodec: this.extensionCodec });
  }
}

let values: MsgpackValues | undefined;

/** Made at the first value, and once. */
export function msgpackValues(): MsgpackValues {
  values ??= new MsgpackValues();
  return values;
}

const unnameable = [Map, Set, WeakMap, WeakSet, ArrayBuffer, Error, RegExp, Promise] as const;

/**
 * The library writes these as empty maps and every view as plain bytes, and what they held or were
 * would be lost without a word; a field `__proto__` is one that no reader takes.
 */
function refuseUnnameable(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const kind = unnameable.find((one) => value instanceof one)?.name;
  if (kind !== undefined) {
    throw new TypeError(`msgpack has no ${kind} here; send an object or an array`);
  }
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array)) {
    throw new TypeError("msgpack has bytes only as a Uint8Array; send an array of numbers");
  }
  if (Object.hasOwn(value, "__proto__")) throw new TypeError("a field cannot be called __proto__");
}

function refuseInvalidDate(value: unknown): void {
  if (value instanceof Date && Number.isNaN(value.getTime())) {
    throw new TypeError("an invalid Date cannot be sent");
  }
}

function encodeBigint(value: bigint): Uint8Array {
  const magnitude = value < 0n ? -value : value;
  const digits = magnitude.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const bytes = new Uint8Array(1 + even.length / 2);
  bytes[0] = value < 0n ? 1 : 0;
  for (let at = 1; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(even.slice(at * 2 - 2, at * 2), 16);
  }
  return bytes;
}

function decodeBigint(bytes: Uint8Array): bigint {
  if (bytes.length < 2 || (bytes[0] ?? 2) > 1) throw new RangeError("malformed bigint");
  const { buffer, byteOffset, length } = bytes;
  const digits = Buffer.from(buffer, byteOffset + 1, length - 1).toString("hex");
  const magnitude = BigInt(`0x${digits}`);
  return bytes[0] === 1 ? -magnitude : magnitude;
}
