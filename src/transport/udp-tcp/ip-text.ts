import { isIPv4 } from "node:net";

const MAPPED = "::ffff:";

/**
 * A socket for both families names IPv4 peers as mapped IPv6; addresses here are what was meant.
 */
export function plainHost(host: string): string {
  if (!host.startsWith(MAPPED)) return host;
  const rest = host.slice(MAPPED.length);
  return isIPv4(rest) ? rest : host;
}

/** What an IPv6 socket must be given to reach `host`. */
export function hostForIpv6(host: string): string {
  return host.includes(":") ? host : MAPPED + host;
}
