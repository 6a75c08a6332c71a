/**
 * Breaks comment lines that are longer than a page is wide, which the formatter leaves alone; what
 * does not fit moves to the front of the next line of the same paragraph. Code is not touched.
 * `tsx scripts/wrap-comments.ts [--check] [FILE…]`; without files, every tracked source.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COLUMNS_MAX = 100;
const root = fileURLToPath(new URL("..", import.meta.url));

const LINE = /^(\s*(?:\/\/|\*|\/\*\*) )(?!\s)(.*)$/;
const ONE_LINE_BLOCK = /^(\s*)\/\*\* (.*) \*\/$/;
/** A line that begins a list item, a tag or a table is no continuation of the line before. */
const BEGINS = /^(?:[-*·|@#>]|\d+[.)]\s|`{3})/;

const width = (line: string): number => [...line].length;

/** Where to break `text` so that its first part fits; undefined when no blank allows it. */
function breakAt(prefix: string, text: string): number | undefined {
  const room = COLUMNS_MAX - width(prefix);
  const fitting = [...text].slice(0, room + 1).join("");
  const at = fitting.lastIndexOf(" ");
  return at > 0 ? at : undefined;
}

export function wrapComments(source: string): string {
  const lines = source.split("\n").flatMap((line) => {
    const block = ONE_LINE_BLOCK.exec(line);
    if (block === null || width(line) <= COLUMNS_MAX) return [line];
    const [, indent = "", text = ""] = block;
    return [`${indent}/**`, `${indent} * ${text}`, `${indent} */`];
  });
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const parts = LINE.exec(line);
    if (parts === null || width(line) <= COLUMNS_MAX) continue;
    const [, prefix = "", text = ""] = parts;
    const at = breakAt(prefix, text);
    if (at === undefined) continue;
    lines[index] = prefix + text.slice(0, at);
    carry(lines, index + 1, prefix.replace("/**", " *"), text.slice(at + 1));
  }
  return lines.join("\n");
}

/**
 * Puts `rest` in front of the line at `index` if that goes on with the paragraph, else before it.
 */
function carry(lines: string[], index: number, prefix: string, rest: string): void {
  const next = lines[index] ?? "";
  const nextText = next.startsWith(prefix) ? next.slice(prefix.length) : "";
  const goesOn = nextText !== "" && !/^\s/.test(nextText) && !BEGINS.test(nextText);
  if (goesOn) lines[index] = `${prefix}${rest} ${nextText}`;
  else lines.splice(index, 0, prefix + rest);
}

function tracked(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n");
  return listed.filter((path) => path !== "" && !path.startsWith("src/wire/gen/"));
}

function main(args: readonly string[]): void {
  const isCheck = args.includes("--check");
  const given = args.filter((arg) => arg !== "--check");
  for (const path of given.length > 0 ? given : tracked()) {
    const file = join(root, path);
    if (!existsSync(file)) continue;
    const before = readFileSync(file, "utf8");
    const after = wrapComments(before);
    if (after === before) continue;
    console.log(isCheck ? `${path}: npm run check -- --fix wraps its comments` : `wrapped ${path}`);
    if (isCheck) process.exitCode = 1;
    else writeFileSync(file, after);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
