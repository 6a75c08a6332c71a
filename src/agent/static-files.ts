/**
 * The pages that an agent serves to browsers: the dashboard at `/`, the playground at
 * `/playground`. They are public, for there is nothing in them that is not in the package; what
 * they show they ask of the admin API, with the token that their user gives them.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Context, Hono } from "hono";
import { HearsayError } from "../core/errors.ts";

interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly caching: string;
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  md: "text/markdown; charset=utf-8",
};

/** Nothing inline, nothing from elsewhere, and no page of others around it. */
const policies: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "object-src 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** The name of an asset has a hash of its content, so it never changes. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_EACH_TIME = "no-cache";

/** Before the guard of the API: a browser that opens a page has no token to show. */
export function addStaticFiles(app: Hono, about: string, folder = builtPages()): void {
  const files = folder === undefined ? new Map<string, StaticFile>() : readPages(folder);
  const serve = (context: Context, name: string): Response => {
    const file = files.get(name);
    if (file !== undefined) return answer(context, file);
    throw new HearsayError("ADMIN_NOT_FOUND", `There is no ${JSON.stringify(name)} here.`);
  };
  app.get("/", (context) => {
    const wantsPage = context.req.header("accept")?.includes("text/html") === true;
    return wantsPage && files.has("index.html")
      ? serve(context, "index.html")
      : context.text(about, 200, { ...policies, Vary: "Accept", "Cache-Control": "no-store" });
  });
  app.get("/playground", (context) => serve(context, "playground.html"));
  app.get("/licenses.md", (context) => serve(context, "licenses.md"));
  app.get("/assets/:file", (context) => serve(context, `assets/${context.req.param("file")}`));
}

/** Beside the built agent, or where the build puts it when the agent runs from source. */
function builtPages(): URL | undefined {
  const places = ["../dashboard/", "../../dist/dashboard/"];
  return places
    .map((place) => new URL(place, import.meta.url))
    .find((place) => existsSync(new URL("index.html", place)));
}

/** All there is, by name: what is not in this table cannot be asked for, whatever its path. */
function readPages(folder: URL): Map<string, StaticFile> {
  const assets = new URL("assets/", folder);
  const names = [
    ...readdirSync(folder),
    ...(existsSync(assets) ? readdirSync(assets).map((name) => `assets/${name}`) : []),
  ];
  const files = new Map<string, StaticFile>();
  for (const name of names) {
    const type = types[name.split(".").at(-1) ?? ""];
    if (type === undefined) continue;
    const bytes = Uint8Array.from(readFileSync(new URL(name, folder)));
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const caching = name.startsWith("assets/") ? FOR_EVER : ASK_EACH_TIME;
    files.set(name, { bytes, type, etag, caching });
  }
  return files;
}

function answer(context: Context, file: StaticFile): Response {
  const headers = { ...policies, ETag: file.etag, "Cache-Control": file.caching, Vary: "Accept" };
  const known = context.req.header("if-none-match")?.split(/\s*,\s*/) ?? [];
  if (known.some((tag) => tag.replace(/^W\//, "") === file.etag)) {
    return context.body(null, 304, headers);
  }
  return context.body(file.bytes, 200, { ...headers, "Content-Type": file.type });
}
