import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminGuard } from "./access/admin-guard.ts";
import { AdminTokens } from "./access/admin-tokens.ts";
import { failureOf } from "./admin-failure.ts";
import { addStaticFiles } from "./static-files.ts";

const TOKEN = "s3cret";
let folder = "";
let app: Hono;

/** As the agent does it: pages before the guard, the API behind it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-pages-"));
  writeFileSync(join(folder, "secret.txt"), "not for browsers");
  const pages = join(folder, "pages");
  mkdirSync(join(pages, "assets"), { recursive: true });
  writeFileSync(join(pages, "index.html"), "<!doctype html>dashboard");
  writeFileSync(join(pages, "playground.html"), "<!doctype html>playground");
  writeFileSync(join(pages, "assets", "index-abc123.js"), "export {};");
  writeFileSync(join(pages, "assets", "index-abc123.css"), "body{}");
  app = new Hono();
  app.onError((error, context) => context.json({}, failureOf(error).status));
  addStaticFiles(app, "about", pathToFileURL(`${pages}/`));
  const tokens = new AdminTokens([{ role: "read", token: TOKEN }]);
  const pass = () => {};
  const hooks = { onAsked: pass, onReader: pass, onRefused: pass };
  app.use(adminGuard({ tokens, roleOf: () => "read", ...hooks }));
  app.get("/v1/status", (context) => context.json({}));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const asked = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  app.request(`http://127.0.0.1${path}`, { method, headers });
const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("pages of an agent", () => {
  it("are there for browsers without a token, and text for all others", async () => {
    expect(await (await asked("/", browser)).text()).toContain("dashboard");
    expect(await (await asked("/")).text()).toBe("about");
    expect(await (await asked("/playground", browser)).text()).toContain("playground");
    expect((await asked("/v1/status", browser)).status).toBe(401);
  });

  it("allow nothing inline, nothing from elsewhere, and no frame around them", async () => {
    for (const path of ["/", "/playground", "/assets/index-abc123.js"]) {
      const { headers } = await asked(path, browser);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("are asked for again, their assets never", async () => {
    const page = await asked("/", browser);
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const etag = page.headers.get("etag") ?? "";
    const again = await asked("/", { ...browser, "if-none-match": `"other", W/${etag}` });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const changed = await asked("/", { ...browser, "if-none-match": '"other"' });
    expect(changed.status).toBe(200);
    const asset = await asked("/assets/index-abc123.js");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  });

  it.each([
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets//etc/passwd",
    "/assets/constructor",
    "/assets/",
  ])("hold nothing at %s", async (path) => {
    const answer = await asked(path, browser);
    expect([401, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain("not for browsers");
  });

  it("are read only", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      const answer = await asked("/", { "content-type": "application/json" }, method);
      expect([401, 404]).toContain(answer.status);
    }
    expect(await (await asked("/", browser, "HEAD")).text()).toBe("");
  });

  it("are text where nothing was built", async () => {
    const bare = new Hono();
    addStaticFiles(bare, "about", pathToFileURL(`${folder}/`));
    const answer = await bare.request("http://127.0.0.1/", { headers: browser });
    expect(await answer.text()).toBe("about");
  });
});
