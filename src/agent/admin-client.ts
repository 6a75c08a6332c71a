import { type ErrorCode, errorCodes, HearsayError } from "../core/errors.ts";
import { pathSegment } from "../core/path-name.ts";
import type * as api from "./admin.messages.ts";
import type { AggregateAnswer, AggregatesAnswer } from "./routes/aggregates.messages.ts";
import type { EverywhereAnswer } from "./routes/certificates.messages.ts";
import type { InfoNetworkAnswer } from "./routes/info-network.messages.ts";
import type {
  LedgerAnswer,
  LedgerAppendAnswer,
  LedgerBlockAnswer,
  LedgerExportAnswer,
} from "./routes/ledgers.messages.ts";
import type { LinksAnswer } from "./routes/links.messages.ts";
import type { HoldNotice, LocksAnswer } from "./routes/locks.messages.ts";
import type { LogAnswer, LogAppendAnswer } from "./routes/logs.messages.ts";
import type { MonitorAnswer } from "./routes/monitor.messages.ts";
import type {
  OrderAnswer,
  OrderedAppendAnswer,
  OrderedLogAnswer,
  OrderStatus,
} from "./routes/order.messages.ts";
import type { QueryNotice, QueryWish } from "./routes/queries.messages.ts";
import type { ReachabilityAnswer } from "./routes/reachability.messages.ts";
import type { StateAnswer, StatesAnswer } from "./routes/state.messages.ts";
import type { SuspicionsAnswer } from "./routes/suspicions.messages.ts";
import type { TimelineAnswer } from "./routes/timeline.messages.ts";
import type {
  VersionAnswer,
  VersionsAnswer,
  VersionWriteAnswer,
} from "./routes/versions.messages.ts";
import { EventStreamReader } from "./watching/event-stream.ts";

export interface AdminClientOptions {
  /** `http://127.0.0.1:7980`. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Pauses before a watch whose connection broke is asked for again; then it fails. [guess] */
const RESUME_PAUSES_MS = [200, 1_000, 3_000];

/**
 * Drives an agent. Every method throws HearsayError: AGENT_UNREACHABLE, AGENT_FAILED for a code
 * that this version does not know, and otherwise what the agent answered.
 */
export class AdminClient {
  private readonly options: AdminClientOptions;
  private readonly base: URL;

  /** @throws HearsayError CONFIG_OPTION when the URL is none. */
  constructor(options: AdminClientOptions) {
    this.options = options;
    this.base = adminBase(options.url);
  }

  status = (): Promise<api.AgentStatus> => this.get("v1/status");
  near = (name: string): Promise<api.NearAnswer> =>
    this.get(`v1/members/${pathSegment(name)}/near`);
  members = (): Promise<api.MembersAnswer> => this.get("v1/members");
  reachability = (): Promise<ReachabilityAnswer> => this.get("v1/reachability");
  links = (): Promise<LinksAnswer> => this.get("v1/links");
  suspicions = (): Promise<SuspicionsAnswer> => this.get("v1/suspicions");
  timeline = (name?: string): Promise<TimelineAnswer> =>
    this.get(`v1/timeline${name === undefined ? "" : `?name=${encodeURIComponent(name)}`}`);
  why = (name: string): Promise<api.WhyAnswer> => this.get(`v1/members/${pathSegment(name)}/why`);
  keyring = (): Promise<api.KeyringAnswer> => this.get("v1/keyring");
  replicas = (name?: string): Promise<api.ReplicasAnswer> =>
    this.get(`v1/replicas${name === undefined ? "" : `?name=${encodeURIComponent(name)}`}`);
  evict = (replica: string, name: string): Promise<api.EvictAnswer> =>
    this.post(`v1/replicas/${pathSegment(replica)}/evict`, { name });
  join = (addresses: readonly string[]): Promise<api.JoinAnswer> =>
    this.post("v1/join", { addresses });
  leave = (): Promise<api.LeaveAnswer> => this.post("v1/leave", {});
  forceLeave = (name: string, options: { prune: boolean }): Promise<unknown> =>
    this.post(`v1/members/${pathSegment(name)}/leave`, options);
  publish = (topic: string, value: unknown): Promise<api.PublishAnswer> =>
    this.post(`v1/publish/${pathSegment(topic)}`, { value });
  event = (event: { name: string; payload: string; coalesce: boolean }): Promise<unknown> =>
    this.post("v1/event", event);
  infoNetwork = (): Promise<InfoNetworkAnswer> => this.get("v1/info-network");
  setSentinel = (sentinel: "hold" | "follow"): Promise<InfoNetworkAnswer> =>
    this.post("v1/info-network/sentinel", { sentinel }, "PUT");
  infos = (pattern: string): Promise<api.InfosAnswer> =>
    this.get(`v1/infos?pattern=${encodeURIComponent(pattern)}`);
  info = (key: string): Promise<api.InfoAnswer> => this.get(infoPath(key));
  setInfo = (key: string, body: { value: unknown; ttlMs?: number }): Promise<api.WriteAnswer> =>
    this.post(infoPath(key), body, "PUT");
  versions = (store: string, pattern: string): Promise<VersionsAnswer> =>
    this.get(`v1/versions/${pathSegment(store)}?pattern=${encodeURIComponent(pattern)}`);
  version = (store: string, key: string): Promise<VersionAnswer> =>
    this.get(versionPath(store, key));
  putVersion = (
    store: string,
    key: string,
    body: { value: unknown; context?: string },
  ): Promise<VersionWriteAnswer> => this.post(versionPath(store, key), body, "PUT");
  removeVersion = (
    store: string,
    key: string,
    body: { context?: string },
  ): Promise<VersionWriteAnswer> => this.post(versionPath(store, key), body, "DELETE");
  appendToLog = (
    log: string,
    body: { value: unknown; after?: string; id?: string; order?: string },
  ): Promise<LogAppendAnswer> => this.post(logPath(log), body);
  log = (
    log: string,
    wish: { from?: number; waitMs?: number; after?: string },
  ): Promise<LogAnswer> => this.get(`${logPath(log)}?${queryOf(wish)}`);
  order = (): Promise<OrderAnswer> => this.get("v1/order");
  changeOrder = (what: "promote" | "remove" | "transfer", name: string): Promise<OrderStatus> =>
    this.post(`v1/order/${what}`, { name });
  ledger = (ledger: string): Promise<LedgerAnswer> => this.get(ledgerPath(ledger));
  appendToLedger = (ledger: string, value: unknown): Promise<LedgerAppendAnswer> =>
    this.post(ledgerPath(ledger), { value });
  ledgerBlock = (ledger: string, which: string): Promise<LedgerBlockAnswer> =>
    this.get(`${ledgerPath(ledger)}/blocks/${pathSegment(which)}`);
  ledgerProof = (ledger: string, index: number): Promise<unknown> =>
    this.get(`${ledgerPath(ledger)}/proofs/${index}`);
  exportLedger = (ledger: string, from: number, to: number): Promise<LedgerExportAnswer> =>
    this.get(`${ledgerPath(ledger)}/export?from=${from}&to=${to}`);
  appendOrdered = (
    log: string,
    body: { value: unknown; wait?: string },
  ): Promise<OrderedAppendAnswer> => this.post(orderedLogPath(log), body);
  orderedLog = (log: string, wish: { from?: number; waitMs?: number }): Promise<OrderedLogAnswer> =>
    this.get(`${orderedLogPath(log)}?${queryOf(wish)}`);
  everywhere = (key: string, wish: Wish): Promise<EverywhereAnswer> =>
    this.get(`${infoPath(key)}/everywhere?${queryOf(wish)}`);
  updateEverywhere = (wish: Wish): Promise<EverywhereAnswer> =>
    this.get(`v1/everywhere?${queryOf(wish)}`);
  removeInfo = (key: string): Promise<api.WriteAnswer> => this.post(infoPath(key), {}, "DELETE");
  monitor = (): Promise<MonitorAnswer> => this.get("v1/monitor");
  aggregates = (): Promise<AggregatesAnswer> => this.get("v1/aggregates");
  aggregate = (name: string): Promise<AggregateAnswer> =>
    this.get(`v1/aggregates/${pathSegment(name)}`);
  states = (pattern: string, member?: string): Promise<StatesAnswer> => {
    const query = new URLSearchParams({ pattern, ...(member === undefined ? {} : { member }) });
    return this.get(`v1/state?${query.toString()}`);
  };
  state = (member: string, key: string): Promise<StateAnswer> =>
    this.get(`v1/state/${pathSegment(member)}/${pathSegment(key)}`);
  setState = (key: string, body: { value: unknown; ttlMs?: number }): Promise<api.WriteAnswer> =>
    this.post(`v1/state/${pathSegment(key)}`, body, "PUT");
  removeState = (key: string): Promise<api.WriteAnswer> =>
    this.post(`v1/state/${pathSegment(key)}`, {}, "DELETE");
  /** Answers as they come, and a summary last. */
  ask(wish: QueryWish): AsyncGenerator<QueryNotice, void> {
    const { nodes = [], tags = {}, ...rest } = wish;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(rest)) query.set(name, String(value));
    for (const name of nodes) query.append("node", name);
    for (const [tag, expression] of Object.entries(tags)) {
      query.append("tag", `${tag}=${expression}`);
    }
    return this.stream<QueryNotice>(`v1/query/stream?${query.toString()}`, this.options.signal);
  }

  query = (query: api.QueryRequest): Promise<api.QueryAnswer> => this.post("v1/query", query);
  changeKeyring = (what: "install" | "use" | "remove", key: string): Promise<api.KeyringAnswer> =>
    this.post(`v1/keyring/${what}`, { key });

  /**
   * Notices from now on; ends when the agent does. A connection that breaks is made anew, and the
   * watch goes on where it was; throws when that fails.
   */
  async *watch(wish: {
    readonly topics: readonly string[];
    readonly members: boolean;
    readonly events: boolean;
    readonly alerts?: boolean;
    readonly from?: "now" | "start";
    readonly infos?: readonly string[];
    readonly after?: string;
  }): AsyncGenerator<api.Notice> {
    const query = new URLSearchParams(
      wish.topics.map((topic): [string, string] => ["topic", topic]),
    );
    if (wish.members) query.set("members", "1");
    if (wish.events) query.set("events", "1");
    if (wish.alerts === true) query.set("alerts", "1");
    if (wish.from === "start") query.set("from", "start");
    for (const pattern of wish.infos ?? []) query.append("info", pattern);
    if (wish.after !== undefined) query.set("after", wish.after);
    yield* this.resuming(`v1/watch?${query.toString()}`);
  }

  private async *resuming(path: string): AsyncGenerator<api.Notice> {
    const { signal } = this.options;
    let lastId: string | undefined;
    let failedCount = 0;
    for (;;) {
      const reader = new EventStreamReader();
      try {
        for await (const notice of this.stream<api.Notice>(path, signal, { reader, lastId })) {
          failedCount = 0;
          if (notice.kind !== "ready" || notice.resumed !== true) yield notice;
        }
        return;
      } catch (error) {
        lastId = reader.lastId ?? lastId;
        const pauseMs = RESUME_PAUSES_MS[failedCount];
        failedCount += 1;
        const isBroken = error instanceof HearsayError && error.code === "AGENT_UNREACHABLE";
        if (!isBroken || lastId === undefined || pauseMs === undefined) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  locks = (): Promise<LocksAnswer> => this.get("v1/locks");

  /** Holds the lock for as long as this is read; ends as `watch` does. */
  hold(
    wish: { readonly name: string; readonly mode: "wait" | "try"; readonly waitMs?: number },
    signal: AbortSignal,
  ): AsyncGenerator<HoldNotice, void> {
    const { mode, name, waitMs } = wish;
    const query = new URLSearchParams({ name, mode });
    if (waitMs !== undefined) query.set("waitMs", String(waitMs));
    return this.stream<HoldNotice>(`v1/locks/hold?${query.toString()}`, signal);
  }

  private async *stream<Told>(
    path: string,
    signal?: AbortSignal,
    from: { readonly reader?: EventStreamReader; readonly lastId?: string | undefined } = {},
  ): AsyncGenerator<Told, void> {
    const { lastId, reader = new EventStreamReader() } = from;
    const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
    const request = { headers, ...(signal === undefined ? {} : { signal }) };
    const response = await this.request(path, request);
    const decoder = new TextDecoder();
    try {
      const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
      for await (const bytes of body) {
        for (const data of reader.take(decoder.decode(bytes, { stream: true }))) {
          yield JSON.parse(data);
        }
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw this.unreachable(error, "the connection broke");
    }
  }

  private async get<Answer>(path: string): Promise<Answer> {
    return await readAnswer(await this.request(path, {}));
  }

  private async post<Answer>(
    path: string,
    body: object,
    method: "POST" | "PUT" | "DELETE" = "POST",
  ): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    const request = { method, headers, body: JSON.stringify(body) };
    return await readAnswer(await this.request(path, request));
  }

  private async request(path: string, request: RequestInit): Promise<Response> {
    // Where a name is empty two slashes meet, or the last one ends the path: no route is that.
    if (/\/(\/|\?|$)/.test(path)) throw new HearsayError("USAGE", "A name is empty; give one.");
    const { token, signal } = this.options;
    const headers = new Headers(request.headers);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    let response: Response;
    try {
      const init: RequestInit = { signal: signal ?? null, ...request, headers, redirect: "error" };
      response = await fetch(new URL(path, this.base), init);
    } catch (error) {
      throw this.unreachable(error, "nobody answers");
    }
    if (!response.ok) throw await failure(response);
    return response;
  }

  private unreachable(error: unknown, what: string): HearsayError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    return new HearsayError(
      "AGENT_UNREACHABLE",
      `No agent at ${this.base.origin}: ${what}${code}. Start one with: hearsay agent — ` +
        "or say where it is with --admin URL or HEARSAY_ADMIN.",
      { cause: error },
    );
  }
}

/** Parameters of a question. */
type Wish = Readonly<Record<string, string | number>>;

function queryOf(wish: Wish): string {
  return new URLSearchParams(
    Object.entries(wish).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
}

function versionPath(store: string, key: string): string {
  return `v1/versions/${pathSegment(store)}/${pathSegment(key)}`;
}

function logPath(log: string): string {
  return `v1/logs/${pathSegment(log)}`;
}

function orderedLogPath(log: string): string {
  return `v1/order/logs/${pathSegment(log)}`;
}

function ledgerPath(ledger: string): string {
  return `v1/ledgers/${pathSegment(ledger)}`;
}

function infoPath(key: string): string {
  return `v1/infos/${pathSegment(key)}`;
}

/** Also takes `127.0.0.1:7980`, as an agent's own --admin does. */
function adminBase(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return new URL(url.endsWith("/") ? url : `${url}/`);
  throw new HearsayError(
    "CONFIG_OPTION",
    `${JSON.stringify(text)} is no URL of an agent; write it like http://127.0.0.1:7980.`,
  );
}

async function readAnswer<Answer>(response: Response): Promise<Answer> {
  try {
    return JSON.parse(await response.text()) as Answer;
  } catch (error) {
    throw new HearsayError("AGENT_FAILED", "The agent's answer was cut off.", { cause: error });
  }
}

async function failure(response: Response): Promise<HearsayError> {
  const text = await response.text().catch(() => "");
  const { code, message } = readErrorAnswer(text);
  if (isErrorCode(code)) return new HearsayError(code, message);
  const said =
    code === "" ? `HTTP ${response.status}; is this a Hearsay agent?` : `${code} ${message}`;
  return new HearsayError("AGENT_FAILED", `The agent answered: ${said}`);
}

function readErrorAnswer(text: string): api.ErrorAnswer {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && "code" in json && "message" in json) {
      return { code: String(json.code), message: String(json.message) };
    }
  } catch {
    // Not JSON: no agent, or something in between. The status has to do.
  }
  return { code: "", message: "" };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
