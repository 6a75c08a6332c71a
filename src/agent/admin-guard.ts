/**
 * Who may drive an agent. Without a token only programs on this machine may, and a browser is a
 * program on this machine that obeys strangers: a page must be able neither to send a request
 * (Origin, Sec-Fetch-Site, content type) nor to reach the API under a name of its own that was
 * pointed at 127.0.0.1 (DNS rebinding, hence the Host check).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { HearsayError } from "../core/errors.ts";

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export interface GuardOptions {
  /** Asked for as `Authorization: Bearer …`. Undefined: only the checks against browsers. */
  readonly token?: string | undefined;
}

/**
 * @throws (to the app's `onError`) HearsayError ADMIN_FORBIDDEN, ADMIN_UNAUTHORIZED,
 * ADMIN_CONTENT_TYPE
 */
export function adminGuard(options: GuardOptions): MiddlewareHandler {
  const wanted = options.token === undefined ? undefined : fingerprint(options.token);
  return async (context, next) => {
    const { headers, method } = context.req.raw;
    // With a token a foreign name does no harm: the page behind it does not know the token.
    if (wanted === undefined) refuseForeignHost(headers);
    refuseForeignPage(headers);
    if (wanted !== undefined) refuseWithoutToken(headers, wanted);
    if (method !== "GET" && method !== "HEAD") refuseWithoutJson(headers);
    await next();
  };
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

function refuseWithoutToken(headers: Headers, wanted: Buffer): void {
  const given = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  if (timingSafeEqual(fingerprint(given), wanted)) return;
  throw new HearsayError(
    "ADMIN_UNAUTHORIZED",
    "This agent wants its token: pass --token or set HEARSAY_TOKEN.",
  );
}

/** A form of a page can post text, but only a program (or a page we asked) posts this type. */
function refuseWithoutJson(headers: Headers): void {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/json") return;
  throw new HearsayError("ADMIN_CONTENT_TYPE", "Send Content-Type: application/json.");
}

/** Equal lengths, so that the comparison takes the same time for every guess. */
function fingerprint(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
