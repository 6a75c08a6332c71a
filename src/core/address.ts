/**
 * Where packets go: a textual IP address (never a host name) and a port. Addresses are values; two
 * are the same when `addressKey` says so.
 */
export interface Address {
  /** IPv4 in dotted form, or IPv6 in its canonical (RFC 5952) form. */
  readonly host: string;
  /** 1 … 65535; 0 only in a request to bind "any free port". */
  readonly port: number;
}

/** `host:port`, with brackets around an IPv6 host. Usable as a map key. */
export function addressKey(address: Address): string {
  return address.host.includes(":")
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}
