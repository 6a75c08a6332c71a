import type { Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import type { Certificate, CertificateView, EverywhereOptions } from "../../node/api.ts";
import { NotEverywhereError } from "../../node/certificates/not-everywhere-error.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import type { EverywhereAnswer } from "./certificates.messages.ts";
import { pathName } from "./path-names.ts";

/** Waits for a client until what is kept here is everywhere. */
export function addCertificateRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/everywhere", async (context) => {
    const wish = requests.parseBody(requests.updateEverywhere, context.req.query());
    const { origin, replica, seq, view, ...limits } = wish;
    const dot = { origin: originOf(origin), seq };
    const options = { ...limits, view: viewOf(view), signal: context.req.raw.signal };
    return context.json(await answer(node.everywhere({ replica, dot }, options)));
  });
  app.get("/v1/infos/:key/everywhere", async (context) => {
    const wish = requests.parseBody(requests.everywhere, context.req.query());
    const { proof, timeoutMs, view } = wish;
    const options: EverywhereOptions = {
      timeoutMs,
      view: viewOf(view),
      proof,
      signal: context.req.raw.signal,
    };
    return context.json(await answer(node.infos.everywhere(pathName(context, "key"), options)));
  });
}

async function answer(asked: Promise<Certificate>): Promise<EverywhereAnswer> {
  try {
    return { ...(await asked), everywhere: true, missing: [] };
  } catch (error) {
    if (!(error instanceof NotEverywhereError)) throw error;
    return { ...error.certificate, everywhere: false };
  }
}

/** @throws HearsayError ADMIN_BAD_REQUEST */
function originOf(text: string): Origin {
  const origin = parseOrigin(text);
  if (origin !== undefined) return makeOrigin(origin.name, origin.boot);
  throw new HearsayError("ADMIN_BAD_REQUEST", "origin: is none, such as p1#1795296837622.");
}

/** Names stand beside each other with commas between them. */
function viewOf(view: string): CertificateView {
  return view === "members" || view === "replicas" ? view : view.split(",");
}
