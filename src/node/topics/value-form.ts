import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import { readerOf } from "./codecs.ts";
import type { Codec } from "./topics.api.ts";
import { validate } from "./validation.ts";

/** What values of a topic, or replies to its requests, are like. */
export interface ValueForm {
  readonly schema: StandardSchemaV1 | undefined;
  readonly codec: Codec;
}

export type ValueReading =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "bad"; readonly reason: "codec" | "schema"; readonly detail: string };

/**
 * Validates a value of one's own. `what` begins the message of the error.
 * @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC
 */
export function checkValue(form: ValueForm, value: unknown, what: string): void {
  const validation = validate(form.schema, value);
  if (validation.kind === "valid") return;
  if (validation.kind === "invalid") {
    throw new HearsayError("SCHEMA_INVALID", `${what}: ${validation.detail}`);
  }
  const detail = `the schema of ${what} returned a promise; use a synchronous one`;
  throw new HearsayError("SCHEMA_ASYNC", detail);
}

/** @throws HearsayError CODEC_FAILED */
export function encodeValue({ codec }: ValueForm, value: unknown): Uint8Array {
  try {
    const bytes: unknown = codec.encode(value);
    if (bytes instanceof Uint8Array) return bytes;
    if (isThenable(bytes)) bytes.then(undefined, () => {});
    throw new TypeError("its encode returned no Uint8Array");
  } catch (error) {
    const detail = `${codec.name} cannot write this value: ${errorText(error)}`;
    throw new HearsayError("CODEC_FAILED", detail, { cause: error });
  }
}

/** Decodes and validates what another node wrote by codec `id`. Never throws. */
export function readValue(form: ValueForm, id: number, bytes: Uint8Array): ValueReading {
  const reader = readerOf(id, form.codec);
  if (reader === undefined) return bad("codec", `nothing here reads codec ${id}`);
  let value: unknown;
  try {
    value = reader.decode(bytes);
  } catch (error) {
    return bad("codec", `${reader.name}: ${errorText(error)}`);
  }
  if (isThenable(value)) {
    value.then(undefined, () => {});
    return bad("codec", `${reader.name}: decode returned a promise`);
  }
  return validRead(form, value);
}

/** Validates what came without an encoding. Never throws. */
export function validRead({ schema }: ValueForm, value: unknown): ValueReading {
  const validation = validate(schema, value);
  if (validation.kind === "invalid") return bad("schema", validation.detail);
  if (validation.kind === "async") return bad("schema", "the schema returned a promise");
  return { kind: "value", value: validation.value };
}

function bad(reason: "codec" | "schema", detail: string): ValueReading {
  return { kind: "bad", reason, detail };
}
