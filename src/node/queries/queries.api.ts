/** What users type to ask many nodes at once: the public types of `node.query`, `node.queries`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Codec } from "../topics/topics.api.ts";

/** How a query travels. */
export type QueryVia = "links" | "serf" | "auto";

/** Whom to ask, and how long to wait. */
export interface QueryOptions {
  /** Only members of these names. Default: all that live. */
  readonly nodes?: readonly string[];
  /** Tag name to RE2 expression, searched unanchored; all must match. Receivers judge them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** How long answers are waited for. Default 10,000; by Serf alone what Serf would wait. */
  readonly timeoutMs?: number;
  /**
   * On Serf's wire: whether receivers say that they got it, without which the silent cannot be told
   * from the slow. Links always say it. Default: true.
   */
  readonly ack?: boolean;
  /** How many third members each word also travels by. Default 0. */
  readonly relayCount?: number;
  /**
   * "links": Hearsay members, with answers of any size and many from one member. "serf": all, Serf
   * agents too, with one answer of about 1 KB each. "auto" (default): links to Hearsay members, and
   * Serf's wire to the others.
   */
  readonly via?: QueryVia;
  /** Aborting it ends the query, and tells those who are still at it. */
  readonly signal?: AbortSignal;
  /** Hears at once of each member that got the question. */
  readonly onAck?: (from: string) => void;
}

/** Of a query that is asked by name alone. */
export interface NamedQueryOptions extends QueryOptions {
  /** What the question is written with; answers say themselves. Default: as it is defined here. */
  readonly codec?: QueryFormat["codec"];
}

interface AnswerBase {
  /** Name of the member. */
  readonly from: string;
  /** Since the question was asked. */
  readonly elapsedMs: number;
  readonly via: "links" | "serf";
}

/** One answer, or why a member failed to give one. */
export type QueryAnswer<Reply = unknown> =
  | (AnswerBase & {
      readonly kind: "answer";
      readonly value: Reply;
      /** 1, 2, 3 … of this member. */
      readonly number: number;
    })
  | (AnswerBase & {
      readonly kind: "failure";
      /** `failed`: its code threw; `unreadable`: this node cannot take what it answered. */
      readonly reason: "failed" | "badAnswer" | "tooLarge" | "unreadable";
      readonly detail: string;
    });

/** What came of a query at one member. */
export type QueryOutcome =
  /** It has answered all it had to. */
  | "answered"
  /** Its code failed. */
  | "failed"
  /** It does not answer this: nobody there does, or it is busy, or the value does not fit. */
  | "refused"
  /** It answered, and was not done when the query ended. */
  | "unfinished"
  /** It got the question, and has not answered. */
  | "acked"
  /** Nothing was heard of it. */
  | "silent"
  /** It was found dead, or has begun another life, before it was done. */
  | "died"
  /** It left before it was done. */
  | "left"
  /** The filters leave it out. */
  | "unmatched"
  /** It joined when the query was under way, and was not asked. */
  | "joined"
  /** No living member has this name, or not one that can be asked this way. */
  | "unknown";

/** What became of one member that was asked. */
export interface QueryMember {
  readonly name: string;
  readonly outcome: QueryOutcome;
  readonly answersCount: number;
  readonly via: "links" | "serf";
  /** Since the question was asked; absent where it did not say so. */
  readonly ackedMs?: number;
  /** When its last word came. */
  readonly lastMs?: number;
  /** Why, in words. */
  readonly detail?: string;
}

/** What came of a query: of every member one line, and how many of each kind. */
export interface QuerySummary {
  readonly name: string;
  /**
   * `complete`: nobody is waited for any more. `deadline`: its time was over. `closed`: the asker
   * stopped reading. `aborted`: by the signal. `stopped`: this node stopped.
   */
  readonly ended: "complete" | "deadline" | "closed" | "aborted" | "stopped";
  readonly elapsedMs: number;
  /** How many were asked and meant: all but `unmatched`, `joined` and `unknown`. */
  readonly askedCount: number;
  /** How many got the question for certain. */
  readonly reachedCount: number;
  readonly answersCount: number;
  readonly counts: Readonly<Record<QueryOutcome, number>>;
  /** By name, sorted. */
  readonly members: readonly QueryMember[];
}

/** A query under way: read its answers as they come. Leaving the loop early ends it. */
export interface QueryRun<Reply = unknown> extends AsyncIterableIterator<QueryAnswer<Reply>> {
  /** Resolves when the query has ended, however; it need not be read for that. */
  summary(): Promise<QuerySummary>;
  /** Ends it, and tells those who are still at it; what has come can still be read. */
  close(): void;
}

/** What is known of a query beside its value. */
export interface QueryContext {
  /** Name of the node that asks. */
  readonly from: string;
  readonly via: "links" | "serf";
  /** Aborted when answers are not waited for any more. */
  readonly signal: AbortSignal;
  /** Wall-clock time at which that will be, milliseconds since the epoch. */
  readonly deadline: number;
}

/** Gives an answer; an async generator gives as many as it yields, as fast as they are read. */
export type QueryHandler<Value, Reply> = (
  value: Value,
  context: QueryContext,
) => Reply | undefined | Promise<Reply | undefined> | AsyncIterable<Reply>;

/** How questions and answers of a query look. */
export interface QueryFormat<
  S extends StandardSchemaV1 | undefined = undefined,
  R extends StandardSchemaV1 | undefined = undefined,
> {
  /** Judges the questions, at the asker and at who answers. */
  readonly schema?: S;
  /** Judges the answers, likewise. */
  readonly reply?: R;
  /**
   * Default "msgpack". On Serf's wire the bytes travel bare: Serf agents read what "raw" and "json"
   * write.
   */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
}

/** A kind of question, typed. */
export interface DefinedQuery<In = unknown, Value = In, ReplyIn = unknown, Reply = ReplyIn> {
  readonly name: string;
  /**
   * This node answers from now on, until what it returns is called.
   * @throws HearsayError CONFIG_OPTION when it is answered already
   */
  handle(handler: QueryHandler<Value, ReplyIn>): () => void;
  /**
   * Asks the cluster, this node among the others.
   * @throws HearsayError CONFIG_OPTION, SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED,
   *   VALUE_TOO_LARGE, QUERY_TOO_LARGE, QUEUE_FULL, NODE_STOPPED
   */
  ask(value: In, options?: QueryOptions): QueryRun<Reply>;
}

/** Kinds of question, and who answers them here. */
export interface Queries {
  /**
   * Asked again with the same format, the same.
   * @throws HearsayError CONFIG_OPTION, STORE_FULL, NODE_STOPPED
   */
  define<S extends StandardSchemaV1, R extends StandardSchemaV1>(
    name: string,
    format: QueryFormat<S, R> & { readonly schema: S; readonly reply: R },
  ): DefinedQuery<
    StandardSchemaV1.InferInput<S>,
    StandardSchemaV1.InferOutput<S>,
    StandardSchemaV1.InferInput<R>,
    StandardSchemaV1.InferOutput<R>
  >;
  /** The same for a query whose answers have no schema. */
  define<S extends StandardSchemaV1>(
    name: string,
    format: QueryFormat<S> & { readonly schema: S },
  ): DefinedQuery<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  /** The same without schemas; types are given by hand. */
  define<Value = unknown, Reply = unknown>(
    name: string,
    format?: QueryFormat,
  ): DefinedQuery<Value, Value, Reply, Reply>;
}
