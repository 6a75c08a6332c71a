import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import type { Codec } from "../topics/topics.api.ts";
import type { ValueReading } from "../topics/value-form.ts";
import { checkValue, encodeValue, readValue, validRead } from "../topics/value-form.ts";
import type { DefinedQuery, QueryHandler, QueryOptions, QueryRun } from "./queries.api.ts";
import { NO_VALUE, type WrittenValue } from "./query.messages.ts";

/** How questions and answers of one kind are written and judged. */
export interface QueryForm {
  readonly schema: StandardSchemaV1 | undefined;
  readonly reply: StandardSchemaV1 | undefined;
  readonly codec: Codec;
}

export type AnyHandler = QueryHandler<unknown, unknown>;
export type AskAnything = (
  query: NodeQuery,
  value: unknown,
  options: QueryOptions,
) => QueryRun<unknown>;

const noBytes = new Uint8Array(0);

/** One kind of question of this node: how it is written, and who answers it here. */
export class NodeQuery implements DefinedQuery<unknown, unknown, unknown, unknown> {
  readonly name: string;
  readonly form: QueryForm;
  handler: AnyHandler | undefined;
  private readonly askAnything: AskAnything;

  constructor(name: string, form: QueryForm, ask: AskAnything) {
    this.name = name;
    this.form = form;
    this.askAnything = ask;
  }

  handle(handler: AnyHandler): () => void {
    const name = JSON.stringify(this.name);
    if (typeof handler !== "function") {
      throw new HearsayError("CONFIG_OPTION", `handle of query ${name} takes a function.`);
    }
    if (this.handler !== undefined) {
      const fix = "end that first, by what its handle() returned";
      throw new HearsayError("CONFIG_OPTION", `query ${name} is answered already; ${fix}.`);
    }
    // A wrapper of its own, so that only its own end ends it.
    const own: AnyHandler = (value, context) => handler(value, context);
    this.handler = own;
    return () => {
      if (this.handler === own) this.handler = undefined;
    };
  }

  ask(value: unknown, options: QueryOptions = {}): QueryRun<unknown> {
    return this.askAnything(this, value, options);
  }

  /** @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  writeQuestion(value: unknown): WrittenValue {
    const { codec, schema } = this.form;
    return written({ codec, schema }, value, `the value of query ${JSON.stringify(this.name)}`);
  }

  /** @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  writeAnswer(value: unknown): WrittenValue {
    const { codec, reply: schema } = this.form;
    return written({ codec, schema }, value, `the answer of query ${JSON.stringify(this.name)}`);
  }

  /** Never throws. */
  readQuestion(question: WrittenValue): ValueReading {
    return readWritten({ codec: this.form.codec, schema: this.form.schema }, question);
  }

  /** Never throws. */
  readAnswer(answer: WrittenValue): ValueReading {
    return readWritten({ codec: this.form.codec, schema: this.form.reply }, answer);
  }

  /** Of bytes that do not say how they are written, as on Serf's wire. */
  bare(payload: Uint8Array): WrittenValue {
    const { id } = this.form.codec;
    // Nothing at all is a value of the raw codec only.
    return { codec: payload.length === 0 && id !== 0 ? NO_VALUE : id, payload };
  }
}

type Form = Parameters<typeof checkValue>[0];

function written(form: Form, value: unknown, what: string): WrittenValue {
  checkValue(form, value, what);
  if (value === undefined) return { codec: NO_VALUE, payload: noBytes };
  return { codec: form.codec.id, payload: encodeValue(form, value) };
}

function readWritten(form: Form, { codec, payload }: WrittenValue): ValueReading {
  return codec === NO_VALUE ? validRead(form, undefined) : readValue(form, codec, payload);
}
