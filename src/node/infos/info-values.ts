import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { Codec } from "../api.ts";
import { isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import { chosenCodec, readerOf } from "../topics/codecs.ts";
import { checkSchema, validate } from "../topics/validation.ts";
import { KeyPattern } from "./key-pattern.ts";

/** What a value came to be read as. */
export type InfoReading =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "unreadable"; readonly detail: string };

export interface InfoValueOptions {
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /** By pattern; all that match a key judge its values, here and when they come from others. */
  readonly schemas?: Readonly<Record<string, StandardSchemaV1>>;
}

/** Whether the id of the codec stands before what it wrote, or nothing does, for foreign eyes. */
export type ValueHead = "codecId" | "none";

/** What a value is one of, in what users are told. */
export type ValueNoun = "info" | "state";
/** The option that has the schemas. */
const owners = { info: "infos", state: "state" } as const;

/** Values in bytes, and what the user's schemas say of them. */
export class InfoValues {
  private readonly head: ValueHead;
  private readonly noun: ValueNoun;
  private readonly codec: Codec;
  private readonly rules: readonly { pattern: KeyPattern; schema: StandardSchemaV1 }[];

  /** @throws HearsayError CONFIG_OPTION */
  constructor(
    { codec, schemas = {} }: InfoValueOptions,
    head: ValueHead = "codecId",
    noun: ValueNoun = "info",
  ) {
    this.noun = noun;
    this.head = head;
    if (typeof schemas !== "object" || schemas === null) {
      const rule = 'an object of schemas by pattern, such as { "load:*": schema }';
      throw new HearsayError("CONFIG_OPTION", `${owners[noun]}.schemas must be ${rule}.`);
    }
    this.codec = chosenCodec(codec);
    this.rules = Object.entries(schemas).map(([pattern, schema]) => {
      checkSchema(schema);
      return { pattern: new KeyPattern(pattern), schema };
    });
  }

  /** @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  encode(key: string, value: unknown): Uint8Array {
    const verdict = this.judge(key, value);
    if (verdict.kind === "invalid") {
      throw new HearsayError("SCHEMA_INVALID", `${this.noun} ${key}: ${verdict.detail}`);
    }
    if (verdict.kind === "async") {
      const detail = `the schema of ${this.noun} ${key} returned a promise; use a synchronous one`;
      throw new HearsayError("SCHEMA_ASYNC", detail);
    }
    const body = this.write(key, value);
    if (this.head === "none") return body;
    const bytes = new Uint8Array(body.length + 1);
    bytes[0] = this.codec.id;
    bytes.set(body, 1);
    return bytes;
  }

  /** Whether a schema has a say in the values of `key`. */
  hasSchema(key: string): boolean {
    return this.rules.some(({ pattern }) => pattern.matches(key));
  }

  /** Never throws. */
  read(key: string, bytes: Uint8Array): InfoReading {
    if (this.head === "none") return this.readBody(key, bytes, this.codec);
    const [id = -1] = bytes;
    const codec = readerOf(id, this.codec);
    if (codec === undefined) return unreadable(`nothing here reads codec ${id}`);
    return this.readBody(key, bytes.subarray(1), codec);
  }

  private readBody(key: string, body: Uint8Array, codec: Codec): InfoReading {
    let value: unknown;
    try {
      value = codec.decode(body);
    } catch (error) {
      return unreadable(`${codec.name}: ${errorText(error)}`);
    }
    if (isThenable(value)) {
      value.then(undefined, () => {});
      return unreadable(`${codec.name}: decode returned a promise`);
    }
    const verdict = this.judge(key, value);
    if (verdict.kind === "valid") return { kind: "value", value: verdict.value };
    return unreadable(verdict.kind === "invalid" ? verdict.detail : "the schema is asynchronous");
  }

  private judge(key: string, value: unknown): ReturnType<typeof validate> {
    let accepted = value;
    for (const { pattern, schema } of this.rules) {
      if (!pattern.matches(key)) continue;
      const verdict = validate(schema, accepted);
      if (verdict.kind !== "valid") return verdict;
      accepted = verdict.value;
    }
    return { kind: "valid", value: accepted };
  }

  private write(key: string, value: unknown): Uint8Array {
    const { codec } = this;
    try {
      const bytes: unknown = codec.encode(value);
      if (bytes instanceof Uint8Array) return bytes;
      if (isThenable(bytes)) bytes.then(undefined, () => {});
      throw new TypeError("its encode returned no Uint8Array");
    } catch (error) {
      const why = `${codec.name} cannot write this value: ${errorText(error)}`;
      const detail = `${this.noun} ${key}: ${why}`;
      throw new HearsayError("CODEC_FAILED", detail, { cause: error });
    }
  }
}

function unreadable(detail: string): InfoReading {
  return { kind: "unreadable", detail };
}
