/**
 * Who may drive an agent. Without a token only programs on this machine may, and a browser is a
 * program on this machine that obeys strangers: a page must be able neither to send a request
 * (Origin, Sec-Fetch-Site, content type) nor to reach the API under a name of its own that was
 * pointed at 127.0.0.1 (DNS rebinding, hence the Host check).
 */
import type { Context, MiddlewareHandler } from "hono";
import { HearsayError } from "../../core/errors.ts";
import { type AdminRole, type AdminTokens, isAllowed } from "./admin-tokens.ts";

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export interface GuardOptions {
  /** Asked for as `Authorization: Bearer …`. None: only the checks against browsers. */
  readonly tokens: AdminTokens;
  /** What the route needs that a request is for; undefined: nothing, as of a probe. */
  readonly roleOf: (context: Context) => AdminRole | undefined;
  /** Called for a request that is for more than a probe. @throws HearsayError ADMIN_RATE */
  readonly onAsked: (context: Context) => void;
  /** Called for a request that shows a token which is none. @throws HearsayError ADMIN_RATE */
  readonly onRefused: (context: Context) => void;
  /** Called for a request of who may read and no more. @throws HearsayError ADMIN_NOT_FOUND */
  readonly onReader: (context: Context) => void;
}

/**
 * @throws (to the app's `onError`) HearsayError ADMIN_FORBIDDEN, ADMIN_UNAUTHORIZED,
 * ADMIN_CONTENT_TYPE, ADMIN_RATE
 */
export function adminGuard({
  onAsked,
  onReader,
  onRefused,
  roleOf,
  tokens,
}: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    const { headers, method } = context.req.raw;
    const isOpen = tokens.isEmpty;
    // With a token a foreign name does no harm: the page behind it does not know the token.
    if (isOpen) refuseForeignHost(headers);
    refuseForeignPage(headers);
    const wanted = roleOf(context);
    // Not counted are pages that are refused, for they would use up what this machine's programs
    // may ask, and probes: behind one address with a client that asks too much they must go on.
    if (wanted !== undefined) onAsked(context);
    if (!isOpen && wanted !== undefined) {
      const token = tokenIn(headers);
      const given = tokens.roleOf(token);
      if (given === undefined) {
        onRefused(context);
        throw unauthorized(token);
      }
      refuseUnlessAllowed(given, wanted);
      if (given === "read") onReader(context);
    }
    if (method !== "GET" && method !== "HEAD") refuseWithoutJson(headers);
    await next();
  };
}

/** The token that a request shows; empty when it shows none. */
export function tokenIn(headers: Headers): string {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
}

function refuseForeignHost(headers: Headers): void {
  const host = headers.get("host") ?? "";
  if (loopbackHosts.test(host)) return;
  throw new HearsayError(
    "ADMIN_FORBIDDEN",
    `Host ${JSON.stringify(host)} is not this machine; ask http://127.0.0.1, ` +
      "or give the agent a --token.",
  );
}

function refuseForeignPage(headers: Headers): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isForeignOrigin = origin !== null && !isSameOrigin(origin, headers.get("host"));
  const isForeignSite = site !== null && site !== "same-origin" && site !== "none";
  if (!isForeignOrigin && !isForeignSite) return;
  throw new HearsayError(
    "ADMIN_FORBIDDEN",
    "A page of another origin may not drive an agent; use the command line or a server.",
  );
}

function isSameOrigin(origin: string, host: string | null): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function unauthorized(token: string): HearsayError {
  const detail =
    token === ""
      ? "This agent wants a token: set HEARSAY_TOKEN, or pass --token-file."
      : "The token is none of this agent's (any more); look at HEARSAY_TOKEN and --token-file.";
  return new HearsayError("ADMIN_UNAUTHORIZED", detail);
}

function refuseUnlessAllowed(given: AdminRole, wanted: AdminRole): void {
  if (isAllowed(given, wanted)) return;
  const detail = `This needs a token of the role ${wanted}, and this one has the role ${given}`;
  throw new HearsayError("ADMIN_FORBIDDEN", `${detail}; show another one.`);
}

/** A form of a page can post text, but only a program (or a page we asked) posts this type. */
function refuseWithoutJson(headers: Headers): void {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/json") return;
  throw new HearsayError("ADMIN_CONTENT_TYPE", "Send Content-Type: application/json.");
}
