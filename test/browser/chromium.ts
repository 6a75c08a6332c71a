import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const PROGRAM = "chromium";
const PAGE_MAX_MS = 120_000;
const DOM_MAX_BYTES = 16 * 1_024 * 1_024;
const RESULT = /<pre id="result">([^<]*)<\/pre>/;

/**
 * Undefined when the browser is there, else the line that installs it.
 * @throws in CI, where nothing may be missing.
 */
export function chromiumMissing(): string | undefined {
  try {
    execFileSync(PROGRAM, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    const missing = "apt-get install chromium";
    if (process.env["CI"] === "true") throw new Error(`CI needs ${PROGRAM}: ${missing}`);
    return missing;
  }
}

/** Where it is. @throws when it is not there: ask `chromiumMissing` first. */
export function chromiumPath(): string {
  return execFileSync("which", [PROGRAM], { encoding: "utf8" }).trim();
}

/**
 * Runs `script` in a page of its own and gives back what it returned, as JSON. The script is one
 * expression; an error in it comes back as this function's.
 */
export async function evaluateInChromium(library: string, expression: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "hearsay-browser-"));
  try {
    const page = join(folder, "page.html");
    await writeFile(join(folder, "library.js"), library);
    await writeFile(page, pageOf(expression));
    const dom = await dumpDom(page, join(folder, "profile"));
    const text = RESULT.exec(dom)?.[1];
    if (text === undefined) throw new Error(`the page has no result: ${dom.slice(0, 500)}`);
    if (text.startsWith("error: ")) throw new Error(text);
    return JSON.parse(text);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function pageOf(expression: string): string {
  return `<!doctype html><meta charset="utf-8"><pre id="result"></pre>
<script>
  addEventListener("error", (event) => {
    document.getElementById("result").textContent = "error: " + event.message;
  });
</script>
<script src="library.js"></script>
<script>
  document.getElementById("result").textContent = JSON.stringify(${expression});
</script>
`;
}

async function dumpDom(page: string, profile: string): Promise<string> {
  const args = [
    "--headless=new",
    // The sandbox needs rights that a container does not have; the page is our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    `--user-data-dir=${profile}`,
    "--dump-dom",
    pathToFileURL(page).href,
  ];
  const limits = { timeout: PAGE_MAX_MS, maxBuffer: DOM_MAX_BYTES };
  const { stdout } = await promisify(execFile)(PROGRAM, args, limits);
  return stdout;
}
