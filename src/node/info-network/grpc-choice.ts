import { HearsayError } from "../../core/errors.ts";
import { parseHostPort } from "../../core/host-port.ts";
import { resolveOptions } from "../../core/options.ts";
import {
  type InfoNetworkOptions,
  infoNetworkDefaults,
} from "../../data/info-network/info-network.options.ts";
import { NODE_ID_MAX } from "../../data/info-network/stamped-info.ts";
import { type GrpcOptions, grpcDefaults } from "./grpc.options.ts";
import type { GrpcInfosChoice, InfosTls } from "./info-network.api.ts";

const DEFAULT_PACKAGE = "cockroach.gossip";
const ADDRESSES_MAX_COUNT = 1_000;
/** Addresses and ids beside infos and stamps in a message. [guess] */
const BESIDE_INFOS_BYTES = 4_096;
/** An id and a stamp, with their tags. */
const STAMP_MAX_BYTES = 20;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** What the user's choice says, checked. */
export interface GrpcChoice {
  readonly nodeId: number;
  /** 16 bytes; none when it is to be learnt. */
  readonly clusterId: Uint8Array;
  readonly listen: string;
  readonly advertise: string | undefined;
  readonly resolvers: readonly string[];
  readonly packageName: string;
  readonly sentinel: "hold" | "follow";
  readonly tls: InfosTls | undefined;
  readonly network: InfoNetworkOptions;
  readonly grpc: GrpcOptions;
}

/** @throws HearsayError CONFIG_OPTION */
export function grpcChoice(choice: GrpcInfosChoice): GrpcChoice {
  const { advertise, clusterId, listen, nodeId, packageName, resolvers, sentinel, tls } = choice;
  if (!Number.isInteger(nodeId) || nodeId < 1 || nodeId > NODE_ID_MAX) {
    throw refusal(`nodeId must be a whole number from 1 to ${NODE_ID_MAX}, of this node alone`);
  }
  checkPlace("listen", listen);
  if (advertise !== undefined) checkPlace("advertise", advertise);
  if (sentinel !== undefined && sentinel !== "hold" && sentinel !== "follow") {
    throw refusal('sentinel must be "hold" or "follow"');
  }
  const known = resolversOf(resolvers ?? []);
  const holds = (sentinel ?? (known.length === 0 ? "hold" : "follow")) === "hold";
  if (holds && clusterId === undefined) {
    throw refusal("clusterId is needed where the sentinel is held: others learn it from there");
  }
  return {
    nodeId,
    clusterId: uuidBytes(clusterId),
    listen,
    advertise,
    resolvers: known,
    packageName: packageName ?? DEFAULT_PACKAGE,
    sentinel: holds ? "hold" : "follow",
    tls: tlsOf(tls),
    ...numbersOf(choice),
  };
}

/** A UUID as text; undefined for no bytes. */
export function uuidText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const hex = Buffer.from(bytes).toString("hex");
  const ends = [8, 12, 16, 20, 32];
  return ends.map((end, at) => hex.slice(ends[at - 1] ?? 0, end)).join("-");
}

function uuidBytes(text: string | undefined): Uint8Array {
  if (text === undefined) return new Uint8Array(0);
  const bytes = UUID.test(text) ? Buffer.from(text.replaceAll("-", ""), "hex") : Buffer.alloc(0);
  if (bytes.some((byte) => byte !== 0)) return Uint8Array.from(bytes);
  const example = "such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8 (`uuidgen` makes one)";
  throw refusal(`clusterId must be a UUID that is not all zeros, ${example}`);
}

function resolversOf(resolvers: unknown): readonly string[] {
  if (!Array.isArray(resolvers) || resolvers.length > ADDRESSES_MAX_COUNT) {
    throw refusal('resolvers must be a list of addresses such as ["10.0.0.4:26257"]');
  }
  return resolvers.map((one: unknown) => checkPlace("resolvers", one));
}

function checkPlace(name: string, text: unknown): string {
  const place = typeof text === "string" ? parseHostPort(text, -1) : undefined;
  if (typeof text === "string" && place !== undefined && place.port >= 0) return text;
  throw refusal(`${name} must be host:port, such as "127.0.0.1:26257"`);
}

function tlsOf(tls: InfosTls | undefined): InfosTls | undefined {
  if (tls === undefined) return undefined;
  const isWhole =
    typeof tls === "object" &&
    tls !== null &&
    [tls.ca, tls.cert, tls.key, tls.serverName ?? ""].every((one) => typeof one === "string");
  if (isWhole) return tls;
  throw refusal("tls must have ca, cert and key as PEM texts");
}

/** What of a choice is no number. */
const wordNames: ReadonlySet<string> = new Set<keyof GrpcInfosChoice>([
  "advertise",
  "clusterId",
  "codec",
  "listen",
  "nodeId",
  "packageName",
  "resolvers",
  "schemas",
  "sentinel",
  "tls",
  "via",
]);

function numbersOf(choice: GrpcInfosChoice): Pick<GrpcChoice, "grpc" | "network"> {
  const numbers: Record<string, number | undefined> = {};
  for (const [name, value] of Object.entries<unknown>({ ...choice })) {
    if (wordNames.has(name)) continue;
    if (value !== undefined && typeof value !== "number") throw refusal(`${name} is a number`);
    numbers[name] = value;
  }
  const all = resolveOptions("infos", { ...infoNetworkDefaults, ...grpcDefaults }, numbers);
  checkNumbers(all);
  return { network: all, grpc: all };
}

function checkNumbers(all: InfoNetworkOptions & GrpcOptions): void {
  for (const [name, value] of Object.entries(all)) {
    // Tombstones, pauses and margins may be nothing; a bound of none would let nothing happen.
    if (value === 0 && name.endsWith("MaxCount")) throw refusal(`${name} must be 1 or more`);
  }
  const { deltaMaxBytes, messageMaxBytes, originsMaxCount, queueMaxBytes, valueMaxBytes } = all;
  if (valueMaxBytes > deltaMaxBytes) throw refusal("valueMaxBytes must fit deltaMaxBytes");
  const needed = deltaMaxBytes + originsMaxCount * STAMP_MAX_BYTES + BESIDE_INFOS_BYTES;
  if (messageMaxBytes < needed) {
    throw refusal(`messageMaxBytes must be ${needed} or more, for a delta and all stamps`);
  }
  if (queueMaxBytes < messageMaxBytes) throw refusal("queueMaxBytes must hold messageMaxBytes");
}

function refusal(rule: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `infos.${rule}.`);
}
