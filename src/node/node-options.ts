import { hostname } from "node:os";
import { HearsayError } from "../core/errors.ts";
import type { Logger, NodeOptions } from "./api.ts";
import { discoveryOptions } from "./discovery/discovery.ts";

const NAME_MAX_BYTES = 128;
const LABEL_MAX_BYTES = 255;
const LOG_METHODS = ["debug", "info", "warn", "error"] as const;

interface OptionRule {
  /** Ends the sentence "must be …", and says how to mend it. */
  readonly rule: string;
  holds(value: unknown): boolean;
}

const text: OptionRule = { rule: "a text", holds: (value) => typeof value === "string" };
const place: OptionRule = { ...text, rule: 'a text such as "127.0.0.1:7946"' };
const numbers: OptionRule = {
  rule: "an object of single numbers or names (see docs/reference/options.md)",
  holds: (value) =>
    isRecord(value) &&
    Object.values(value).every((one) => typeof one === "number" || typeof one === "string"),
};

/** Every option of `startNode`, and what it must be. The types of api.ts say the same. */
const nodeOptionRules: Readonly<Record<keyof NodeOptions, OptionRule>> = {
  name: {
    rule: `a text of 1 to ${NAME_MAX_BYTES} bytes without control characters`,
    holds: (value) => isText(value, 1, NAME_MAX_BYTES) && !/\p{Cc}/u.test(value),
  },
  bind: place,
  advertise: place,
  join: {
    rule: 'a list of addresses such as ["10.0.0.4:7946"]',
    holds: (value) => isListOf(value, (one) => typeof one === "string"),
  },
  joinMin: {
    rule: "a whole number, at most the length of join",
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  },
  discovery: {
    rule: 'an object such as { sources: [dnsDiscovery("nodes.example")] }',
    holds: (value) =>
      isRecord(value) && isListOf(value["sources"], (one) => hasMethods(one, ["find"])),
  },
  label: {
    rule: `a text of at most ${LABEL_MAX_BYTES} bytes`,
    holds: (value) => isText(value, 0, LABEL_MAX_BYTES),
  },
  keys: {
    rule: "a list of base64 keys, the one that seals first; `hearsay keygen` makes one",
    holds: (value) => isListOf(value, (one) => typeof one === "string"),
  },
  tags: {
    rule: "an object whose values are texts",
    holds: (value) => isRecord(value) && Object.values(value).every((v) => typeof v === "string"),
  },
  dataDir: { ...text, rule: "the path of a directory of this node's own" },
  profile: oneOf("lan", "wan", "local", "swift"),
  wire: oneOf("serf", "memberlist"),
  seed: {
    rule: "a whole number of at most 53 bits",
    holds: (value) => Number.isSafeInteger(value),
  },
  transport: {
    rule: "a transport factory such as memoryNetwork()",
    holds: (value) => hasMethods(value, ["create"]),
  },
  logger: {
    rule: "an object with the methods debug, info, warn and error",
    holds: (value) => hasMethods(value, LOG_METHODS),
  },
  signal: { rule: "an AbortSignal", holds: (value) => value instanceof AbortSignal },
  swim: numbers,
  detector: {
    rule: "what phiAccrual({ … }) or heartbeats({ … }) returns",
    holds: (value) => isRecord(value) && typeof value["kind"] === "string",
  },
  serf: numbers,
  reconnect: numbers,
  broadcast: numbers,
  links: numbers,
  requests: numbers,
  queries: numbers,
  certificates: numbers,
  antiEntropy: numbers,
  plumtree: numbers,
  overlay: oneOf("rings", "hyparview"),
  hyparview: numbers,
  reachability: numbers,
  degraded: numbers,
  responder: {
    rule: 'one of "main", "worker", or an object of its options (docs/reference/options.md)',
    holds: (value) => value === "main" || value === "worker" || numbers.holds(value),
  },
  rumor: numbers,
  locks: numbers,
  replicaSets: numbers,
  infos: {
    rule: 'an object such as { schemas: { "load:*": schema } }, or {} for the defaults',
    holds: isRecord,
  },
  state: {
    rule: "an object such as { schemas: { role: schema } }, or {} for the defaults",
    holds: isRecord,
  },
  orderer: {
    rule: 'an orderer such as raft({ voters: ["p1", "p2", "p3"] })',
    holds: (value) => hasMethods(value, ["load"]),
  },
  topics: numbers,
  traces: numbers,
  tracing: {
    rule: "what openTelemetry() resolves to",
    holds: (value) => hasMethods(value, ["publish", "received"]),
  },
  aggregates: numbers,
  monitor: {
    rule: 'an object such as { sensors: ["load", "memory"] }, {} for the defaults, or "off"',
    holds: (value) => value === "off" || isRecord(value),
  },
};

/** @throws HearsayError CONFIG_OPTION naming the option, its value and the fix. */
export function checkNodeOptions(options: NodeOptions): void {
  if (!isRecord(options)) throw refusal("startNode takes one object of options");
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleOf(name);
    if (rule === undefined) {
      const known = Object.keys(nodeOptionRules).join(", ");
      throw refusal(`${name} is no option of startNode. Known: ${known}.`);
    }
    if (value === undefined || rule.holds(value)) continue;
    // A key is a secret even when it is a bad one.
    const shown = name === "keys" ? "not" : `${show(value)}, but must be`;
    throw refusal(`${name} is ${shown} ${rule.rule}.`);
  }
  checkTogether(options);
}

/** Writes nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** The host's name, made to fit beside a suffix. */
export function nameFromHost(suffix: string): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, "-")
    .slice(0, NAME_MAX_BYTES - 16);
  return `${host === "" ? "node" : host}-${suffix}`;
}

function checkTogether(options: NodeOptions): void {
  if (options.discovery !== undefined) discoveryOptions(options.discovery);
  const joinable = options.join?.length ?? 0;
  const { joinMin = 0 } = options;
  if (joinMin > joinable && options.discovery === undefined) {
    throw refusal(`joinMin is ${joinMin}, but join lists ${joinable}; add addresses or lower it.`);
  }
  if (isThreaded(options) && options.transport !== undefined) {
    throw refusal('responder: "worker" has a socket of its own, so leave transport out.');
  }
  const { via = "gossip" } = options.infos ?? {};
  if (via !== "gossip" && via !== "grpc") {
    throw refusal(`infos.via is ${show(via)}, but must be "gossip" or "grpc".`);
  }
  if (options.orderer?.storage === "disk" && options.dataDir === undefined) {
    const fix = 'give dataDir, or orderer: raft({ …, storage: "memory" }) in a test';
    throw refusal(`orderer keeps votes and log on disk, and there is none: ${fix}.`);
  }
  if (options.keys?.length === 0) {
    throw refusal("keys is an empty list; give at least one key, or leave keys out.");
  }
}

/** Whether a thread of its own has the socket. */
export function isThreaded({ responder = "main" }: NodeOptions): boolean {
  return responder !== "main";
}

function ruleOf(name: string): OptionRule | undefined {
  return Object.hasOwn(nodeOptionRules, name)
    ? Object.entries(nodeOptionRules).find(([key]) => key === name)?.[1]
    : undefined;
}

function oneOf(...names: readonly string[]): OptionRule {
  return {
    rule: `one of ${names.map((name) => JSON.stringify(name)).join(", ")}`,
    holds: (value) => typeof value === "string" && names.includes(value),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, holds: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds);
}

function isText(value: unknown, minBytes: number, maxBytes: number): value is string {
  if (typeof value !== "string") return false;
  const { length } = new TextEncoder().encode(value);
  return length >= minBytes && length <= maxBytes;
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  const members = new Map(names.map((name) => [name, Reflect.get(value, name)]));
  return [...members.values()].every((member) => typeof member === "function");
}

function show(value: unknown): string {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", detail);
}
