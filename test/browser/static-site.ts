import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** `npm run build:site -- --only playground`, into this folder. */
export async function buildSite(folder: string): Promise<void> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["--import", "tsx", "scripts/build-site.ts", folder, "--only", "playground"];
  await promisify(execFile)(process.execPath, args, { cwd: root });
}

/** The folder under some path, as a site among others would be. @returns its address. */
export async function serveFolder(folder: string): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").replace(/^\/some\/path\//, "") || "index.html";
    readFile(join(folder, path)).then(
      (bytes) => {
        response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream");
        response.end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/some/path/` };
}
