import { HearsayError } from "../../core/errors.ts";
import { agentDefaults } from "../agent.options.ts";

export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `:port`, `host` or `[v6]:port`; what is missing is loopback and 7980.
 * @throws HearsayError CONFIG_OPTION
 */
export function parseAdminAddress(text: string): AdminAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? agentDefaults.adminPort);
  if (match === null || port > 65_535) {
    throw new HearsayError(
      "CONFIG_OPTION",
      `${JSON.stringify(text)} is no address for the admin API; write it like 127.0.0.1:7980.`,
    );
  }
  return { host: match[1] || match[2] || "127.0.0.1", port };
}

/** True when only programs of this machine can reach `host`. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * An admin API that others can reach needs a token.
 * @throws HearsayError ADMIN_TOKEN_REQUIRED
 */
export function checkAdminAddress(
  address: AdminAddress,
  tokens: { readonly isEmpty: boolean },
): void {
  if (isLoopback(address.host) || !tokens.isEmpty) return;
  throw new HearsayError(
    "ADMIN_TOKEN_REQUIRED",
    `The admin API on ${address.host} could be driven by anyone who reaches it; ` +
      "give it a token (HEARSAY_TOKEN or --token-file), or bind it to 127.0.0.1.",
  );
}

/** `http://host:port`, with the brackets that IPv6 needs. */
export function adminUrl(address: AdminAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}
