import { HearsayError } from "../../core/errors.ts";
import { encodeUtf8 } from "../../core/text.ts";
import type { Answers } from "./answers.ts";
import { ConflictVoteCollector } from "./conflict.ts";
import type { SerfContext } from "./context.ts";
import { KeyCollector, keyQueryNames } from "./key-query.ts";
import { type Queries, type QueryCollector, queryId } from "./queries.ts";
import type { KeyCommand, QueryId, QueryParameters } from "./serf.contract.ts";
import type { QueryMessage } from "./serf.messages.ts";

/** What this node asks the cluster: for its user, about keys, about its own name. */
export class OwnQueries {
  private readonly context: SerfContext;
  private readonly queries: Queries;
  private readonly answers: Answers;
  private isVoting = false;

  constructor(context: SerfContext, parts: { queries: Queries; answers: Answers }) {
    this.context = context;
    this.queries = parts.queries;
    this.answers = parts.answers;
  }

  /** @throws HearsayError QUERY_TOO_LARGE, QUEUE_FULL */
  ask(parameters: QueryParameters): QueryId {
    const { listener } = this.context;
    return this.begin(parameters, {
      onAck: (id, from) => listener.onQueryAck(id, from),
      onAnswer: (id, answer) => {
        listener.onQueryAnswer(id, answer);
        return "more";
      },
      onDone: (id, result) => listener.onQueryDone(id, result),
    });
  }

  /** @throws HearsayError QUERY_TOO_LARGE, QUEUE_FULL */
  askKeys(command: KeyCommand, key: Uint8Array): QueryId {
    const payload = this.context.codec.encode({ kind: "keyRequest", key });
    const parameters = internalQuery(keyQueryNames[command], payload);
    return this.begin(parameters, new KeyCollector(this.context, command));
  }

  /** Asks where the others believe `name` to be. One vote at a time; does not throw. */
  vote(name: string): void {
    if (this.isVoting) return;
    const collector = new ConflictVoteCollector(this.context, () => {
      this.isVoting = false;
    });
    const query = this.queries.ask(internalQuery("_serf_conflict", encodeUtf8(name)), collector);
    if (query.kind === "refused") return;
    this.isVoting = true;
    this.spread(query);
  }

  private begin(parameters: QueryParameters, collector: QueryCollector): QueryId {
    const query = this.queries.ask(parameters, collector);
    if (query.kind === "refused") throw new HearsayError(query.code, query.detail);
    this.spread(query);
    return queryId(query.lTime);
  }

  /** The asker hears its own query too, and its clock moves past it by that. */
  private spread(query: QueryMessage): void {
    const { broadcasts, codec } = this.context;
    broadcasts.queueQuery(codec.encode(query), query.timeoutNs);
    this.answers.onQuery(query);
  }
}

function internalQuery(name: string, payload: Uint8Array): QueryParameters {
  return { name, payload, filters: [], acks: "unwanted", relayFactor: 0, timeoutMs: undefined };
}
