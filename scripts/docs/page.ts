import { readdirSync, readFileSync } from "node:fs";
import { marked, type Token } from "marked";

/** A piece of code of a page, and what the page hides around it. */
export interface Block {
  /** Path of the page in the repository. */
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What a reader need not see and a machine does. */
  readonly before: string;
  /** How it is shown to be right, where it is not simply run. */
  readonly mark?: Mark;
  /** It goes on where the block before it ended. */
  readonly isContinued: boolean;
}

/** `<!-- KIND OF: REASON -->`, before a block; what each means is told at `readPage`. */
export interface Mark {
  readonly kind: "elsewhere" | "file" | "output-of" | "part-of" | "trace";
  /** A file, or the name of a trace. */
  readonly of: string;
}

/** What is told to the machine in comments, which Markdown does not show. */
interface Hidden {
  /** Of all programs of the page that follow. */
  setting: string;
  /** Of the next block. */
  before: string;
  replacements: [string, string][];
  mark: Mark | undefined;
  isContinued: boolean;
}

/** The pages of the repository, by their paths in it. */
export function pagesOf(root: URL): string[] {
  const found = readdirSync(new URL("docs", root), { recursive: true, encoding: "utf8" });
  const pages = found.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`);
  return ["README.md", ...pages.sort()];
}

/** The code of all pages. */
export function readPages(root: URL): Block[] {
  return pagesOf(root).flatMap((page) => readPage(root, page));
}

/**
 * Reads the code of a page. Comments say how it runs:
 *
 * - `<!-- setting … -->` code before each of the programs that follow on the page
 * - `<!-- before … -->` code before the next block
 * - `<!-- replace FROM => TO -->` in all blocks that follow: an address that this machine lacks
 * - `<!-- continued -->` the next block goes on where the one before it ended
 * - `<!-- file NAME -->` the next block is a file of that name, for the commands after it
 * - `<!-- part-of FILE -->` the next block is a part of that file, which is run
 * - `<!-- output-of FILE -->` the next block is what that example prints
 * - `<!-- trace: NAME -->` the next block is what a unit test makes anew and compares
 * - `<!-- elsewhere FILE: REASON -->` the next block is not run here; that test does the like of it
 */
export function readPage(root: URL, page: string): Block[] {
  const source = readFileSync(new URL(page, root), "utf8");
  const hidden = newHidden();
  const blocks: Block[] = [];
  let line = 1;
  for (const token of marked.lexer(source)) {
    if (token.type === "html") readComments(token.raw, hidden, `${page}:${line}`);
    if (isFenced(token)) blocks.push(takeBlock(token, hidden, { page, line }));
    line += token.raw.split("\n").length - 1;
  }
  return blocks;
}

function newHidden(): Hidden {
  return { setting: "", before: "", replacements: [], mark: undefined, isContinued: false };
}

interface Fenced {
  readonly raw: string;
  readonly lang?: string;
  readonly text: string;
}

function isFenced(token: Token): token is Token & Fenced {
  return token.type === "code" && token.raw.startsWith("```");
}

function readComments(html: string, hidden: Hidden, place: string): void {
  for (const [, comment = ""] of html.matchAll(/<!--\s*([\s\S]*?)\s*-->/g)) {
    const [word = ""] = comment.split(/\s/, 1);
    const rest = comment.slice(word.length).trim();
    if (word === "setting") hidden.setting = rest;
    else if (word === "before") hidden.before = rest;
    else if (word === "continued") hidden.isContinued = true;
    else if (word === "replace") hidden.replacements.push(readReplacement(rest, place));
    else hidden.mark = readMark(word.replace(/:$/, ""), rest) ?? hidden.mark;
  }
}

function readMark(kind: string, rest: string): Mark | undefined {
  const [of = ""] = rest.split(": ", 1);
  switch (kind) {
    case "elsewhere":
    case "file":
    case "output-of":
    case "part-of":
    case "trace":
      return { kind, of };
    default:
      return undefined;
  }
}

function readReplacement(text: string, place: string): [string, string] {
  const [from, to, ...others] = text.split(" => ");
  if (from && to !== undefined && others.length === 0) return [from, to];
  throw new Error(`${place}: say <!-- replace FROM => TO -->, not "${text}"`);
}

function takeBlock(
  token: Fenced,
  hidden: Hidden,
  place: { readonly page: string; readonly line: number },
): Block {
  const { isContinued, mark, setting, before } = hidden;
  // A part of a file is compared with that file.
  const replacements = mark?.kind === "part-of" ? [] : hidden.replacements;
  const replaced = replacements.reduce(
    (text, [from, to]) => text.replaceAll(from, () => to),
    token.text,
  );
  hidden.before = "";
  hidden.mark = undefined;
  hidden.isContinued = false;
  const language = token.lang?.split(/\s/, 1)[0] ?? "";
  const isFresh = language === "ts" && !isContinued;
  return {
    ...place,
    language,
    text: replaced,
    before: isFresh ? [setting, before].filter(Boolean).join("\n") : before,
    isContinued,
    ...(mark === undefined ? {} : { mark }),
  };
}
