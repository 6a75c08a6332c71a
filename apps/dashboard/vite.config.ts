/**
 * Two pages, the dashboard and the playground. `HEARSAY_SITE` is the folder of the static site, in
 * which there is no dashboard, for there is no agent.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));
const site = process.env["HEARSAY_SITE"];
const outDir = site ?? fileURLToPath(new URL("../../dist/dashboard", import.meta.url));

export default defineConfig({
  root,
  // Of the page's own address: an agent may stand behind a proxy's path, a site in any folder.
  base: "./",
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2022",
    // The content security policy allows no `data:` and nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: [...(site === undefined ? ["index.html"] : []), "playground.html"].map((page) => {
        return join(root, page);
      }),
    },
  },
});
