import { readFileSync } from "node:fs";

/**
 * The block of a page that follows `<!-- trace: NAME -->`; a test makes it anew and compares.
 *
 * @param path - of the page, below `docs`.
 */
export function shownTrace(path: string, name: string): string {
  const page = readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
  const after = page.split(`<!-- trace: ${name} -->`)[1] ?? "";
  const [, shown] = /^\s*```text\n([\s\S]*?)\n```/.exec(after) ?? [];
  if (shown === undefined) throw new Error(`${path} has no trace "${name}"`);
  return shown;
}
