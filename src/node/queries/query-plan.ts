import { HearsayError } from "../../core/errors.ts";
import type { QueryParameters, SerfFilter } from "../../peers/serf/serf.contract.ts";
import { matchesExpression } from "../../peers/serf/serf-expression.wire.ts";
import { ADVERT_TAG } from "../../wire/advert.ts";
import { checkTexts } from "../faces/serf-checks.ts";
import { checkSignal, checkTimeout } from "../waits.ts";
import type { QueryOptions } from "./queries.api.ts";
import type { QueriesOptions } from "./queries.options.ts";
import type { TagFilter } from "./query.messages.ts";

/** A living member. */
export interface Candidate {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** It can be asked over links. */
  readonly isLinked: boolean;
}

/** Among whom a query may be asked. */
export interface Scope {
  readonly members: readonly Candidate[];
  /** Whether this node speaks Serf's wire. */
  readonly wire: "serf" | "memberlist";
}

export interface QueryPlan {
  /** Names to be asked over links; absent where none is. */
  readonly links: readonly string[] | undefined;
  readonly serf:
    | {
        readonly filters: readonly SerfFilter[];
        readonly acks: QueryParameters["acks"];
        readonly relayFactor: number;
        readonly timeoutMs: number | undefined;
        readonly expected: readonly string[];
      }
    | undefined;
  readonly tags: readonly TagFilter[];
  readonly relayCount: number;
  readonly timeoutMs: number;
  /** Absent where Serf knows best. */
  readonly endsMs: number | undefined;
  /** Asked for by name, and not to be had. */
  readonly unknown: readonly string[];
  readonly unknownDetail: string;
}

const OPTION_NAMES = ["nodes", "tags", "timeoutMs", "ack", "relayCount", "via", "signal", "onAck"];
const TAGS_MAX = 16;

/** Who is asked, and how. @throws HearsayError CONFIG_OPTION, STORE_FULL */
export function planQuery(wish: QueryOptions, scope: Scope, options: QueriesOptions): QueryPlan {
  checkOptions(wish, options);
  const { ack = true, nodes, relayCount = 0, via = "auto" } = wish;
  const tags = Object.entries(wish.tags ?? {}).map(([tag, expression]) => ({ tag, expression }));
  const named = nodes && new Set(nodes);
  const meant = scope.members.filter(({ name }) => named === undefined || named.has(name));
  const linked = via === "serf" ? [] : meant.filter(({ isLinked }) => isLinked);
  const others = via === "links" ? [] : meant.filter((one) => via === "serf" || !one.isLinked);
  if (linked.length > options.targetsMaxCount) {
    const detail = `${linked.length} members are to be asked; name some, or raise`;
    throw new HearsayError("STORE_FULL", `${detail} queries.targetsMaxCount`);
  }
  const wantsSerf = via === "serf" || (scope.wire === "serf" && others.length > 0);
  const timeoutMs = wish.timeoutMs ?? options.timeoutMs;
  const isSerfAlone = linked.length === 0 && wantsSerf && wish.timeoutMs === undefined;
  const reached = new Set([...linked, ...(wantsSerf ? others : [])].map(({ name }) => name));
  return {
    links: linked.length > 0 ? linked.map(({ name }) => name) : undefined,
    serf: wantsSerf
      ? {
          filters: serfFilters(tags, { nodes, leavesOutHearsay: via === "auto" }),
          acks: ack ? "wanted" : "unwanted",
          relayFactor: relayCount,
          timeoutMs: isSerfAlone ? undefined : timeoutMs,
          expected: others.filter((one) => fits(one, tags)).map(({ name }) => name),
        }
      : undefined,
    tags,
    relayCount,
    timeoutMs,
    endsMs: isSerfAlone ? undefined : timeoutMs,
    unknown: [...(named ?? meant.map(({ name }) => name))].filter((name) => !reached.has(name)),
    unknownDetail: via === "links" ? "no living member that speaks links" : "no living member",
  };
}

function serfFilters(
  tags: readonly TagFilter[],
  wish: { readonly nodes: readonly string[] | undefined; readonly leavesOutHearsay: boolean },
): SerfFilter[] {
  const filters: SerfFilter[] = tags.map((filter) => ({ kind: "tag", ...filter }));
  // Hearsay members are asked over links: their advert is a tag that Serf agents do not have.
  if (wish.leavesOutHearsay) filters.push({ kind: "tag", tag: ADVERT_TAG, expression: "^$" });
  if (wish.nodes !== undefined) filters.push({ kind: "nodes", names: [...wish.nodes] });
  return filters;
}

/** As this node sees it; receivers judge for themselves. */
function fits({ tags }: Candidate, filters: readonly TagFilter[]): boolean {
  return filters.every(({ expression, tag }) => matchesExpression(expression, tags[tag] ?? ""));
}

/** @throws HearsayError CONFIG_OPTION */
function checkOptions(wish: QueryOptions, options: QueriesOptions): void {
  for (const name of Object.keys(wish)) {
    if (OPTION_NAMES.includes(name)) continue;
    throw refusal(`${name} is no option of a query; known: ${OPTION_NAMES.join(", ")}`);
  }
  const { nodes, onAck, relayCount = 0, tags, timeoutMs, via = "auto" } = wish;
  checkSignal(wish.signal);
  checkTimeout(timeoutMs);
  if ((timeoutMs ?? 0) > options.timeoutMaxMs) {
    throw refusal(`timeoutMs is ${timeoutMs}, but at most ${options.timeoutMaxMs}`);
  }
  const relayMax = options.relayMaxCount;
  if (!Number.isSafeInteger(relayCount) || relayCount < 0 || relayCount > relayMax) {
    throw refusal(`relayCount is ${relayCount}, but must be a whole number from 0 to ${relayMax}`);
  }
  const areNames = Array.isArray(nodes) && nodes.every((one) => typeof one === "string");
  if (nodes !== undefined && !areNames) throw refusal("nodes must be a list of names");
  if (tags !== undefined) checkTexts("tags", tags);
  if (Object.keys(tags ?? {}).length > TAGS_MAX) throw refusal(`tags: at most ${TAGS_MAX}`);
  if (!["links", "serf", "auto"].includes(via)) {
    throw refusal(`via is ${JSON.stringify(via)}, but must be "links", "serf" or "auto"`);
  }
  if (onAck !== undefined && typeof onAck !== "function") throw refusal("onAck is no function");
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `${detail}.`);
}
