import type { LinkTaking } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { NodeQuery } from "./node-query.ts";
import type { QueriesOptions } from "./queries.options.ts";
import type { QueryContent, QueryKey, TagFilter } from "./query.messages.ts";

type QueryCount =
  | "queries.asked"
  | "queries.answered" // here, to the end
  | "queries.refused" // here
  | "queries.answers" // that came
  | "queries.repeated" // questions asked again
  | "queries.turnedAway" // answers for which the reader had no room: they come again
  | "queries.passedOn" // words of others
  | "queries.dropped.malformed"
  | "queries.dropped.unknown" // a word about what is not asked, or answered, any more
  | "queries.dropped.duplicate"
  | "queries.dropped.late" // a question whose deadline was over here
  | "queries.dropped.early" // an answer before the one that is missing: both come again
  | "queries.dropped.crowd" // passedPerSecondCount
  | "queries.dropped.forgotten" // rememberedMaxCount
  | "queries.dropped.filtersFull" // tagFiltersPerSecondCount: refused as busy
  | "queries.dropped.unsent";

/** What the parts of queries need of their node. */
export interface QueryPorts extends Omit<NodePorts, "count"> {
  count(name: QueryCount, by?: number): void;
  readonly name: string;
  readonly options: QueriesOptions;
  find(name: string): NodeQuery | undefined;
  /** "busy": too many filters have been looked at in this second. */
  judge(filters: readonly TagFilter[]): "meant" | "unmatched" | "busy";
  /** In a step. By a link of its own, and by so many third members. */
  post(word: Word): LinkTaking;
  /** Whether so many words of others may be passed on now; they count as done. */
  mayPass(count: number): boolean;
  /** The life that this node lives. */
  boot(): number;
}

/** Something said of a query. */
export interface Word {
  readonly key: QueryKey;
  readonly to: string;
  readonly content: QueryContent;
  /** The life of who answers; 0 from the asker. */
  readonly boot: number;
  readonly relayCount: number;
}
