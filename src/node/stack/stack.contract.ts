import type { Address } from "../../core/address.ts";
import type { Arrival } from "../../core/arrival.ts";
import type { AggregateCount } from "../../data/aggregate/aggregate.contract.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import type { InfoOptions } from "../../data/info/info.options.ts";
import type { LockOptions } from "../../data/locks/locks.options.ts";
import type { MonitorCount } from "../../data/monitor/monitor.contract.ts";
import type { MonitorOptions } from "../../data/monitor/monitor.options.ts";
import type { NodeStateCount } from "../../data/node-state/node-state.contract.ts";
import type { NodeStateOptions } from "../../data/node-state/node-state.options.ts";
import type { ReplicaSetOptions } from "../../data/replica-set/replica-set.options.ts";
import type { AgreementOptions } from "../../exchange/agreement/agreement.options.ts";
import type { AgreementCount } from "../../exchange/agreement/agreement.ts";
import type { AntiEntropyCount } from "../../exchange/anti-entropy/anti-entropy.contract.ts";
import type { AntiEntropyOptions } from "../../exchange/anti-entropy/anti-entropy.options.ts";
import type { BroadcastCount, RumorVerdict } from "../../exchange/broadcast/broadcast.contract.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { BroadcastOptions } from "../../exchange/broadcast/broadcast.options.ts";
import type { PlumtreeCount } from "../../exchange/plumtree/plumtree.contract.ts";
import type { PlumtreeOptions } from "../../exchange/plumtree/plumtree.options.ts";
import type { RumorCount } from "../../exchange/rumor/rumor.contract.ts";
import type { RumorOptions } from "../../exchange/rumor/rumor.options.ts";
import type { ClaimVoice, DegradedCount } from "../../peers/degraded/degraded.contract.ts";
import type { DegradedOptions } from "../../peers/degraded/degraded.options.ts";
import type { HeartbeatCount } from "../../peers/heartbeat/heartbeat.contract.ts";
import type { HyParViewCount } from "../../peers/hyparview/hyparview.contract.ts";
import type { HyParViewOptions } from "../../peers/hyparview/hyparview.options.ts";
import type { ReachabilityCount } from "../../peers/reachability/reachability.contract.ts";
import type { ReachabilityOptions } from "../../peers/reachability/reachability.options.ts";
import type { PastMember, ReconnectCount } from "../../peers/reconnect/reconnect.contract.ts";
import type { ReconnectOptions } from "../../peers/reconnect/reconnect.options.ts";
import type {
  ConflictVote,
  IncomingQuery,
  KeyringPort,
  QueryAnswer,
  QueryId,
  QueryResult,
  SerfCount,
  SerfMember,
  UserEvent,
} from "../../peers/serf/serf.contract.ts";
import type { SerfOptions } from "../../peers/serf/serf.options.ts";
import type { SuccessionOptions } from "../../peers/succession/succession.options.ts";
import type { SuccessionCount } from "../../peers/succession/succession.ts";
import type { MemberTableMaker } from "../../peers/swim/roster/members.ts";
import type {
  Incarnations,
  JoinResult,
  SwimCount,
  SwimMember,
} from "../../peers/swim/swim.contract.ts";
import type { SwimOptions } from "../../peers/swim/swim.options.ts";
import type { Keyring } from "../../wire/keyring.ts";
import type { CertificatesOptions } from "../certificates/certificates.options.ts";
import type { DetectorOptions } from "../detectors/detector-layer.ts";
import type { LinkCount, LinkTables } from "../links/links.contract.ts";
import type { LinksOptions } from "../links/links.options.ts";
import type { QueriesOptions } from "../queries/queries.options.ts";
import type { RequestsOptions } from "../requests/requests.options.ts";
import type { ResponderOptions } from "../responder/responder.options.ts";
import type { TopicsOptions } from "../topics/topics.options.ts";
import type { TracesOptions } from "../traces/traces.options.ts";
import type { Tags, Wire } from "./advertised-meta.ts";
import type { OverlayProtocol } from "./overlay.ts";
import type { SpreadWay } from "./spreads.ts";

/** What the glue itself counts. */
export type StackCount =
  | "stack.dropped.badFrame" // 48 01, and then no sense
  | "stack.dropped.badBody" // a frame whose channel cannot read it
  | "stack.dropped.unknownChannel" // of a later version
  | "stack.dropped.unknownUser" // a user message of neither Serf nor Hearsay
  | "stack.dropped.noSuchPeer" // to a member that is gone by now
  | "stack.bootRaised";

export type AnyCount =
  | LinkCount
  | SwimCount
  | SerfCount
  | ReconnectCount
  | ReachabilityCount
  | SuccessionCount
  | BroadcastCount
  | AgreementCount
  | AntiEntropyCount
  | PlumtreeCount
  | RumorCount
  | HyParViewCount
  | HeartbeatCount
  | DegradedCount
  | NodeStateCount
  | AggregateCount
  | MonitorCount
  | StackCount;

export interface StackCounters {
  add(name: AnyCount, by?: number): void;
}

export interface StackOptions {
  readonly swim: SwimOptions;
  readonly serf: SerfOptions;
  readonly reconnect: ReconnectOptions;
  readonly succession: SuccessionOptions;
  readonly broadcast: BroadcastOptions;
  readonly agreement: AgreementOptions;
  /** Default: `antiEntropyDefaults`. */
  readonly antiEntropy?: AntiEntropyOptions;
  /** Default: `replicaSetDefaults`. */
  readonly replicaSets?: ReplicaSetOptions;
  /** Default: `infoDefaults`. */
  readonly infos?: InfoOptions;
  /** Default: `nodeStateDefaults`. */
  readonly nodeState?: NodeStateOptions;
  /** Default: `plumtreeDefaults`. */
  readonly plumtree?: PlumtreeOptions;
  /** Default: `lockDefaults`. */
  readonly locks?: LockOptions;
  /** Default: `rumorDefaults`. */
  readonly rumor?: RumorOptions;
  /** Default: "rings". */
  readonly overlay?: OverlayProtocol;
  /** Default: SWIM's own. */
  readonly detector?: DetectorOptions | undefined;
  /** Default: `reachabilityDefaults`. */
  readonly reachability?: ReachabilityOptions;
  /** Default: `hyparviewDefaults`. */
  readonly hyparview?: HyParViewOptions;
  /** Default: `requestsDefaults`. */
  readonly requests?: RequestsOptions;
  /** Default: `queriesDefaults`. */
  readonly queries?: QueriesOptions;
  /** Default: `certificatesDefaults`. */
  readonly certificates?: CertificatesOptions;
  /** Default: `linksDefaults`. */
  readonly links?: LinksOptions;
  /** Default: `aggregateDefaults`. */
  readonly aggregates?: AggregateOptions;
  /** Default: `monitorDefaults`. */
  readonly monitor?: MonitorOptions;
  /** Default: "on". */
  readonly monitoring?: "on" | "off";
  /** Default: `topicsDefaults`. */
  readonly topics?: TopicsOptions;
  /** Default: `tracesDefaults`. */
  readonly traces?: TracesOptions;
  /** Default: `degradedDefaults`. */
  readonly degraded?: DegradedOptions;
  /** Default: `responderDefaults`. */
  readonly responder?: ResponderOptions;
}

/** What `compose` makes one node of. */
export interface StackParts {
  readonly name: string;
  /** Told to others. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly tags: Tags;
  readonly boot: number;
  readonly wire: Wire;
  readonly options: StackOptions;
  readonly counters: StackCounters;
  readonly listener: StackListener;
  /** Absent when encryption is off. */
  readonly keyring?: KeyringPort;
  /** What links are sealed and told apart with. Default: no label, in clear. */
  readonly linkSeal?: { readonly label: string; readonly keyring: Keyring | undefined };
  /** Where SWIM keeps its members; simulations share them. Default: a table of the node's own. */
  readonly makeTable?: MemberTableMaker;
  /** Members of the node's last life, to be looked for. Default: none. */
  readonly past?: readonly PastMember[];
  /** Runs `run` when all that was written so far is durable. Absent where nothing is kept. */
  readonly afterWrites?: ((run: () => void) => void) | undefined;
  /** Where what links carry is counted. Default: nowhere. */
  readonly traffic?: LinkTables | undefined;
  /** Another thread that speaks in this node's name while it is busy. Default: none. */
  readonly secondVoice?: SecondVoice | undefined;
}

/** What two threads that speak for one node share. */
export interface SecondVoice extends ClaimVoice {
  readonly incarnations: Incarnations;
  /** It says nothing in this node's name from now on. */
  standDown(): void;
}

export type MembershipChange =
  | "join"
  | "update"
  | "suspect"
  | "alive"
  | "degrade"
  | "recover"
  | "fail"
  | "leave"
  | "reap";

/** What a stack tells its node. Called within a step: what reaches users must be told after it. */
export interface StackListener {
  /** `record` is the member as it was at that moment. */
  onMembership(change: MembershipChange, record: SwimMember | SerfMember): void;
  /** Judges and delivers; see `BroadcastListener`. */
  onRumor(rumor: Rumor): RumorVerdict;
  /** A message came, news or not, or was published. */
  onArrival?(arrival: Arrival): void;
  /** A peer spreads something that is not enrolled in this way: the last chance to enrol it. */
  onUnknownReplica?(way: SpreadWay, name: string): void;
  /** A peer compares something that is not enrolled: the last chance to enrol it. */
  onComparedReplica?(name: string): void;
  /** A peer speaks of the states of nodes, and there is no part in it yet. */
  onStateHeard?(): void;
  onUserEvent(event: UserEvent): void;
  onQuery(query: IncomingQuery): void;
  onQueryAck?(id: QueryId, from: string): void;
  onQueryAnswer?(id: QueryId, answer: QueryAnswer): void;
  onQueryDone(id: QueryId, result: QueryResult): void;
  /** A member, or this node, said that it is degraded, or well again. */
  onHealth?(change: "degrade" | "recover", member: SwimMember): void;
  /** The goodbye was said, or was given up on. */
  onLeft(): void;
  /** Another node has our name and lives, and the vote was for it. */
  onConflictLost(vote: ConflictVote): void;
  /** Somebody claims the name of `member` from another address. */
  onConflict(member: SwimMember): void;
  /** At an address where a member was, or that was to be joined, there is another cluster. */
  onForeign(address: Address, detail: string): void;
  /** Who the next life should look for has changed; called once for many changes. */
  onPastToKeep(members: readonly PastMember[]): void;
  /** A former life had a higher boot; persist the new one before this returns. */
  onBootRaised(boot: number): void;
}

export type JoinReport = (result: JoinResult) => void;
