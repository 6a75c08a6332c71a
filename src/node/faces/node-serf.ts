import { HearsayError } from "../../core/errors.ts";
import type {
  IncomingQuery,
  QueryAnswer,
  QueryId,
  QueryParameters,
  QueryResult,
  SerfFilter,
  UserEvent,
} from "../../peers/serf/serf.contract.ts";
import type { Serf } from "../../peers/serf/serf.ts";
import type {
  SerfApi,
  SerfEvent,
  SerfQuery,
  SerfQueryOptions,
  SerfQueryResult,
  SubscribeOptions,
} from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { NodeTimers } from "../node-host.ts";
import { shielded } from "../queries/query-frame.wire.ts";
import type { Stack } from "../stack/stack.ts";
import type { MessageQueue } from "../topics/subscription.ts";
import { type Outcome, waitFor } from "../waits.ts";
import { Readers } from "./readers.ts";
import { checkQueryOptions, checkSerfMessage, checkTexts } from "./serf-checks.ts";

export interface SerfPorts {
  /** The clock of `IncomingQuery.deadlineMs`. */
  now(): number;
  wallClock(): number;
  readonly timers: NodeTimers;
  step<R>(body: () => R): R;
  afterStep(body: () => void): void;
  onCallbackError(where: string, error: unknown): void;
  onDropped(): void;
  /** @throws HearsayError NODE_STOPPED */
  checkRunning(): void;
}

/** What becomes of a query, told in the step in which it happens. */
export interface QueryEar {
  onAck?(from: string): void;
  onAnswer?(answer: QueryAnswer): void;
  onDone(result: QueryResult): void;
}

/** Asks on Serf's wire. */
export interface SerfAsking {
  /** In a step. @throws HearsayError CONFIG_OPTION, QUERY_TOO_LARGE, QUEUE_FULL, NODE_STOPPED */
  ask(parameters: QueryParameters, ear: QueryEar): QueryId;
  /** In a step. */
  cancel(id: QueryId): void;
  isHearsay(name: string): boolean;
}

/** Answers typed queries, after the step in which they came. */
export interface TypedAnswering {
  onQuery(
    query: IncomingQuery,
    respond: (payload: Uint8Array) => boolean,
    others: "some" | "none",
  ): void;
}

const utf8 = new TextEncoder();

/** What Serf agents see and hear of this node. */
export class NodeSerf implements SerfApi {
  private readonly ports: SerfPorts;
  private stack: Stack | undefined;
  private readonly eventListeners = new Set<(event: SerfEvent) => void>();
  private readonly queryListeners = new Set<(query: SerfQuery) => void>();
  private readonly readers: Readers<SerfEvent>;
  private readonly asking = new Map<QueryId, QueryEar>();
  private readonly enders = new Set<(error: Error) => void>();
  private typed: TypedAnswering | undefined;

  constructor(ports: SerfPorts) {
    this.ports = ports;
    this.readers = new Readers(() => ports.onDropped());
  }

  take(stack: Stack): void {
    this.stack = stack;
  }

  /** Who answers typed queries. */
  answerBy(typed: TypedAnswering): void {
    this.typed = typed;
  }

  ask(parameters: QueryParameters, ear: QueryEar): QueryId {
    const id = this.serf.query(parameters);
    this.asking.set(id, ear);
    return id;
  }

  cancel(id: QueryId): void {
    if (this.asking.delete(id)) this.stack?.serf?.cancelQuery(id);
  }

  isHearsay(name: string): boolean {
    return this.stack?.livingBoot(name) !== undefined;
  }

  event(
    name: string,
    payload?: Uint8Array | string,
    { coalesce = true }: { coalesce?: boolean } = {},
  ): void {
    const { serf } = this;
    checkSerfMessage(name, payload);
    this.ports.step(() => serf.event(name, bytesOf(payload), coalesce ? "allowed" : "never"));
  }

  query(
    name: string,
    payload?: Uint8Array | string,
    options: SerfQueryOptions = {},
  ): Promise<SerfQueryResult> {
    const { relayFactor = 0, signal, timeoutMs } = options;
    return waitFor<SerfQueryResult>({
      timers: this.ports.timers,
      what: `answers to the query ${JSON.stringify(name)}`,
      ...(signal && { signal }),
      enders: this.enders,
      begin: (outcome) => {
        checkSerfMessage(name, payload);
        checkQueryOptions(options);
        const acks = options.ack === true ? "wanted" : "unwanted";
        const content = { name, payload: bytesOf(payload), filters: filtersOf(options) };
        const ear = { onDone: (result: QueryResult) => this.tellDone(outcome, result) };
        const parameters = { ...content, acks, relayFactor, timeoutMs } as const;
        const id = this.ports.step(() => this.ask(parameters, ear));
        return () => {
          if (this.asking.has(id)) this.ports.step(() => this.cancel(id));
        };
      },
    });
  }

  events(options: SubscribeOptions = {}): MessageQueue<SerfEvent> {
    return this.readers.open(options);
  }

  onEvent(listener: (event: SerfEvent) => void): () => void {
    return listen(this.eventListeners, listener);
  }

  onQuery(listener: (query: SerfQuery) => void): () => void {
    return listen(this.queryListeners, listener);
  }

  forceLeave(name: string, options: { prune?: boolean } = {}): void {
    const { serf } = this;
    const fate = options.prune === true ? "prune" : "left";
    if (this.ports.step(() => serf.forceLeave(name, fate))) return;
    const detail = `no other member is called ${JSON.stringify(name)}; see node.members`;
    throw new HearsayError("MEMBER_UNKNOWN", detail);
  }

  setTags(tags: Readonly<Record<string, string>>): void {
    this.ports.checkRunning();
    checkTexts("tags", tags);
    this.stack?.setTags(new Map(Object.entries(tags)));
  }

  onUserEvent(event: UserEvent): void {
    this.ports.afterStep(() => {
      this.readers.push(event);
      this.call("a listener of Serf events", this.eventListeners, event);
    });
  }

  onIncomingQuery(query: IncomingQuery): void {
    const { deadlineMs, from, handle, lTime, name, payload } = query;
    const deadline = Math.round(this.ports.wallClock() + deadlineMs - this.ports.now());
    const respond = (answer: Uint8Array | string): boolean => {
      const { serf } = this;
      return this.ports.step(() => serf.respond(handle, bytesOf(answer)));
    };
    // The asker reads frames where there are some: what users give must not look like one.
    const bare = (answer: Uint8Array | string): boolean =>
      respond(query.answers === "framed" ? shielded(bytesOf(answer)) : answer);
    const picture = { name, payload, from, lTime, deadline, respond: bare };
    this.ports.afterStep(() => {
      this.typed?.onQuery(query, respond, this.queryListeners.size > 0 ? "some" : "none");
      this.call("a listener of Serf queries", this.queryListeners, picture);
    });
  }

  onQueryAck(id: QueryId, from: string): void {
    this.asking.get(id)?.onAck?.(from);
  }

  onQueryAnswer(id: QueryId, answer: QueryAnswer): void {
    this.asking.get(id)?.onAnswer?.(answer);
  }

  onQueryDone(id: QueryId, result: QueryResult): void {
    const ear = this.asking.get(id);
    this.asking.delete(id);
    ear?.onDone(result);
  }

  close(): void {
    this.readers.close();
    this.eventListeners.clear();
    this.queryListeners.clear();
    this.asking.clear();
    const error = new HearsayError("NODE_STOPPED", "the node stopped before the query had ended");
    for (const end of [...this.enders]) end(error);
  }

  private tellDone(outcome: Outcome<SerfQueryResult>, result: QueryResult): void {
    this.ports.afterStep(() => outcome.resolve(result));
  }

  private get serf(): Serf {
    this.ports.checkRunning();
    const serf = this.stack?.serf;
    if (serf !== undefined) return serf;
    const detail = `node.serf needs wire: "serf"; this node speaks plain memberlist`;
    throw new HearsayError("CONFIG_OPTION", detail);
  }

  private call<T>(where: string, listeners: ReadonlySet<(value: T) => void>, value: T): void {
    const onError = (error: unknown) => this.ports.onCallbackError(where, error);
    for (const listener of [...listeners]) callListener(listener, value, onError);
  }
}

function listen<T>(listeners: Set<(value: T) => void>, listener: (value: T) => void): () => void {
  const own = (value: T): void => listener(value);
  listeners.add(own);
  return () => listeners.delete(own);
}

function bytesOf(payload: Uint8Array | string = ""): Uint8Array {
  return typeof payload === "string" ? utf8.encode(payload) : Uint8Array.from(payload);
}

function filtersOf({ nodes, tags }: SerfQueryOptions): SerfFilter[] {
  const filters: SerfFilter[] = Object.entries(tags ?? {}).map(([tag, expression]) => ({
    kind: "tag",
    tag,
    expression,
  }));
  if (nodes !== undefined) filters.push({ kind: "nodes", names: nodes });
  return filters;
}
