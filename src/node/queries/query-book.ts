import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { utf8ByteLength } from "../../core/text.ts";
import { chosenCodec } from "../topics/codecs.ts";
import { checkSchema } from "../topics/validation.ts";
import { type AskAnything, NodeQuery } from "./node-query.ts";
import type { DefinedQuery, Queries, QueryFormat } from "./queries.api.ts";
import type { QueriesOptions } from "./queries.options.ts";

const NAME_MAX_BYTES = 255;
const FORMAT_NAMES = ["schema", "reply", "codec"];

type AnyFormat = QueryFormat<StandardSchemaV1 | undefined, StandardSchemaV1 | undefined>;

/** The kinds of question that this node has defined. */
export class QueryBook implements Queries {
  private readonly options: QueriesOptions;
  private readonly ask: AskAnything;
  private readonly queries = new Map<string, NodeQuery>();
  private isClosed = false;

  constructor(options: QueriesOptions, ask: AskAnything) {
    this.options = options;
    this.ask = ask;
  }

  define<S extends StandardSchemaV1, R extends StandardSchemaV1>(
    name: string,
    format: QueryFormat<S, R> & { readonly schema: S; readonly reply: R },
  ): DefinedQuery<
    StandardSchemaV1.InferInput<S>,
    StandardSchemaV1.InferOutput<S>,
    StandardSchemaV1.InferInput<R>,
    StandardSchemaV1.InferOutput<R>
  >;
  define<S extends StandardSchemaV1>(
    name: string,
    format: QueryFormat<S> & { readonly schema: S },
  ): DefinedQuery<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  define<Value = unknown, Reply = unknown>(
    name: string,
    format?: QueryFormat,
  ): DefinedQuery<Value, Value, Reply, Reply>;
  define(name: string, format: AnyFormat = {}): unknown {
    if (this.isClosed) throw new HearsayError("NODE_STOPPED", "the node was stopped");
    const query = this.made(name, format);
    const known = this.queries.get(query.name);
    if (known !== undefined) return same(known, query);
    if (this.queries.size >= this.options.definitionsMaxCount) {
      const detail = `${this.queries.size} queries are defined; raise queries.definitionsMaxCount`;
      throw new HearsayError("STORE_FULL", detail);
    }
    this.queries.set(query.name, query);
    return query;
  }

  find(name: string): NodeQuery | undefined {
    return this.queries.get(name);
  }

  /** What is defined here of this name or object, else a plain one for once. */
  called(which: unknown, codec?: QueryFormat["codec"]): NodeQuery {
    if (typeof which === "string") {
      const defined = codec === undefined ? this.queries.get(which) : undefined;
      return defined ?? this.made(which, codec === undefined ? {} : { codec });
    }
    const name = typeof which === "object" && which !== null && "name" in which ? which.name : "";
    const known = this.queries.get(String(name));
    if (known !== undefined && Object.is(known, which)) return known;
    const detail = `query takes a name, or what queries.define of this node returned.`;
    throw new HearsayError("CONFIG_OPTION", detail);
  }

  close(): void {
    this.isClosed = true;
    for (const query of this.queries.values()) query.handler = undefined;
  }

  private made(name: string, format: AnyFormat): NodeQuery {
    checkName(name);
    for (const key of Object.keys(format)) {
      if (FORMAT_NAMES.includes(key)) continue;
      const known = FORMAT_NAMES.join(", ");
      throw new HearsayError("CONFIG_OPTION", `${key} is no option of queries; known: ${known}.`);
    }
    const { reply, schema } = format;
    checkSchema(schema);
    checkSchema(reply);
    return new NodeQuery(name, { schema, reply, codec: chosenCodec(format.codec) }, this.ask);
  }
}

/** @throws HearsayError CONFIG_OPTION when the two differ */
function same(known: NodeQuery, asked: NodeQuery): NodeQuery {
  const { codec, reply, schema } = known.form;
  const { form } = asked;
  if (codec === form.codec && reply === form.reply && schema === form.schema) return known;
  const fix = "define it once and share it";
  const detail = `query ${JSON.stringify(known.name)} is defined with another format; ${fix}.`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

function checkName(name: unknown): void {
  const isName = typeof name === "string" && name !== "" && utf8ByteLength(name) <= NAME_MAX_BYTES;
  if (isName && !name.startsWith("_serf_")) return;
  const rule = `a text of 1 to ${NAME_MAX_BYTES} bytes that does not begin with _serf_`;
  throw new HearsayError("CONFIG_OPTION", `the name of a query is ${rule}.`);
}
