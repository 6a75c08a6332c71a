import { HearsayError } from "../core/errors.ts";
import { oneOf, resolveOptions } from "../core/options.ts";
import { aggregateOptions } from "../data/aggregate/aggregate.options.ts";
import { type InfoOptions, infoDefaults } from "../data/info/info.options.ts";
import { lockOptions } from "../data/locks/locks.options.ts";
import { type MonitorOptions, monitorOptions } from "../data/monitor/monitor.options.ts";
import {
  type NodeStateOptions,
  nodeStateDefaults,
  nodeStateProblem,
} from "../data/node-state/node-state.options.ts";
import { replicaSetDefaults } from "../data/replica-set/replica-set.options.ts";
import { agreementDefaults } from "../exchange/agreement/agreement.options.ts";
import { antiEntropyDefaults } from "../exchange/anti-entropy/anti-entropy.options.ts";
import { broadcastDefaults } from "../exchange/broadcast/broadcast.options.ts";
import { plumtreeDefaults } from "../exchange/plumtree/plumtree.options.ts";
import { checkRumorOptions, rumorDefaults } from "../exchange/rumor/rumor.options.ts";
import { degradedOptions } from "../peers/degraded/degraded.options.ts";
import { hyparviewOptions } from "../peers/hyparview/hyparview.options.ts";
import {
  reachabilityDefaults,
  reachabilityProblem,
} from "../peers/reachability/reachability.options.ts";
import { reconnectDefaults, reconnectProblem } from "../peers/reconnect/reconnect.options.ts";
import { serfDefaults, serfProblem } from "../peers/serf/serf.options.ts";
import { successionDefaults } from "../peers/succession/succession.options.ts";
import { swimOptions } from "../peers/swim/swim.options.ts";
import type { NodeOptions } from "./api.ts";
import { certificatesDefaults } from "./certificates/certificates.options.ts";
import { detectorOptions } from "./detectors/detector-choice.ts";
import { linksDefaults } from "./links/links.options.ts";
import { checkBuiltIn } from "./monitor/built-in.ts";
import { queriesDefaults } from "./queries/queries.options.ts";
import { requestsDefaults } from "./requests/requests.options.ts";
import { responderOptions } from "./responder/responder.options.ts";
import type { StackOptions } from "./stack/stack.contract.ts";
import { type TopicsOptions, topicsDefaults } from "./topics/topics.options.ts";
import { tracesDefaults } from "./traces/traces.options.ts";

const antiEntropyChoices = {
  ...antiEntropyDefaults,
  mode: oneOf("pushPull", "push", "pull"),
  ordering: oneOf("breadth", "depth"),
  flowControl: oneOf("off", "aimd"),
} as const;

/**
 * The numbers of all slices: defaults, then the profile, then what the user overrides. Serf's that
 * follow SWIM's do so unless given.
 * @throws HearsayError CONFIG_OPTION
 */
export function sliceOptions(options: NodeOptions): StackOptions {
  const swim = swimOptions(options.profile ?? "lan", options.swim);
  const { gossipIntervalMs, retransmitMultiplier } = swim;
  const given = { gossipIntervalMs, retransmitMultiplier, ...options.serf };
  const serf = resolveOptions("serf", serfDefaults, given, serfProblem);
  const reconnect = resolveOptions(
    "reconnect",
    reconnectDefaults,
    options.reconnect,
    reconnectProblem,
  );
  const broadcast = resolveOptions("broadcast", broadcastDefaults, options.broadcast);
  refuseZero("broadcast", broadcast, [
    "fanoutCount",
    "flushPacketsCount",
    "queueMaxCount",
    "tagsMaxCount",
    "originsMaxCount",
    "gapsMaxCount",
    "streamsMaxCount",
    "streamAttemptsCount",
  ]);
  const agreement = resolveOptions("agreement", agreementDefaults);
  const antiEntropy = resolveOptions("antiEntropy", antiEntropyChoices, options.antiEntropy);
  refuseZero("antiEntropy", antiEntropy, ["roundIntervalMs", "fanoutCount", "claimsMaxCount"]);
  const replicaSets = resolveOptions("replicaSets", replicaSetDefaults, options.replicaSets);
  refuseZero("replicaSets", replicaSets, ["upkeepIntervalMs", "recordsMaxCount"]);
  const linked = linkOptions(options);
  const plumtree = resolveOptions("plumtree", plumtreeDefaults, options.plumtree);
  const rumor = resolveOptions("rumor", rumorDefaults, options.rumor, checkRumorOptions);
  return {
    ...linked,
    swim,
    serf,
    reconnect,
    succession: resolveOptions("succession", successionDefaults),
    broadcast,
    agreement,
    antiEntropy,
    replicaSets,
    infos: infoOptions(options),
    aggregates: aggregateOptions(options.aggregates),
    monitor: chosenMonitorOptions(options),
    monitoring: options.monitor === "off" ? "off" : "on",
    nodeState: stateOptions(options, linked.links.messageMaxBytes),
    plumtree,
    overlay: options.overlay ?? "rings",
    hyparview: hyparviewOptions(options.hyparview),
    ...healthOptions(options),
    rumor,
    locks: lockOptions(options.locks),
    topics: topicOptions(options, linked.links.messageMaxBytes),
    traces: resolveOptions("traces", tracesDefaults, options.traces),
  };
}

/** How nodes find out how they and others are. @throws HearsayError CONFIG_OPTION */
function healthOptions(options: NodeOptions) {
  const { degraded, detector, reachability, responder } = options;
  return {
    reachability: resolveOptions(
      "reachability",
      reachabilityDefaults,
      reachability,
      reachabilityProblem,
    ),
    degraded: degradedOptions(degraded),
    detector: detectorOptions(detector),
    responder: responderOptions(typeof responder === "object" ? responder : {}),
  };
}

/** @throws HearsayError CONFIG_OPTION */
function topicOptions(options: NodeOptions, messageMaxBytes: number): TopicsOptions {
  const topics = resolveOptions("topics", topicsDefaults, options.topics);
  refuseZero("topics", topics, [
    "recentMaxCount",
    "originsMaxCount",
    "gapsMaxCount",
    "neighboursCount",
    "relayMaxCount",
  ]);
  checkTopics(topics, messageMaxBytes);
  return topics;
}

/** @throws HearsayError CONFIG_OPTION */
function infoOptions(options: NodeOptions): InfoOptions {
  const { infos: choice = {} } = options;
  // Those of the info network are its own.
  if (choice.via === "grpc") return infoDefaults;
  const { codec: _, schemas: __, via: ___, ...numbers } = choice;
  const infos = resolveOptions("infos", infoDefaults, numbers);
  refuseZero("infos", infos, ["keysMaxCount", "keyMaxBytes", "supersededMaxCount"]);
  return infos;
}

/** @throws HearsayError CONFIG_OPTION */
function chosenMonitorOptions({ monitor = {} }: NodeOptions): MonitorOptions {
  if (monitor === "off") return monitorOptions();
  const { groupTag, sensors, ...numbers } = monitor;
  if (groupTag !== undefined && typeof groupTag !== "string") {
    throw new HearsayError("CONFIG_OPTION", "monitor.groupTag must be the name of a tag.");
  }
  checkBuiltIn(sensors ?? []);
  return monitorOptions({ ...numbers });
}

/** @throws HearsayError CONFIG_OPTION */
function stateOptions(options: NodeOptions, messageMaxBytes: number): NodeStateOptions {
  const { codec: _, schemas: __, ...given } = options.state ?? {};
  const state = resolveOptions("state", nodeStateDefaults, given, nodeStateProblem);
  if (state.messageMaxBytes <= messageMaxBytes) return state;
  const rule = `at most ${messageMaxBytes}, or links.messageMaxBytes larger`;
  throw new HearsayError("CONFIG_OPTION", `state.messageMaxBytes must be ${rule}.`);
}

/** Names and numbers beside the value of a message. [guess] */
const BESIDE_VALUE_BYTES = 65_536;

/** @throws HearsayError CONFIG_OPTION */
function checkTopics(topics: TopicsOptions, messageMaxBytes: number): void {
  if (topics.neighboursCount % 2 !== 0) {
    throw new HearsayError("CONFIG_OPTION", "topics.neighboursCount must be even: two a ring.");
  }
  const most = messageMaxBytes - BESIDE_VALUE_BYTES;
  if (topics.valueMaxBytes <= most) return;
  const rule = `at most ${most}, or links.messageMaxBytes larger by as much`;
  throw new HearsayError("CONFIG_OPTION", `topics.valueMaxBytes must be ${rule}.`);
}

function linkOptions(
  options: NodeOptions,
): Required<Pick<StackOptions, "links" | "requests" | "queries" | "certificates">> {
  const links = resolveOptions("links", linksDefaults, options.links);
  refuseZero("links", links, [
    "dialTimeoutMs",
    "introductionMaxMs",
    "heartbeatIntervalMs",
    "recordTargetBytes",
    "recordMaxBytes",
    "messageMaxBytes",
    "writeAheadBytes",
    "queueMaxBytes",
    "queueMaxCount",
    "peersMaxCount",
    "ipsMaxCount",
    "acceptsPerIpPerSecond",
    "slowPeerAfterMs",
  ]);
  const requests = resolveOptions("requests", requestsDefaults, options.requests);
  const queries = resolveOptions("queries", queriesDefaults, options.queries);
  const certificates = resolveOptions("certificates", certificatesDefaults, options.certificates);
  refuseZero("certificates", certificates, ["askMinMs", "askMaxMs"]);
  return { links, requests, queries, certificates };
}

/** Counts without which nothing would ever move. */
function refuseZero<Options extends object>(
  slice: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  for (const name of names) {
    if (options[name] !== 0) continue;
    throw new HearsayError("CONFIG_OPTION", `${slice}.${name} is 0, but must be 1 or more.`);
  }
}
