import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { chosenCodec, raw } from "../topics/codecs.ts";
import { pooledBytes } from "../topics/pooled-bytes.ts";
import type { Codec } from "../topics/topics.api.ts";
import { checkSchema } from "../topics/validation.ts";
import {
  checkValue,
  encodeValue,
  readValue,
  type ValueForm,
  type ValueReading,
} from "../topics/value-form.ts";

export interface StoredForm {
  readonly schema?: StandardSchemaV1 | undefined;
  readonly codec?: "msgpack" | "json" | "raw" | Codec | undefined;
}

/** Begins the message of an error; put together only for one. */
type What = string | (() => string);

/** Values as they are kept: the number of their codec, then what it wrote. */
export class StoredValues {
  private readonly form: ValueForm;

  /** @throws HearsayError CONFIG_OPTION */
  constructor({ codec, schema }: StoredForm) {
    checkSchema(schema);
    this.form = { schema, codec: chosenCodec(codec) };
  }

  isLike(other: StoredValues): boolean {
    const { codec, schema } = other.form;
    return this.form.codec === codec && this.form.schema === schema;
  }

  /** @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  write(value: unknown, what: What): Uint8Array {
    if (this.form.schema !== undefined) checkValue(this.form, value, textOf(what));
    const { codec } = this.form;
    // Copied below, so that the codec need not.
    const isBytes = codec === raw && value instanceof Uint8Array;
    const body = isBytes ? value : encodeValue(this.form, value);
    const bytes = pooledBytes(body.length + 1);
    bytes[0] = codec.id;
    bytes.set(body, 1);
    return bytes;
  }

  /** Whether `read` finds a value. */
  isReadable(bytes: Uint8Array): boolean {
    if (bytes[0] === raw.id && this.form.schema === undefined) return true;
    return this.read(bytes).kind === "value";
  }

  /** Never throws. */
  read(bytes: Uint8Array): ValueReading {
    const [id = -1] = bytes;
    return readValue(this.form, id, bytes.subarray(1));
  }

  /**
   * What this node has taken before, as with another schema in a former life, it may not be able to
   * read; to leave it out would let its reader overwrite it unseen.
   * @throws HearsayError CODEC_FAILED, SCHEMA_INVALID
   */
  readHeld(bytes: Uint8Array, what: What): unknown {
    const reading = this.read(bytes);
    if (reading.kind === "value") return reading.value;
    const code = reading.reason === "schema" ? "SCHEMA_INVALID" : "CODEC_FAILED";
    const fix = "open the store with the schema and codec that wrote it, or delete the key";
    throw new HearsayError(
      code,
      `${textOf(what)} is held and cannot be read: ${reading.detail}; ${fix}.`,
    );
  }
}

function textOf(what: What): string {
  return typeof what === "string" ? what : what();
}
