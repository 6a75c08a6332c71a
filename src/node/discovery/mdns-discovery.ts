/**
 * Nodes found on a local network by multicast DNS, without anything set up: RFC 6762 and 6763. A
 * node answers for itself, and asks for the others of its cluster.
 */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { Allowance } from "../../core/allowance.ts";
import { HearsayError } from "../../core/errors.ts";
import { parseHostPort } from "../../core/host-port.ts";
import type { DiscoveredSelf, DiscoverySource } from "./discovery.api.ts";
import { loadMdns, type MdnsModule } from "./load-mdns.ts";

const SERVICE = "_hearsay._udp.local";
/** How long answers are waited for. [because: RFC 6762 §6 has them delayed up to 120 ms; doubled
 *  for a busy network, and once more] */
const ANSWERS_WAIT_MS = 500;
/** Nodes heard of in one look; a network that is larger has a name server. [guess] */
const HEARD_MAX_COUNT = 256;
/** Records of a packet; one with more is passed over, for they are compared with each other.
 *  [because: a node sends four, and 32 addresses are kept] */
const RECORDS_MAX_COUNT = 64;
/** Answers of a node in a second, whoever asks. [because: all hear the one, RFC 6762 §6] */
const ANSWERS_PER_SECOND = 10;
/** For how long others may remember an answer, seconds. [RFC 6762 §10] */
const TTL_SECONDS = 120;
const CLUSTER_MAX_LENGTH = 100;

/** Which nodes of the local network belong together. */
export interface MdnsChoice {
  /** Nodes of other clusters are not seen. */
  readonly cluster: string;
  /** Address of the network interface to use. Default: all. */
  readonly interface?: string;
}

type Mdns = ReturnType<MdnsModule>;

/** A record as it came from the network: nothing of it is believed. */
interface HeardRecord {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly data?: unknown;
}
interface HeardPacket {
  readonly answers?: readonly HeardRecord[];
  readonly additionals?: readonly HeardRecord[];
}
interface HeardQuery {
  readonly questions?: readonly { readonly name?: unknown; readonly type?: unknown }[];
}

/** @throws HearsayError CONFIG_OPTION; PACKAGE_MISSING when the node starts */
export function mdnsDiscovery(choice: MdnsChoice): DiscoverySource {
  const { cluster } = choice;
  if (cluster === "" || cluster.length > CLUSTER_MAX_LENGTH || /\p{Cc}/u.test(cluster)) {
    const rule = `a name of 1 to ${CLUSTER_MAX_LENGTH} characters`;
    throw new HearsayError("CONFIG_OPTION", `discovery: the cluster of mDNS must be ${rule}.`);
  }
  return new MdnsDiscovery(choice);
}

class MdnsDiscovery implements DiscoverySource {
  readonly what: string;
  private readonly choice: MdnsChoice;
  private readonly others = new Set<(packet: HeardPacket) => void>();
  private readonly answers = new Allowance(ANSWERS_PER_SECOND, performance.now());
  private socket: Mdns | undefined;
  private self: DiscoveredSelf | undefined;

  constructor(choice: MdnsChoice) {
    this.choice = choice;
    this.what = `mdns ${choice.cluster}`;
  }

  async open(): Promise<void> {
    const makeMdns = await loadMdns();
    const { interface: address } = this.choice;
    // Bound to the address of an interface, a socket hears no multicast on Linux.
    const socket = makeMdns(address === undefined ? {} : { interface: address, bind: "0.0.0.0" });
    socket.on("error", () => {});
    socket.on("warning", () => {});
    socket.on("query", (query: HeardQuery) => this.onQuery(query));
    socket.on("response", (packet: HeardPacket) => {
      for (const take of this.others) take(packet);
    });
    this.socket = socket;
  }

  announce(self: DiscoveredSelf): void {
    this.self = self;
    // Unasked, so that who looks just now need not wait for its next look. [RFC 6762 §8.3]
    this.socket?.respond(recordsOf(self, this.choice.cluster));
  }

  find(): Promise<readonly string[]> {
    const { socket } = this;
    if (socket === undefined) return Promise.resolve([]);
    const found = new Set<string>();
    return new Promise((resolve) => {
      const take = (packet: HeardPacket): void => {
        if (found.size >= HEARD_MAX_COUNT) return;
        for (const address of addressesIn(packet, this.choice.cluster)) found.add(address);
      };
      this.others.add(take);
      setTimeout(() => {
        this.others.delete(take);
        resolve([...found]);
      }, ANSWERS_WAIT_MS);
      socket.query([{ name: SERVICE, type: "PTR" }]);
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private onQuery({ questions = [] }: HeardQuery): void {
    const isAsked = questions.some(({ name, type }) => {
      return String(name).toLowerCase() === SERVICE && (type === "PTR" || type === "ANY");
    });
    if (!isAsked || this.self === undefined) return;
    if (this.answers.take(1, performance.now()) === 0) return;
    this.socket?.respond(recordsOf(this.self, this.choice.cluster));
  }
}

/** A node's name may hold any sign and be longer than a label of DNS: its digest stands for it. */
function recordsOf({ address, name }: DiscoveredSelf, cluster: string) {
  const place = parseHostPort(address, 0);
  const host = place?.host ?? "";
  const label = createHash("sha256").update(name).digest("hex").slice(0, 16);
  const instance = `${label}.${SERVICE}`;
  const target = `${label}.local`;
  const ttl = TTL_SECONDS;
  const srv = { target, port: place?.port ?? 0 };
  return {
    answers: [{ name: SERVICE, type: "PTR" as const, data: instance, ttl }],
    additionals: [
      { name: instance, type: "SRV" as const, data: srv, ttl },
      { name: instance, type: "TXT" as const, data: [`cluster=${cluster}`], ttl },
      {
        name: target,
        type: isIP(host) === 6 ? ("AAAA" as const) : ("A" as const),
        data: host,
        ttl,
      },
    ],
  };
}

/** Where nodes of `cluster` are, by this packet alone: a node says all of itself in one. */
export function addressesIn(packet: HeardPacket, cluster: string): readonly string[] {
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])];
  if (records.length > RECORDS_MAX_COUNT) return [];
  const named = (type: string, name: unknown): HeardRecord[] =>
    records.filter((record) => record.type === type && record.name === name);
  const found = new Set<string>();
  for (const instance of new Set(named("PTR", SERVICE).map(({ data }) => data))) {
    const isOurs = named("TXT", instance).some(({ data }) =>
      textsOf(data).includes(`cluster=${cluster}`),
    );
    if (!isOurs) continue;
    for (const { data } of named("SRV", instance)) {
      const { port, target } = serviceOf(data);
      const hosts = [...named("A", target), ...named("AAAA", target)].map((one) => one.data);
      for (const host of hosts) {
        if (typeof host !== "string" || isIP(host) === 0) continue;
        found.add(isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);
      }
    }
  }
  return [...found];
}

function serviceOf(data: unknown): { port: number; target: unknown } {
  if (typeof data !== "object" || data === null) return { port: 0, target: undefined };
  const port: unknown = Reflect.get(data, "port");
  return { port: typeof port === "number" ? port : 0, target: Reflect.get(data, "target") };
}

function textsOf(data: unknown): readonly string[] {
  const parts: readonly unknown[] = Array.isArray(data) ? data : [data];
  return parts.map((part) =>
    part instanceof Uint8Array ? Buffer.from(part).toString() : String(part),
  );
}
