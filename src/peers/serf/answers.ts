import { type Address, addressKey } from "../../core/address.ts";
import { Allowance } from "../../core/allowance.ts";
import type { LamportClock } from "../../core/lamport-clock.ts";
import type { SerfContext } from "./context.ts";
import { LamportRing, type RingVerdict } from "./lamport-ring.ts";
import { QUERY_TAKES_FRAMES, QUERY_WANTS_ACK, RESPONSE_IS_ACK } from "./queries.ts";
import { Relays } from "./relays.ts";
import type { QueryHandle, SerfCount } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage } from "./serf.messages.ts";

const NS_PER_MS = 1_000_000;
const NO_BYTES = new Uint8Array(0);

/** Answers a query of Serf's own (`_serf_…`), or undefined to stay silent. */
export interface InternalAnswerer {
  answer(query: QueryMessage): Uint8Array | undefined;
}

interface AnswerableQuery {
  readonly query: QueryMessage;
  readonly returnAddress: Address;
  readonly deadlineMs: number;
}

const queryEntries = {
  isSame: (a: number, b: number) => a === b,
  bytesOf: () => 0,
};

const refusals: Record<Exclude<RingVerdict, "news">, SerfCount> = {
  duplicate: "serf.dropped.duplicateQuery",
  old: "serf.dropped.oldQuery",
  crowded: "serf.dropped.crowdedQuery",
};

/** The queries this node hears, its own included, and its answers. Source: spec section 24.3. */
export class Answers {
  private readonly context: SerfContext;
  private readonly clock: LamportClock;
  private readonly internal: InternalAnswerer;
  private readonly relays: Relays;
  private readonly ring: LamportRing<number>;
  private readonly filterAllowance: Allowance;
  private readonly open = new Map<QueryHandle, AnswerableQuery>();
  private lastHandle = 0;

  constructor(context: SerfContext, clock: LamportClock, internal: InternalAnswerer) {
    const { env, options } = context;
    const { queryBufferCount, perTimeMaxCount } = options;
    this.context = context;
    this.clock = clock;
    this.internal = internal;
    this.relays = new Relays(context);
    this.filterAllowance = new Allowance(options.tagFiltersPerSecondCount, env.now());
    const bounds = { timesCount: queryBufferCount, perTimeMaxCount, maxBytes: 0 };
    this.ring = new LamportRing(bounds, queryEntries);
  }

  /** True when it was news, to be passed on even if its filters leave this node out. */
  onQuery(query: QueryMessage): boolean {
    const { counters } = this.context;
    if (!this.clock.witness(query.lTime)) {
      counters.add("serf.dropped.absurdTime");
      return false;
    }
    const verdict = this.ring.accept(query.lTime, query.id, this.clock.current);
    if (verdict !== "news") {
      counters.add(refusals[verdict]);
      return false;
    }
    if (this.isMeant(query)) this.receive(query);
    else counters.add("serf.queries.filtered");
    return true;
  }

  /** False when too late, too large, answered already or unknown. */
  respond(handle: QueryHandle, payload: Uint8Array): boolean {
    const { codec, counters, env, options } = this.context;
    const answerable = this.open.get(handle);
    if (answerable === undefined) {
      counters.add("serf.dropped.doubleAnswer");
      return false;
    }
    if (env.now() > answerable.deadlineMs) {
      this.open.delete(handle);
      counters.add("serf.dropped.lateAnswer");
      return false;
    }
    const response = this.responseTo(answerable.query, { flags: 0, payload });
    if (codec.encode(response).length > options.queryResponseMaxBytes) {
      counters.add("serf.dropped.answerTooLarge");
      return false;
    }
    this.open.delete(handle);
    this.send(answerable.query, answerable.returnAddress, response);
    return true;
  }

  dropExpired(): void {
    const now = this.context.env.now();
    for (const [handle, { deadlineMs }] of this.open) {
      if (deadlineMs < now) this.open.delete(handle);
    }
  }

  private isMeant(query: QueryMessage): boolean {
    const { codec, counters, env, options, membership } = this.context;
    if (query.filters.length > options.filtersMaxCount) return false;
    return query.filters.every((bytes) => {
      const filter = codec.decodeFilter(bytes);
      if (filter === undefined) return false;
      if (filter.kind === "nodes") return filter.names.includes(membership.local.name);
      if (this.filterAllowance.take(1, env.now()) === 0) {
        counters.add("serf.dropped.filtersFull");
        return false;
      }
      const tags = codec.decodeTags(membership.local.meta);
      return codec.matchesExpression(filter.expression, tags.get(filter.tag) ?? "");
    });
  }

  private receive(query: QueryMessage): void {
    const { counters, env, membership, options } = this.context;
    const returnAddress = membership.addressOf(query.addr, query.port);
    if (returnAddress === undefined) {
      counters.add("serf.dropped.badReturnAddress");
      return;
    }
    if ((query.flags & QUERY_WANTS_ACK) !== 0) {
      const ack = this.responseTo(query, { flags: RESPONSE_IS_ACK, payload: NO_BYTES });
      this.send(query, returnAddress, ack);
    }
    const timeoutMs = Math.min(Math.max(query.timeoutNs / NS_PER_MS, 0), options.queryTimeoutMaxMs);
    const handle = this.keep({ query, returnAddress, deadlineMs: env.now() + timeoutMs });
    if (query.name.startsWith("_serf_")) this.receiveInternal(handle, query);
    else this.deliver(handle, query, env.now() + timeoutMs);
  }

  private receiveInternal(handle: QueryHandle, query: QueryMessage): void {
    this.context.counters.add("serf.queries.internal");
    const payload = this.internal.answer(query);
    if (payload === undefined) this.open.delete(handle);
    else this.respond(handle, payload);
  }

  private deliver(handle: QueryHandle, query: QueryMessage, deadlineMs: number): void {
    const { flags, lTime, name, payload, sourceNode: from } = query;
    this.context.counters.add("serf.queries.delivered");
    const isFramed = (flags & QUERY_TAKES_FRAMES) === QUERY_TAKES_FRAMES;
    const answers = isFramed ? "framed" : "bare";
    this.context.listener.onQuery({ handle, lTime, name, payload, from, deadlineMs, answers });
  }

  private keep(answerable: AnswerableQuery): QueryHandle {
    this.lastHandle += 1;
    const handle = this.lastHandle as QueryHandle;
    this.open.set(handle, answerable);
    if (this.open.size > this.context.options.openQueriesMaxCount) {
      const [oldest] = this.open.keys();
      if (oldest !== undefined) this.open.delete(oldest);
      this.context.counters.add("serf.dropped.forgottenQuery");
    }
    return handle;
  }

  private responseTo(
    query: QueryMessage,
    content: { flags: number; payload: Uint8Array },
  ): QueryResponseMessage {
    const { lTime, id } = query;
    return {
      kind: "queryResponse",
      lTime,
      id,
      from: this.context.membership.local.name,
      ...content,
    };
  }

  /**
   * Departs from Serf, whose answers to itself travel by UDP and by relays: ours do not leave the
   * node, for an address told to others need not be reachable from the node itself.
   */
  private send(query: QueryMessage, to: Address, response: QueryResponseMessage): void {
    const { env, membership } = this.context;
    const { name, address } = membership.local;
    // Another node may have our name, hence the look at the address too.
    if (query.sourceNode === name && addressKey(to) === addressKey(address)) {
      env.setTimer({ kind: "ownResponse", response }, 0);
      return;
    }
    env.send(to, response);
    this.relays.send(query, response);
  }
}
