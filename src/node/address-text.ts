import { lookup } from "node:dns/promises";
import { type Address, addressKey } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import { type HostPort, parseHostPort } from "../core/host-port.ts";
import { hostText, parseIp } from "../core/ip.ts";

/** memberlist's and Serf's port. */
const DEFAULT_PORT = 7946;

/**
 * Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address; the port is 7946 when none is
 * given. `what` names the option in the error.
 * @throws HearsayError ADDRESS_INVALID
 */
export function parsePlace(text: string, what: string): HostPort {
  const place = parseHostPort(text.trim(), DEFAULT_PORT);
  if (place !== undefined) return place;
  const fix = "write host:port, such as 127.0.0.1:7946 or [::1]:7946";
  throw new HearsayError("ADDRESS_INVALID", `${what} is ${JSON.stringify(text)}; ${fix}`);
}

/**
 * Every address that `place` stands for, in the order of DNS, IPv4 before IPv6.
 * @throws HearsayError ADDRESS_INVALID when DNS knows none.
 */
export async function resolvePlace(place: HostPort): Promise<readonly Address[]> {
  const { host, isIp, port } = place;
  if (isIp) return [{ host, port }];
  try {
    const found = await lookup(host, { all: true, order: "ipv4first" });
    const addresses = found.map((one) => ({ host: canonicalHost(one.address), port }));
    return [...new Map(addresses.map((one) => [addressKey(one), one])).values()];
  } catch (error) {
    const detail = `DNS finds no address of ${JSON.stringify(host)}; check the name`;
    throw new HearsayError("ADDRESS_INVALID", detail, { cause: error });
  }
}

/** One address, one text: RFC 5952, and IPv4 for what is IPv4 in IPv6 clothes. */
function canonicalHost(host: string): string {
  const bytes = parseIp(host);
  return bytes === undefined ? host : (hostText(bytes) ?? host);
}

/** Whether only processes of this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

/** Bound to every address of the machine, which is nowhere that others could send to. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
