/**
 * A node that only pretends, for the tests of the agent and the command line: members are what the
 * test says, a published value reaches the subscribers of this same node.
 */
import { HearsayError } from "../core/errors.ts";
import { makeOrigin } from "../core/peer.ts";
import type {
  AggregateReport,
  HearsayNode,
  LinkReport,
  Member,
  MemberEvent,
  MonitorSnapshot,
  NamedQueryOptions,
  NearMember,
  NodeHealth,
  QueryAnswer,
  QueryRun,
  QuerySummary,
  ReachabilityPicture,
  ReplicaPlace,
  SerfEvent,
  SerfQuery,
  SerfQueryOptions,
  Subscription,
  Suspicion,
  Topic,
  TopicMessage,
  WhyEntry,
} from "../node/api.ts";
import { FakeInfos } from "./fake-infos.ts";
import { emptySnapshot, fakeMonitor } from "./fake-monitor.ts";
import { FakeMemberState, FakeState } from "./fake-state.ts";

type Listener<T> = (value: T) => void;
type FakeTopic = Topic<unknown, unknown>;

export function fakeMember(name: string, change: Partial<Member> = {}): Member {
  return {
    name,
    address: "127.0.0.1:7946",
    status: "alive",
    tags: {},
    incarnation: 1,
    rttMs: undefined,
    hearsay: true,
    degraded: undefined,
    state: new FakeMemberState(name),
    ...change,
  };
}

const fakeHealth: NodeHealth = {
  status: "well",
  trouble: undefined,
  loop: { p50Ms: 0.1, p99Ms: 2, maxMs: 3 },
  gc: { pausesCount: 4, totalMs: 8, maxMs: 3 },
  awarenessScore: 0,
  responder: "main",
};

/** What no test of an agent asks a fake node for. */
const absentFaces = {
  orderedLog: noOrder,
  ledger: noOrder,
  lock: noOrder,
  leader: noOrder,
  locks: noOrder,
  aggregate: absent,
  ring: absent,
  crdts: absent,
  versions: absent,
  operations: absent,
  peer: absent,
  everywhere: absent,
  receive: absent,
} as const;

function absent(): never {
  throw new Error("the fake node has none of these");
}

export class FakeNode {
  readonly members = new Map<string, Member>();
  readonly evidence = new Map<string, readonly WhyEntry[]>();
  /** What was asked of the node, in order. */
  readonly calls: unknown[][] = [];
  readonly memberListeners = new Set<Listener<MemberEvent>>();
  readonly eventListeners = new Set<Listener<SerfEvent>>();
  readonly queryListeners = new Set<Listener<SerfQuery>>();
  readonly topicListeners = new Map<string, Set<Listener<TopicMessage<unknown>>>>();
  readonly infos = new FakeInfos();
  readonly state: FakeState;
  keys: string[] = [];
  aggregateReports: AggregateReport[] = [];
  monitorSnapshot: MonitorSnapshot = emptySnapshot;
  linkReports: LinkReport[] = [];
  counts: Readonly<Record<string, number>> = { probesCount: 3 };
  readonly suspicions = new Map<string, Suspicion>();
  near: NearMember[] = [];
  picture: ReachabilityPicture | undefined;
  /** Ends the node as a failed disk does. */
  die: (error: Error) => void = () => {};
  private readonly closed = new Promise<Error | undefined>((resolve) => {
    this.die = resolve;
  });
  /** What `leave` does instead of succeeding. */
  leaveFailure: Error | undefined;

  constructor(name = "p1") {
    this.members.set(name, fakeMember(name));
    this.state = new FakeState(name);
  }

  call(...what: unknown[]): void {
    this.calls.push(what);
  }

  emit(event: MemberEvent): void {
    for (const listener of this.memberListeners) listener(event);
  }

  /** As an agent sees it. */
  get node(): HearsayNode {
    const [name = "p1"] = this.members.keys();
    return {
      name,
      address: "127.0.0.1:7946",
      origin: makeOrigin(name, 7),
      closed: this.closed,
      members: this.membersApi(name),
      health: () => fakeHealth,
      serf: this.serfApi(),
      keyring: this.keyringApi(),
      replicas: this.replicasApi(),
      infos: this.infos,
      state: this.state,
      get infoNetwork(): never {
        throw new HearsayError("CONFIG_OPTION", "infos travel by gossip here.");
      },
      get order(): never {
        return noOrder();
      },
      ...absentFaces,
      aggregates: () => this.aggregateReports,
      traces: { follow: async () => [], overlays: async () => [] },
      monitor: fakeMonitor(() => this.monitorSnapshot),
      query: (which: unknown, value?: unknown, options?: NamedQueryOptions): never =>
        this.ask(String(which), value, options) as never,
      queries: {
        define: (name: string): never => this.define(name) as never,
      },
      topic: (tag: string): never => this.topic(tag) as never,
      setJoin: (addresses) => this.call("setJoin", addresses),
      view: () => ({ protocol: "swim", size: this.members.size - 1, population: 1, peers: [] }),
      join: async (address: string) => this.join(address),
      leave: async () => {
        this.call("leave");
        if (this.leaveFailure !== undefined) throw this.leaveFailure;
      },
      stop: async () => this.call("stop"),
      settled: async () => {},
      metrics: () => this.counts,
      counts: () => this.counts,
      links: () => this.linkReports,
      [Symbol.asyncDispose]: async () => {},
    };
  }

  private membersApi(name: string): HearsayNode["members"] {
    const { members } = this;
    const iterate = (): Iterator<Member> => members.values();
    return {
      [Symbol.iterator]: iterate,
      size: members.size,
      local: members.get(name) ?? fakeMember(name),
      get: (wanted) => members.get(wanted),
      events: () => {
        throw new Error("the fake node has no event iteration");
      },
      on: (listener) => listen(this.memberListeners, listener),
      why: (wanted) => this.evidence.get(wanted) ?? [],
      near: () => this.near,
      reachability: () => this.picture ?? noPaths(),
      onReachability: () => () => {},
      suspicion: (wanted) => this.suspicions.get(wanted) ?? unsuspected(wanted),
      onSuspicion: () => () => {},
    };
  }

  private serfApi(): HearsayNode["serf"] {
    return {
      event: (...args) => this.call("event", ...args),
      query: async (name, payload, options) => this.query(name, payload, options),
      events: () => {
        throw new Error("the fake node has no event iteration");
      },
      onEvent: (listener) => listen(this.eventListeners, listener),
      onQuery: (listener) => listen(this.queryListeners, listener),
      forceLeave: (...args) => this.call("forceLeave", ...args),
      setTags: (tags) => this.call("setTags", tags),
    };
  }

  private async query(name: string, payload: unknown, options: SerfQueryOptions = {}) {
    const { signal: _signal, ...rest } = options;
    this.call("query", name, payload, rest);
    const answers: { from: string; payload: Uint8Array }[] = [];
    const respond = (answer: Uint8Array | string): boolean => {
      answers.push({ from: "p1", payload: new Uint8Array(Buffer.from(answer)) });
      return true;
    };
    const query = { name, payload: new Uint8Array(), from: "p1", lTime: 1, deadline: 0, respond };
    for (const listener of this.queryListeners) listener(query);
    return { acks: rest.ack ? ["p1"] : [], answers };
  }

  /** A query that is answered with bytes. */
  private define(name: string) {
    return {
      name,
      handle: (handler: () => Uint8Array) =>
        listen(this.queryListeners, (query) => {
          if (query.name === name) query.respond(handler());
        }),
    };
  }

  /** As if p1 alone was asked. */
  private ask(name: string, value: unknown, options: NamedQueryOptions = {}): QueryRun {
    const { onAck, signal: _signal, ...rest } = options;
    this.call("query", name, value, rest);
    const from = "p1";
    const answers: QueryAnswer[] = [];
    const respond = (answer: Uint8Array | string): boolean => {
      const bytes = new Uint8Array(Buffer.from(answer));
      const base = { from, number: 1, elapsedMs: 3, via: "links" } as const;
      answers.push({ kind: "answer", ...base, value: bytes });
      return true;
    };
    const query = { name, payload: new Uint8Array(), from, lTime: 1, deadline: 0, respond };
    for (const listener of this.queryListeners) listener(query);
    onAck?.(from);
    const waiting = answers.values();
    const done = { done: true, value: undefined } as const;
    const run: QueryRun = {
      next: async () => {
        const { done: isDone, value: next } = waiting.next();
        return isDone === true ? done : { done: false, value: next };
      },
      return: async () => done,
      [Symbol.asyncIterator]: () => run,
      close: () => {},
      summary: async () => fakeSummary(name, answers.length),
    };
    return run;
  }

  private keyringApi(): HearsayNode["keyring"] {
    return {
      list: () => this.keys,
      install: (key) => void this.keys.push(key),
      use: (key) => {
        this.keys = [key, ...this.keys.filter((other) => other !== key)];
      },
      remove: (key) => {
        this.keys = this.keys.filter((other) => other !== key);
      },
    };
  }

  private replicasApi(): HearsayNode["replicas"] {
    const place: ReplicaPlace = {
      name: "p2",
      origin: makeOrigin("p2", 7),
      standing: "member",
      alive: false,
      awayMs: 180_000,
    };
    const set = { replica: "topic:Commit", places: [place], seenCount: 5, stableCount: 2 };
    return {
      list: (name) => [set].filter(({ replica }) => name === undefined || replica.endsWith(name)),
      evict: (replica, name) => {
        this.call("evict", replica, name);
        if (name === "p2") return { ...place, standing: "evicted" };
        throw new HearsayError("MEMBER_UNKNOWN", `${name} has no place in ${replica}`);
      },
      on: () => () => {},
    };
  }

  private join(address: string): number {
    this.call("join", address);
    if (!address.startsWith("bad")) return 1;
    throw new HearsayError("JOIN_FAILED", `${address} did not answer.`);
  }

  private topic(tag: string): FakeTopic {
    const listeners = this.topicListeners.get(tag) ?? new Set();
    this.topicListeners.set(tag, listeners);
    return {
      tag,
      publish: async (value) => {
        const dot = { origin: makeOrigin("p1", 7), seq: 1 };
        const message = { tag, value, from: "p1", dot, clock: { ms: 1, counter: 0 } };
        for (const listener of listeners) listener(message);
        return { dot, durable: false };
      },
      subscribe: (listener: unknown): never => {
        const stop = listen(listeners, listener as Listener<TopicMessage<unknown>>);
        const subscription: Partial<Subscription<never>> = { dropped: 0, close: stop };
        return subscription as never;
      },
      onRejected: () => () => {},
      onRequest: () => () => {},
      statistics: () => {
        throw new Error("the fake node counts nothing");
      },
    };
  }
}

function listen<T>(listeners: Set<Listener<T>>, listener: Listener<T>): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function noPaths(): never {
  throw new Error("the fake node knows no paths");
}

function noOrder(): never {
  throw new HearsayError("CONFIG_OPTION", "the fake node has no order.");
}

function fakeSummary(name: string, answersCount: number): QuerySummary {
  const none = { failed: 0, refused: 0, unfinished: 0, acked: 0, silent: 0, died: 0, left: 0 };
  const outcome = answersCount > 0 ? "answered" : "acked";
  const noneElse = { ...none, unmatched: 0, joined: 0, unknown: 0, answered: 0 };
  return {
    name,
    ended: "complete",
    elapsedMs: 3,
    askedCount: 1,
    reachedCount: 1,
    answersCount,
    counts: { ...noneElse, [outcome]: 1 },
    members: [{ name: "p1", outcome, answersCount, via: "links" }],
  };
}

function unsuspected(name: string): Suspicion {
  const times = { since: undefined, heardAt: undefined };
  return { name, detector: "swim", status: "unknown", level: 0, deadLevel: 1, ...times };
}
