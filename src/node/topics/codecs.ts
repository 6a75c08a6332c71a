import { HearsayError } from "../../core/errors.ts";
import type { Codec } from "../api.ts";
import { msgpackValues } from "./msgpack.wire.ts";
import { pooledCopy } from "./pooled-bytes.ts";

/** Ids below are Hearsay's own. */
const OWN_ID_MIN = 128;
const OWN_ID_MAX = 255;

const utf8 = { writer: new TextEncoder(), reader: new TextDecoder("utf-8", { fatal: true }) };

/** Bytes as they are. */
export const raw: Codec = {
  id: 0,
  name: "raw",
  encode(value) {
    if (value instanceof Uint8Array) return new Uint8Array(value);
    throw new TypeError(`the raw codec takes a Uint8Array, not ${kindOf(value)}`);
  },
  // A copy: the bytes that came are a view of a whole packet, which a kept value would keep alive.
  decode: (bytes) => pooledCopy(bytes),
};

const msgpack: Codec = {
  id: 1,
  name: "msgpack",
  encode: (value) => msgpackValues().encode(value),
  decode: (bytes) => msgpackValues().decode(bytes),
};

const json: Codec = {
  id: 2,
  name: "json",
  encode(value) {
    const written = JSON.stringify(value);
    if (written === undefined) throw new TypeError(`JSON has no ${kindOf(value)}`);
    return utf8.writer.encode(written);
  },
  decode: (bytes): unknown => JSON.parse(utf8.reader.decode(bytes)),
};

const standard = { msgpack, json, raw } as const;
const standardById: ReadonlyMap<number, Codec> = new Map(
  [raw, msgpack, json].map((codec) => [codec.id, codec]),
);

/** The codec a topic was opened with. @throws HearsayError CONFIG_OPTION */
export function chosenCodec(choice: keyof typeof standard | Codec | undefined): Codec {
  if (choice === undefined) return msgpack;
  if (typeof choice === "string") {
    if (Object.hasOwn(standard, choice)) return standard[choice];
    throw refusal(`codec is ${JSON.stringify(choice)}, but must be msgpack, json, raw or your own`);
  }
  if (typeof choice !== "object" || choice === null) throw refusal("codec is no codec");
  const { id, name } = choice;
  if (standardById.get(id) === choice) return choice;
  if (typeof choice.encode !== "function" || typeof choice.decode !== "function") {
    throw refusal(`codec ${JSON.stringify(name)} lacks encode or decode`);
  }
  if (Number.isSafeInteger(id) && id >= OWN_ID_MIN && id <= OWN_ID_MAX) return choice;
  const range = `${OWN_ID_MIN} … ${OWN_ID_MAX}`;
  throw refusal(`the id of codec ${JSON.stringify(name)} is ${id}, but your own have ${range}`);
}

/**
 * Who reads a value that was written by codec `id`: the topic's own codec, or one that everybody
 * has. undefined when nobody here can.
 */
export function readerOf(id: number, own: Codec): Codec | undefined {
  return id === own.id ? own : standardById.get(id);
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", detail);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
}
