import { hostText, parseIp } from "./ip.ts";

const PORT_MAX = 0xffff;
/** Longest host name in DNS. */
const HOST_NAME_MAX_BYTES = 253;

/** The parts of a text that says where a node is. */
export interface HostPort {
  /** The member name before a `/`, when there is one (memberlist: `name/host:port`). */
  readonly name: string | undefined;
  /** An IP address in canonical text, or a host name still to be resolved. */
  readonly host: string;
  readonly port: number;
  /** False when `host` must be resolved first. */
  readonly isIp: boolean;
}

/**
 * Reads `host:port`, `[ipv6]:port`, `host`, or a bare IPv6 address, each with or without `name/`
 * before it. Undefined when the text is none of these.
 */
export function parseHostPort(text: string, defaultPort: number): HostPort | undefined {
  const slash = text.indexOf("/");
  if (slash === 0) return undefined;
  const name = slash < 0 ? undefined : text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const [hostPart, portPart] = splitPort(rest);
  const port = portPart === undefined ? defaultPort : parsePort(portPart);
  if (port === undefined) return undefined;
  const bytes = parseIp(hostPart);
  if (bytes !== undefined) {
    const host = hostText(bytes);
    return host === undefined ? undefined : { name, host, port, isIp: true };
  }
  return isHostName(hostPart) ? { name, host: hostPart, port, isIp: false } : undefined;
}

function splitPort(text: string): readonly [host: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  // Brackets belong to IPv6 alone: anything else in them is left to be refused.
  if (bracketed !== null) {
    const [, inside = "", port] = bracketed;
    return inside.includes(":") ? [inside, port] : [text, undefined];
  }
  const first = text.indexOf(":");
  if (first < 0 || text.includes(":", first + 1)) return [text, undefined];
  return [text.slice(0, first), text.slice(first + 1)];
}

function parsePort(text: string): number | undefined {
  if (!/^[0-9]{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= PORT_MAX ? port : undefined;
}

function isHostName(text: string): boolean {
  // All digits and dots would be a wrong IPv4 address, not a name.
  if (text.length > HOST_NAME_MAX_BYTES || /^[0-9.]*$/.test(text)) return false;
  return text.split(".").every((label, index, labels) => {
    const isRootDot = label === "" && index > 0 && index === labels.length - 1;
    return isRootDot || /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label);
  });
}
