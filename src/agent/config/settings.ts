/**
 * Every setting of an agent: the one schema of file, variables and flags. A key with a dot stands
 * in a section of the file. The variable of `order.etcdHosts` is HEARSAY_ORDER_ETCD_HOSTS.
 */
import type { z } from "zod";
import { builtInSensors } from "../../node/monitor/built-in.ts";
import { sensorNames } from "../metrics/sensors.ts";
import { ALERT_RULE, alertProblem } from "./alert-rules.ts";
import {
  checkedList,
  choice,
  choices,
  list,
  pairs,
  readPairs,
  type Setting,
  secrets,
  text,
  whole,
} from "./setting.ts";

const nodeSettings = {
  name: text({
    flag: "--name <name>",
    doc: "unique in the cluster (default: host name and a suffix)",
  }),
  bind: text({
    flag: "--bind <host:port>",
    doc: "where to listen, UDP and TCP (default: 127.0.0.1:7946)",
  }),
  advertise: text({
    flag: "--advertise <host:port>",
    doc: "address told to others (default: where it is bound)",
  }),
  join: list({
    flag: "--join <host:port>",
    doc: "a node of the cluster (repeatable)",
    isLive: true,
  }),
  joinMin: whole(0, 100, {
    flag: "--join-min <n>",
    doc: "wait with the start until so many have answered (default: 0)",
  }),
  tags: pairs({
    flag: "--tag <name=value>",
    doc: "a tag that others see (repeatable)",
    isLive: true,
  }),
  keys: secrets({
    flag: "--key <base64>",
    variable: "HEARSAY_KEY",
    doc: "encrypts packets (repeatable; the first one seals)",
  }),
  keyringFile: text({
    flag: "--keyring-file <path>",
    doc: "keys, one a line, the one that seals first",
    isLive: true,
  }),
  label: text({
    flag: "--label <label>",
    doc: "keeps clusters apart that share a network",
  }),
  dataDir: text({
    flag: "--data-dir <path>",
    doc: "where name, counters and known members survive a restart",
  }),
  profile: choice(["lan", "wan", "local", "swift"], { flag: "--profile <name>", doc: "timing" }),
  wire: choice(["serf", "memberlist"], { flag: "--wire <name>", doc: "whom to speak with" }),
  overlay: choice(["rings", "hyparview"], {
    flag: "--overlay <name>",
    doc: "what trees stand on",
  }),
  responder: choice(["main", "worker"], {
    flag: "--responder <thread>",
    doc: "who answers probes while the main thread is busy",
  }),
  detector: choice(["phi-accrual", "akka", "cassandra", "heartbeats"], {
    flag: "--detector <name>",
    doc: "find the dead beside SWIM, too; the same on all nodes",
  }),
} as const;

const discoverySettings = {
  "discovery.dns": list({
    flag: "--discover-dns <name[:port]>",
    doc: "find nodes by A and AAAA records (repeatable; port default: 7946)",
  }),
  "discovery.srv": list({
    flag: "--discover-srv <name>",
    doc: "find nodes by SRV records (repeatable)",
  }),
  "discovery.kubernetes": list({
    flag: "--discover-kubernetes <service[.namespace]>",
    doc: "find nodes by a headless service (repeatable)",
  }),
  "discovery.mdns": text({
    flag: "--discover-mdns <cluster>",
    doc: "find nodes of this cluster on the local network, and be found",
  }),
  "discovery.server": list({
    flag: "--dns-server <ip[:port]>",
    doc: "ask this resolver (repeatable; default: the system's)",
  }),
  "discovery.everyMs": whole(100, 86_400_000, {
    flag: "--discover-every <ms>",
    doc: "how often to look again (default: 60000)",
  }),
} as const;

/** The name and password of a host would be printed and logged with it. */
function etcdHostProblem(host: string): string | undefined {
  if (!host.includes("@")) return undefined;
  return "holds a name or password; give order.etcdUser and order.etcdPasswordFile instead";
}

const orderSettings = {
  "order.voters": list({
    flag: "--voters <names>",
    doc: "order by Raft: its first voters, as a,b,c (see order)",
  }),
  "order.group": text({
    flag: "--order-group <name>",
    doc: "what the group of --voters is called (default: main)",
  }),
  "order.storage": choice(["disk", "memory"], {
    flag: "--order-storage <where>",
    doc: "where it is kept",
  }),
  "order.etcdHosts": checkedList(etcdHostProblem, {
    flag: "--etcd <host:port>",
    doc: "order by an etcd instead of Raft: a member of it (repeatable)",
  }),
  "order.etcdNamespace": text({
    flag: "--etcd-namespace <prefix>",
    doc: "… what all keys begin with (default: hearsay/GROUP/)",
  }),
  "order.etcdUser": text({ flag: "--etcd-user <name>", doc: "… name, where etcd asks for one" }),
  "order.etcdPasswordFile": text({
    flag: "--etcd-password-file <path>",
    doc: "… and the file with its password",
  }),
  "order.etcdCaFile": text({
    flag: "--etcd-ca-file <path>",
    doc: "… certificate of its authority, as PEM, for https:// hosts",
  }),
  "order.etcdCertFile": text({
    flag: "--etcd-cert-file <path>",
    doc: "… this client's certificate",
  }),
  "order.etcdKeyFile": text({ flag: "--etcd-key-file <path>", doc: "… and its key" }),
} as const;

const dataSettings = {
  history: list({
    flag: "--history <topic[=n]>",
    doc: "keep the past of a topic, n messages (repeatable)",
  }),
  causal: list({
    flag: "--causal <topic[=group]>",
    doc: "tell a topic in causal order (repeatable)",
  }),
  via: list({
    flag: "--via <topic=way>",
    doc: "how a topic travels: plumtree, or rumor (repeatable; the same on all nodes)",
  }),
  aggregates: choices(sensorNames, {
    flag: "--aggregate <sensor>",
    doc: "take part in an aggregate (repeatable)",
  }),
  "monitor.sensors": choices(builtInSensors, {
    flag: "--sensor <name>",
    doc: "measure this, and tell the others (repeatable; default: all but diskFree)",
  }),
  "monitor.groupTag": text({
    flag: "--group-tag <name>",
    doc: "who shares the value of this tag watches each other (default: by hash)",
  }),
  "monitor.part": choice(["on", "off"], {
    flag: "--monitor <how>",
    doc: "off: measure nothing, and be left out of what others make of it; default on",
  }),
  "monitor.alerts": readPairs(alertProblem, ALERT_RULE, {
    flag: "--alert <name=rule>",
    doc: "say when a sensor is above or below a number (repeatable; the same on all nodes)",
    isLive: true,
  }),
  "traces.kept": whole(0, 100_000, {
    flag: "--traces-kept <n>",
    doc: "messages whose ways are remembered (default: 512; 0: none)",
  }),
  answers: pairs({
    flag: "--answer <query=text>",
    doc: "answer to a query of this name (repeatable)",
  }),
  tracing: choice(["off", "opentelemetry"], {
    flag: "--tracing <how>",
    doc: "spans of publishes, to the provider that the process has registered",
  }),
  swim: pairs({
    flag: "--swim <name=value>",
    doc: "override one number of SWIM (repeatable)",
  }),
  "infoNetwork.listen": text({
    flag: "--info-listen <host:port>",
    doc: "let infos travel by gRPC: where its server listens",
  }),
  "infoNetwork.advertise": text({
    flag: "--info-advertise <host:port>",
    doc: "… where others dial it (default: where it listens)",
  }),
  "infoNetwork.id": whole(1, 2 ** 31 - 1, {
    flag: "--info-id <n>",
    doc: "… this node's id in the info network",
  }),
  "infoNetwork.cluster": text({
    flag: "--info-cluster <uuid>",
    doc: "… id of the network (default: that of whoever is dialled)",
  }),
  "infoNetwork.resolvers": list({
    flag: "--info-resolver <host:port>",
    doc: "… a node to ask first (repeatable)",
  }),
} as const;

const adminSettings = {
  "admin.listen": text({
    flag: "--admin <host:port>",
    doc: "where the admin API listens (default: 127.0.0.1:7980)",
  }),
  "admin.token": secrets({
    flag: "--token <token>",
    variable: "HEARSAY_TOKEN",
    doc: "asked of clients; required unless --admin is loopback",
    isLive: true,
  }),
  "admin.writeToken": secrets({
    flag: "--write-token <token>",
    variable: "HEARSAY_WRITE_TOKEN",
    doc: "… of those who may read and write, but not change the cluster",
    isLive: true,
  }),
  "admin.readToken": secrets({
    flag: "--read-token <token>",
    variable: "HEARSAY_READ_TOKEN",
    doc: "… of those who may only read",
    isLive: true,
  }),
  "admin.tokenFile": text({
    flag: "--token-file <path>",
    variable: "HEARSAY_TOKEN_FILE",
    doc: "tokens, one a line, each with its role: read, write or admin",
    isLive: true,
  }),
  "admin.requestsPerSecond": whole(1, 1_000_000, {
    flag: "--admin-rate <n>",
    doc: "requests of one client in a second (default: 500)",
  }),
  "log.level": choice(["debug", "info", "warn", "error"], {
    flag: "--log-level <level>",
    doc: "what to log on stderr, default info",
    isLive: true,
  }),
  "log.format": choice(["json", "text", "pretty"], {
    flag: "--log <format>",
    doc: "how; default: text, also called pretty, on a terminal, else json",
  }),
} as const;

export const settings = {
  ...nodeSettings,
  ...discoverySettings,
  ...orderSettings,
  ...dataSettings,
  ...adminSettings,
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingKey = keyof typeof settings;

/** The value of each setting that was given anywhere. */
export type AgentConfig = {
  readonly [K in SettingKey]?: z.output<(typeof settings)[K]["schema"]>;
};

export const settingKeys: readonly SettingKey[] = Object.keys(settings).filter(isSettingKey);

export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(settings, text);
}

export function settingOf(key: SettingKey): Setting {
  return settings[key];
}

/** `order.etcdHosts` is HEARSAY_ORDER_ETCD_HOSTS. */
export function variableOf(key: SettingKey): string {
  const { variable } = settingOf(key);
  const words = key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).replaceAll(".", "_");
  return variable ?? `HEARSAY_${words.toUpperCase()}`;
}

/** `--discover-dns <name>` is `--discover-dns`. */
export function flagOf(key: SettingKey): string {
  return settingOf(key).flag.split(" ")[0] ?? "";
}
