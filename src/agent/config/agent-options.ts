/** What a configuration means: the options of the node, and what the agent does beside it. */
import { readFileSync } from "node:fs";
import { HearsayError } from "../../core/errors.ts";
import type { DiscoverySource, HistoryChoice, NodeOptions } from "../../node/api.ts";
import { heartbeats, phiAccrual } from "../../node/detectors/detector-choice.ts";
import {
  dnsDiscovery,
  kubernetesDiscovery,
  srvDiscovery,
} from "../../node/discovery/dns-discovery.ts";
import { mdnsDiscovery } from "../../node/discovery/mdns-discovery.ts";
import { raft } from "../../node/orderer/raft-choice.ts";
import { type EtcdAccess, etcd } from "../../orderer/etcd.ts";
import { secretLines } from "../secret-lines.ts";
import type { Histories, Orders, Ways } from "../topic-book.ts";
import { keysOf } from "./config-secrets.ts";
import type { Pairs } from "./setting.ts";
import type { AgentConfig } from "./settings.ts";

/** Settings that the node has under the same name. */
const PLAIN = [
  ...(["name", "bind", "advertise", "join", "joinMin", "label"] as const),
  ...(["dataDir", "overlay", "profile", "responder", "wire", "tags"] as const),
] as const;

/**
 * Only what was asked for: the rest is the node's own default.
 * @throws HearsayError CONFIG_OPTION
 */
export function nodeOptionsOf(config: AgentConfig): NodeOptions {
  const plain = PLAIN.filter((name) => config[name] !== undefined);
  const keys = keysOf(config);
  return {
    ...Object.fromEntries(plain.map((name) => [name, config[name]])),
    ...(keys === undefined ? {} : { keys }),
    ...(config.swim === undefined ? {} : { swim: numbersOf(config.swim) }),
    ...detectorOf(config),
    ...monitorOf(config),
    ...tracesOf(config),
    ...discoveryOf(config),
    ...infosOf(config),
    ...ordererOf(config),
  };
}

/**
 * The same with what must be loaded for it.
 * @throws HearsayError CONFIG_OPTION, PACKAGE_MISSING
 */
export async function loadedOptionsOf(config: AgentConfig): Promise<NodeOptions> {
  const options = nodeOptionsOf(config);
  if (config.tracing !== "opentelemetry") return options;
  const { openTelemetry } = await import("../../node/tracing/open-telemetry.ts");
  return { ...options, tracing: await openTelemetry() };
}

/** `TOPIC`, or `TOPIC=COUNT` for the most messages that are kept. */
export function historiesOf(texts: readonly string[]): Histories {
  const entries = texts.map((text): [string, HistoryChoice] => {
    const [, topic = text, count] = /^(.+)=(\d+)$/.exec(text) ?? [];
    return [topic, count === undefined ? {} : { keptMaxCount: Number(count) }];
  });
  return Object.fromEntries(entries);
}

/** `TOPIC`, or `TOPIC=GROUP` for one of several that are one conversation. */
export function ordersOf(texts: readonly string[]): Orders {
  const entries = texts.map((text): [string, Orders[string]] => {
    const [, topic = text, causalGroup] = /^(.+)=(.+)$/.exec(text) ?? [];
    return [topic, { order: "causal", ...(causalGroup !== undefined && { causalGroup }) }];
  });
  return Object.fromEntries(entries);
}

/** `TOPIC=WAY`. @throws HearsayError CONFIG_OPTION */
export function waysOf(texts: readonly string[]): Ways {
  const entries = texts.map((text): [string, "plumtree" | "rumor"] => {
    const [, topic, way] = /^(.+)=(.+)$/.exec(text) ?? [];
    if (topic !== undefined && (way === "plumtree" || way === "rumor")) return [topic, way];
    const rule = "must be TOPIC=plumtree or TOPIC=rumor";
    throw new HearsayError("CONFIG_OPTION", `via ${rule}, and not ${JSON.stringify(text)}.`);
  });
  return Object.fromEntries(entries);
}

/** Text that is a number becomes one; the node refuses what fits no option. */
function numbersOf(pairs: Pairs): Record<string, number | string> {
  const entries = Object.entries(pairs).map(([name, text]): [string, number | string] => {
    const isNumber = /^-?\d+(\.\d+)?$/.test(text);
    return [name, isNumber ? Number(text) : text];
  });
  return Object.fromEntries(entries);
}

/** The two presets of phi accrual stand as they are used there: gossiped, or to neighbours. */
function detectorOf({ detector }: AgentConfig): Pick<NodeOptions, "detector"> {
  switch (detector) {
    case undefined:
      return {};
    case "heartbeats":
      return { detector: heartbeats() };
    case "akka":
      return { detector: phiAccrual({ preset: "akka", heartbeat: { spread: "neighbours" } }) };
    case "cassandra":
      return { detector: phiAccrual({ preset: "cassandra" }) };
    default:
      return { detector: phiAccrual() };
  }
}

/** An agent takes part unless it is told not to. */
function monitorOf(config: AgentConfig): Pick<NodeOptions, "monitor"> {
  const sensors = config["monitor.sensors"];
  const groupTag = config["monitor.groupTag"];
  if (config["monitor.part"] === "off") {
    const others = [sensors, groupTag, config["monitor.alerts"]];
    if (others.every((one) => one === undefined)) return { monitor: "off" };
    const fix = "take away monitor.part, or monitor.sensors, monitor.groupTag and monitor.alerts";
    throw new HearsayError("CONFIG_OPTION", `monitor.part is "off", but more is asked; ${fix}.`);
  }
  return { monitor: { ...(sensors && { sensors }), ...(groupTag && { groupTag }) } };
}

function tracesOf(config: AgentConfig): Pick<NodeOptions, "traces"> {
  const keptMaxCount = config["traces.kept"];
  return keptMaxCount === undefined ? {} : { traces: { keptMaxCount } };
}

function discoveryOf(config: AgentConfig): Pick<NodeOptions, "discovery"> {
  const everyMs = config["discovery.everyMs"];
  const mdns = config["discovery.mdns"];
  const servers = config["discovery.server"] ?? [];
  const sources: DiscoverySource[] = [
    ...(config["discovery.dns"] ?? []).map((name) => dnsDiscovery(name, { servers })),
    ...(config["discovery.srv"] ?? []).map((name) => srvDiscovery(name, { servers })),
    ...(config["discovery.kubernetes"] ?? []).map((text) => {
      const [service = "", namespace] = text.split(".");
      const where = namespace === undefined ? {} : { namespace };
      return kubernetesDiscovery(service, { ...where, servers });
    }),
    ...(mdns === undefined ? [] : [mdnsDiscovery({ cluster: mdns })]),
  ];
  if (sources.length === 0) return {};
  return { discovery: { sources, ...(everyMs !== undefined && { options: { everyMs } }) } };
}

function infosOf(config: AgentConfig): Pick<NodeOptions, "infos"> {
  const listen = config["infoNetwork.listen"];
  const advertise = config["infoNetwork.advertise"];
  const clusterId = config["infoNetwork.cluster"];
  const nodeId = config["infoNetwork.id"];
  const resolvers = config["infoNetwork.resolvers"] ?? [];
  if (listen === undefined) {
    const isHalf = [advertise, clusterId, nodeId].some((setting) => setting !== undefined);
    if (!isHalf && resolvers.length === 0) return {};
    throw new HearsayError("USAGE", "Say where gRPC listens too: --info-listen HOST:PORT.");
  }
  if (nodeId === undefined) {
    throw new HearsayError("USAGE", "Say which id this node has in the info network: --info-id N.");
  }
  // Values of the command line are JSON, and others may read them.
  const given = { via: "grpc", nodeId, listen, resolvers, codec: "json" } as const;
  const infos = {
    ...given,
    ...(advertise !== undefined && { advertise }),
    ...(clusterId !== undefined && { clusterId }),
  };
  return { infos };
}

function ordererOf(config: AgentConfig): Pick<NodeOptions, "orderer"> {
  const hosts = config["order.etcdHosts"];
  const voters = config["order.voters"];
  const group = config["order.group"];
  const storage = config["order.storage"];
  const namespace = config["order.etcdNamespace"];
  if (hosts === undefined) refuseLonelyEtcd(config);
  if (voters === undefined) {
    if (hosts === undefined) return {};
    const fix = "say which nodes must have the data of an event: --voters a,b,c (order.voters)";
    throw new HearsayError("CONFIG_OPTION", `An order by etcd needs voters; ${fix}.`);
  }
  const common = { voters, ...(group && { group }), ...(storage && { storage }) };
  if (hosts === undefined) return { orderer: raft(common) };
  const access = { ...etcdAccessOf(config), ...(namespace && { namespace }) };
  return { orderer: etcd({ ...common, hosts, ...access }) };
}

/** What says how to reach an etcd, where none is named. */
function refuseLonelyEtcd(config: AgentConfig): void {
  const lonely = ETCD_KEYS.find((key) => config[key] !== undefined);
  if (lonely === undefined) return;
  const fix = "name its hosts too (order.etcdHosts, --etcd HOST:PORT), or take it away";
  throw new HearsayError("CONFIG_OPTION", `${lonely} is for an order by etcd; ${fix}.`);
}

function etcdAccessOf(config: AgentConfig): Pick<EtcdAccess, "auth" | "credentials"> {
  const username = config["order.etcdUser"];
  const passwordFile = config["order.etcdPasswordFile"];
  if ((username === undefined) !== (passwordFile === undefined)) {
    const fix = "give both order.etcdUser and order.etcdPasswordFile";
    throw new HearsayError("CONFIG_OPTION", `Half of what etcd asks for is missing; ${fix}.`);
  }
  const password = passwordFile && secretLines(passwordFile, "order.etcdPasswordFile")[0];
  const rootCertificate = pemOf(config, "order.etcdCaFile");
  const certChain = pemOf(config, "order.etcdCertFile");
  const privateKey = pemOf(config, "order.etcdKeyFile");
  const isHalf = (certChain === undefined) !== (privateKey === undefined);
  if (isHalf || (certChain !== undefined && rootCertificate === undefined)) {
    const fix = "give order.etcdCertFile and order.etcdKeyFile both, and order.etcdCaFile";
    throw new HearsayError("CONFIG_OPTION", `A certificate of etcd's is not complete; ${fix}.`);
  }
  const own = { ...(certChain && { certChain }), ...(privateKey && { privateKey }) };
  return {
    ...(username && password && { auth: { username, password } }),
    ...(rootCertificate && { credentials: { rootCertificate, ...own } }),
  };
}

const ETCD_KEYS = [
  ...(["order.etcdNamespace", "order.etcdUser", "order.etcdPasswordFile"] as const),
  ...(["order.etcdCaFile", "order.etcdCertFile", "order.etcdKeyFile"] as const),
] as const;

type PemKey = "order.etcdCaFile" | "order.etcdCertFile" | "order.etcdKeyFile";

function pemOf(config: AgentConfig, key: PemKey): Buffer | undefined {
  const path = config[key];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const detail = `${key} is ${JSON.stringify(path)}, which cannot be read (${reason})`;
    throw new HearsayError("CONFIG_OPTION", `${detail}.`, { cause: error });
  }
}
