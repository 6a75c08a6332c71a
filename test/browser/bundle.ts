import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** What is used of esbuild, which `tsx` brings along. */
interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
  }>;
}

export interface BrowserBundle {
  /** A classic script that leaves the exports of the entry in a variable. */
  readonly code: string;
  /** Every file that went in, from the repository's root. */
  readonly inputs: readonly string[];
}

/**
 * Bundles `entry` for browsers.
 * @throws where something in the graph needs Node: esbuild has nothing to put in its place.
 */
export async function bundleForBrowser(entry: URL, variable: string): Promise<BrowserBundle> {
  const ofTsx = createRequire(createRequire(import.meta.url).resolve("tsx/package.json"));
  const bundler: Bundler = ofTsx("esbuild");
  const { outputFiles, metafile } = await bundler.build({
    entryPoints: [fileURLToPath(entry)],
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "iife",
    globalName: variable,
    target: "es2022",
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";
  return { code, inputs: Object.keys(metafile.inputs) };
}
