import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { marked, type Token, type Tokens } from "marked";

/** As the hosts of repositories make them of headings, and the site too. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** What leads out of the repository is none of ours. */
export function isOutside(href: string): boolean {
  return /^[a-z][a-z+.-]*:/i.test(href);
}

/** Anchors of a page; a heading that comes again has a number behind it. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const token of marked.lexer(markdown)) {
    if (token.type !== "heading") continue;
    const anchor = anchorOf(plainText(token.tokens ?? []));
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

/** What a heading says, without how it is set. */
export function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if ("tokens" in token && token.tokens !== undefined) return plainText(token.tokens);
      return "text" in token ? String(token.text) : "";
    })
    .join("");
}

/** @returns the links of a page that lead to nothing, one line each. */
export function brokenLinks(root: string, page: string): string[] {
  const broken: string[] = [];
  const markdown = readFileSync(join(root, page), "utf8");
  void marked.walkTokens(marked.lexer(markdown), (token) => {
    if (token.type !== "link" && token.type !== "image") return;
    const { href } = token as Tokens.Link | Tokens.Image;
    const problem = isOutside(href) ? undefined : problemOf(root, page, href);
    if (problem !== undefined) broken.push(`${page}: ${href} ${problem}`);
  });
  return broken;
}

function problemOf(root: string, page: string, href: string): string | undefined {
  const [path = "", anchor] = decodeURI(href).split("#", 2);
  const target = path === "" ? page : normalize(join(dirname(page), path));
  const file = join(root, target);
  if (target.startsWith("..") || !existsSync(file)) return "is not there";
  if (anchor === undefined) return undefined;
  if (statSync(file).isDirectory() || !target.endsWith(".md")) return "has no anchors";
  const isThere = anchorsOf(readFileSync(file, "utf8")).has(anchor);
  return isThere ? undefined : "has no such heading";
}
