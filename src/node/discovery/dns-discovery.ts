/** Nodes found by DNS: address records, service records, a headless service of Kubernetes. */
import { lookup, Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { HearsayError } from "../../core/errors.ts";
import { parseHostPort } from "../../core/host-port.ts";
import type { DiscoverySource } from "./discovery.api.ts";

/** memberlist's and Serf's port. */
const DEFAULT_PORT = 7_946;
/** One try of a resolver. [because: resolv.conf has 5 s; a node has others to ask] */
const TRY_TIMEOUT_MS = 2_000;
const TRIES_COUNT = 2;
/** Targets of one service that are looked up. [because: 32 addresses are kept of them] */
const TARGETS_MAX_COUNT = 64;
const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** Which resolvers `dnsDiscovery` and `srvDiscovery` ask. */
export interface DnsChoice {
  /** Resolvers to ask, `ip` or `ip:port`. Default: the system's, with its hosts file. */
  readonly servers?: readonly string[];
}

/**
 * The A and AAAA records of a name: `dnsDiscovery("nodes.example:7946")`.
 * @throws HearsayError CONFIG_OPTION
 */
export function dnsDiscovery(place: string, choice: DnsChoice = {}): DiscoverySource {
  const parsed = parseHostPort(place, DEFAULT_PORT);
  if (parsed === undefined || parsed.isIp) {
    throw refusal(`${JSON.stringify(place)} is no DNS name; write it like nodes.example:7946`);
  }
  const names = new DnsNames(choice);
  return {
    what: `dns ${place}`,
    find: async () => joined(await names.addresses(parsed.host), parsed.port),
  };
}

/**
 * The SRV records of a name, which tell the ports too: `srvDiscovery("_hearsay._udp.example")`.
 * @throws HearsayError CONFIG_OPTION
 */
export function srvDiscovery(name: string, choice: DnsChoice = {}): DiscoverySource {
  checkName(name);
  const names = new DnsNames(choice);
  return { what: `srv ${name}`, find: () => names.services(name) };
}

/** Which service of a Kubernetes cluster the nodes stand behind. */
export interface KubernetesChoice extends DnsChoice {
  /** Default: the namespace of the pod, else "default". */
  readonly namespace?: string;
  /** Name of the port of the service. Default "gossip". */
  readonly portName?: string;
  /** Default "cluster.local". */
  readonly clusterDomain?: string;
}

/**
 * The pods behind a headless service, by the SRV records of its port, else by its addresses and
 * port 7946. The service needs `publishNotReadyAddresses: true`: a node is ready once it has
 * joined, and so must be found before.
 * @throws HearsayError CONFIG_OPTION
 */
export function kubernetesDiscovery(
  service: string,
  choice: KubernetesChoice = {},
): DiscoverySource {
  const { clusterDomain = "cluster.local", namespace, portName = "gossip" } = choice;
  const domain = `${service}.${namespace ?? podNamespace()}.svc.${clusterDomain}`;
  checkName(domain);
  const names = new DnsNames(choice);
  return {
    what: `kubernetes ${domain}`,
    find: async () => {
      try {
        return await names.services(`_${portName}._udp.${domain}`);
      } catch {
        // A service whose port has another name, or none.
        return joined(await names.addresses(domain), DEFAULT_PORT);
      }
    },
  };
}

/** What DNS answers, by the system's way or by resolvers of one's own. */
class DnsNames {
  private readonly resolver = new Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES_COUNT });
  private readonly isOwn: boolean;

  constructor({ servers = [] }: DnsChoice) {
    this.isOwn = servers.length > 0;
    if (!this.isOwn) return;
    const wrong = servers.find((server) => parseHostPort(server, 53)?.isIp !== true);
    if (wrong !== undefined) {
      throw refusal(`${JSON.stringify(wrong)} is no resolver; write it like 10.96.0.10:53`);
    }
    this.resolver.setServers(servers);
  }

  async addresses(name: string): Promise<readonly string[]> {
    if (!this.isOwn) {
      const found = await lookup(name, { all: true }).catch((error: unknown) => fail(name, error));
      return found.map(({ address }) => address);
    }
    const answers = await Promise.allSettled([
      this.resolver.resolve4(name),
      this.resolver.resolve6(name),
    ]);
    const found = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    const [first] = answers;
    return found.length === 0 && first.status === "rejected" ? fail(name, first.reason) : found;
  }

  async services(name: string): Promise<readonly string[]> {
    const records = await this.resolver.resolveSrv(name).catch((error: unknown) => {
      return fail(name, error);
    });
    const targets = records.slice(0, TARGETS_MAX_COUNT);
    const found = await Promise.all(
      targets.map(async ({ name: target, port }) => {
        // One pod that has just gone must not hide the others.
        const addresses = await this.addresses(target).catch(() => []);
        return joined(addresses, port);
      }),
    );
    return found.flat();
  }
}

function joined(addresses: readonly string[], port: number): readonly string[] {
  return addresses.map((one) => (isIP(one) === 6 ? `[${one}]:${port}` : `${one}:${port}`));
}

function fail(name: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  throw new HearsayError("ADDRESS_INVALID", `DNS finds nothing for ${name} (${code})`);
}

function podNamespace(): string {
  try {
    return readFileSync(NAMESPACE_FILE, "utf8").trim();
  } catch {
    return "default";
  }
}

function checkName(name: string): void {
  if (parseHostPort(name, DEFAULT_PORT)?.host === name) return;
  throw refusal(`${JSON.stringify(name)} is no DNS name`);
}

function refusal(detail: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `discovery: ${detail}.`);
}
