import { readFileSync } from "node:fs";
import { join } from "node:path";
import { marked } from "marked";
import { plainText } from "./links.ts";

export interface PageTitle {
  /** Path in the repository. */
  readonly page: string;
  readonly title: string;
}

interface Place {
  readonly current: string;
  readonly to: (target: string) => string;
  readonly targetOf: (page: string) => string;
}

/** Parts of the documentation, by where their pages stand; the last one that fits counts. */
const parts: readonly [name: string, where: RegExp][] = [
  ["Start", /^(?:README|docs[/](?:what-is-gossip|which-protocol|ARCHITECTURE))[.]md$/],
  ["Tutorials", /^docs[/]tutorial[/]/],
  ["How to", /^docs[/]how-to[/]/],
  ["Topics", /^docs[/][a-z-]+[.]md$/],
  ["How it works", /^docs[/]protocols[/]/],
  ["Reference", /^docs[/](?:reference[/].*|cli|admin-api)[.]?/],
  ["About the code", /^(?:docs[/](?:decisions[/]|STYLE)|CHANGELOG|CONTRIBUTING|examples[/])/],
];

/** What the page's first heading says. */
export function titleOf(root: string, page: string): string {
  const tokens = marked.lexer(readFileSync(join(root, page), "utf8"));
  const heading = tokens.find(({ type }) => type === "heading");
  const said = heading !== undefined && "tokens" in heading ? (heading.tokens ?? []) : [];
  return plainText(said) || page;
}

/** The list of all pages, in parts. */
export function navigation(titles: readonly PageTitle[], place: Place): string {
  const lists = parts.map(([name], at) => {
    const items = titles.filter(({ page }) => partOf(page) === at);
    return items.length === 0
      ? ""
      : `<h2 class="part">${name}</h2>\n<ul>\n${items.map(item).join("")}</ul>\n`;
  });
  const beyond = [
    ["Playground", "playground.html"],
    ["TypeScript API", "api/index.html"],
  ].map(([name, target = ""]) => `<li><a href="${place.to(target)}">${name}</a></li>\n`);
  const all = `<ul>\n${beyond.join("")}</ul>\n${lists.join("")}`;
  return `<nav class="pages" aria-label="Pages">\n${all}</nav>`;

  function item({ page, title }: PageTitle): string {
    const target = place.targetOf(page);
    const isCurrent = target === place.current ? ' aria-current="page"' : "";
    const text = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    return `<li><a href="${place.to(target)}"${isCurrent}>${text}</a></li>\n`;
  }
}

function partOf(page: string): number {
  const start = parts[0]?.[1].test(page) === true;
  return start ? 0 : parts.findLastIndex(([, where]) => where.test(page));
}
