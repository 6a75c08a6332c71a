import type { LamportClock } from "../../core/lamport-clock.ts";
import type { SerfContext } from "./context.ts";
import type { QueryAnswer, QueryId, QueryParameters, QueryResult } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage } from "./serf.messages.ts";

/** Bits of `flags` in queries and responses (spec section 24). */
export const QUERY_WANTS_ACK = 1;
export const QUERY_NO_REBROADCAST = 2;
/** Not Serf's, whose agents pass over bits they do not know, and pass them on. */
export const QUERY_TAKES_FRAMES = 0x4801_0000;
export const RESPONSE_IS_ACK = 1;

const NS_PER_MS = 1_000_000;
/** Responses always taken, however few members this node knows of. */
const RESPONSES_MIN_COUNT = 64;

/** Who asked: the user, a vote, a key command. */
export interface QueryCollector {
  onAck(id: QueryId, from: string): void;
  /** "enough" ends the query before its time. */
  onAnswer(id: QueryId, answer: QueryAnswer): "more" | "enough";
  onDone(id: QueryId, result: QueryResult): void;
}

/** Why a query was not asked; the code and text of the error a user gets. */
export interface QueryRefusal {
  readonly kind: "refused";
  readonly code: "QUEUE_FULL" | "QUERY_TOO_LARGE";
  readonly detail: string;
}

interface OpenQuery {
  readonly collector: QueryCollector;
  readonly id: number;
  readonly deadlineMs: number;
  readonly acks: Set<string>;
  readonly answers: Map<string, Uint8Array>;
}

/** The queries this node asked, and what came back. Source: spec sections 24.2 and 24.3. */
export class Queries {
  private readonly context: SerfContext;
  private readonly clock: LamportClock;
  private readonly open = new Map<number, OpenQuery>();

  constructor(context: SerfContext, clock: LamportClock) {
    this.context = context;
    this.clock = clock;
  }

  /** Registers a query and returns its message, for the caller to spread and to answer. */
  ask(parameters: QueryParameters, collector: QueryCollector): QueryMessage | QueryRefusal {
    const { codec, env, options } = this.context;
    if (this.open.size >= options.queriesMaxCount) {
      return { kind: "refused", code: "QUEUE_FULL", detail: tooMany(this.open.size) };
    }
    const timeoutMs = Math.min(
      parameters.timeoutMs ?? this.defaultTimeoutMs(),
      options.queryTimeoutMaxMs,
    );
    const message = this.messageOf(parameters, timeoutMs);
    const size = codec.encode(message).length;
    if (size > options.queryMaxBytes) {
      const detail = tooLarge(size, options.queryMaxBytes);
      return { kind: "refused", code: "QUERY_TOO_LARGE", detail };
    }
    this.open.set(message.lTime, {
      collector,
      id: message.id,
      deadlineMs: env.now() + timeoutMs,
      acks: new Set(),
      answers: new Map(),
    });
    env.setTimer({ kind: "queryEnd", lTime: message.lTime }, timeoutMs);
    return message;
  }

  cancel(id: QueryId): void {
    this.open.delete(id);
  }

  onQueryEnd(lTime: number): void {
    const query = this.open.get(lTime);
    if (query !== undefined) this.end(lTime, query);
  }

  onResponse({ lTime, id, from, flags, payload }: QueryResponseMessage): void {
    const query = this.open.get(lTime);
    if (query === undefined || query.id !== id) {
      this.context.counters.add("serf.dropped.unknownResponse");
    } else if (this.context.env.now() > query.deadlineMs) {
      this.context.counters.add("serf.dropped.lateResponse");
    } else if ((flags & RESPONSE_IS_ACK) !== 0) {
      this.onAck(lTime, query, from);
    } else {
      this.onAnswer(lTime, query, { from, payload });
    }
  }

  private onAck(lTime: number, query: OpenQuery, from: string): void {
    if (!this.admits(query.acks, from)) return;
    query.acks.add(from);
    query.collector.onAck(queryId(lTime), from);
  }

  private onAnswer(lTime: number, query: OpenQuery, answer: QueryAnswer): void {
    if (!this.admits(query.answers, answer.from)) return;
    query.answers.set(answer.from, answer.payload);
    if (query.collector.onAnswer(queryId(lTime), answer) === "enough") this.end(lTime, query);
  }

  /** The first of each name, and no more names than a cluster seen from here could hold. */
  private admits(heard: ReadonlySet<string> | ReadonlyMap<string, unknown>, from: string): boolean {
    if (heard.has(from)) {
      this.context.counters.add("serf.dropped.duplicateResponse");
      return false;
    }
    if (heard.size >= Math.max(RESPONSES_MIN_COUNT, 2 * this.context.members.size)) {
      this.context.counters.add("serf.dropped.responsesFull");
      return false;
    }
    return true;
  }

  private end(lTime: number, query: OpenQuery): void {
    this.open.delete(lTime);
    const answers = [...query.answers].map(([from, payload]) => ({ from, payload }));
    query.collector.onDone(queryId(lTime), { acks: [...query.acks], answers });
  }

  private messageOf(parameters: QueryParameters, timeoutMs: number): QueryMessage {
    const { codec, env, membership } = this.context;
    return {
      kind: "query",
      lTime: this.clock.current,
      id: env.random.uint32() >>> 1,
      addr: membership.local.addr,
      port: membership.local.port,
      sourceNode: membership.local.name,
      filters: parameters.filters.map((filter) => codec.encodeFilter(filter)),
      flags: flagsOf(parameters),
      relayFactor: Math.min(Math.max(Math.trunc(parameters.relayFactor), 0), 255),
      timeoutNs: Math.round(timeoutMs * NS_PER_MS),
      name: parameters.name,
      payload: parameters.payload,
    };
  }

  private defaultTimeoutMs(): number {
    const { gossipIntervalMs, queryTimeoutMultiplier } = this.context.options;
    const living = this.context.members.count("alive");
    return gossipIntervalMs * queryTimeoutMultiplier * decimalDigits(living);
  }
}

function flagsOf({ acks, answers }: QueryParameters): number {
  const wantsAck = acks === "wanted" ? QUERY_WANTS_ACK : 0;
  return answers === "framed" ? wantsAck | QUERY_TAKES_FRAMES : wantsAck;
}

/** The Lamport time names a query of this node: its clock gives each time out once. */
export function queryId(lTime: number): QueryId {
  return lTime as QueryId;
}

/** ceil(log10(count + 1)), exactly. */
export function decimalDigits(count: number): number {
  let digits = 0;
  for (let power = 1; power < count + 1; power *= 10) digits += 1;
  return digits;
}

function tooMany(count: number): string {
  return (
    `${count} queries are still collecting answers. Wait for some to end, ` +
    "give them shorter timeouts, or raise `queriesMaxCount`."
  );
}

function tooLarge(size: number, maxBytes: number): string {
  return (
    `The query takes ${size} bytes encoded; at most ${maxBytes} are sent. ` +
    "Shorten its name, payload or filters."
  );
}
