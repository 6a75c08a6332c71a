/**
 * Writes docs/reference/options.md and docs/reference/errors.md from the constants themselves, so
 * that the reference cannot drift from the code. `--check` only compares, for `npm run check`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

interface OptionRow {
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
  readonly provenance: string;
}
interface OptionTable {
  readonly slice: string;
  readonly file: string;
  readonly intro: string;
  readonly rows: readonly OptionRow[];
}

function optionTables(): OptionTable[] {
  const files = listFiles(join(root, "src")).filter((file) => file.endsWith(".options.ts"));
  return files.sort().flatMap((file) => tablesOf(file));
}

function tablesOf(file: string): OptionTable[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.ES2023,
    true,
  );
  const tables: OptionTable[] = [];
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      const name = declaration.name.getText(source);
      const object = unwrap(declaration.initializer);
      if (!name.endsWith("Defaults") || object === undefined) continue;
      tables.push({
        slice: name.slice(0, -"Defaults".length),
        file: file.slice(root.length + 1),
        intro: docOf(source, statement),
        rows: object.properties
          .filter(ts.isPropertyAssignment)
          .map((property) => rowOf(source, property)),
      });
    }
  }
  return tables;
}

/** Looks through `as const`, `satisfies` and calls such as `Object.freeze({…})`. */
function unwrap(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  if (node === undefined) return undefined;
  if (ts.isObjectLiteralExpression(node)) return node;
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return unwrap(node.expression);
  if (ts.isParenthesizedExpression(node)) return unwrap(node.expression);
  if (ts.isCallExpression(node)) return unwrap(node.arguments[0]);
  return undefined;
}

function rowOf(source: ts.SourceFile, property: ts.PropertyAssignment): OptionRow {
  const name = property.name.getText(source);
  const doc = docOf(source, property);
  const found = /^([\s\S]*?)\s*\[([^\]]+)\]\s*$/.exec(doc);
  if (found === null) throw new Error(`${source.fileName}: ${name} has no [provenance]`);
  return {
    name,
    value: valueText(source, property.initializer),
    meaning: found[1] ?? "",
    provenance: found[2] ?? "",
  };
}

function valueText(source: ts.SourceFile, node: ts.Expression): string {
  if (ts.isAsExpression(node)) return valueText(source, node.expression);
  return node.getText(source).replaceAll("_", "").replaceAll("\n", " ");
}

function docOf(source: ts.SourceFile, node: ts.Node): string {
  const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
  const last = ranges.at(-1);
  if (last === undefined) return "";
  return source.text
    .slice(last.pos, last.end)
    .replace(/^\/\*\*?|\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, "").trimEnd())
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

function optionsPage(): string {
  const tables = optionTables();
  const body = tables.map(
    (table) =>
      `## ${table.slice}\n\n${table.intro}\n\nConstant: \`${basename(table.file)}\` in ` +
      `[\`${table.file}\`](../../${table.file}).\n\n` +
      "| option | default | meaning | where the default comes from |\n| --- | --- | --- | --- |\n" +
      table.rows
        .map(
          (r) => `| \`${r.name}\` | \`${r.value}\` | ${cell(r.meaning)} | ${cell(r.provenance)} |`,
        )
        .join("\n"),
  );
  return (
    "# Options\n\nGenerated from the constants by `npm run generate`; do not edit. The suffix is " +
    "the unit: `…Ms` milliseconds, `…Bytes` and `…Count` whole numbers, `…Ratio` 0 to 1, " +
    "`…PerSecond` a rate, `…Multiplier` a " +
    "positive factor, `…Level` a positive number on the slice's own scale. An option that is not " +
    "a number is one of the names it lists.\n\n" +
    `${body.join("\n\n")}\n\n${profilesSection()}`
  );
}

/** The profiles are data; they are read by importing them, which also proves that they load. */
function profilesSection(): string {
  const rows = Object.entries(profiles).flatMap(([profile, changes]) =>
    Object.entries(changes).map(([name, value]) => `| ${profile} | \`${name}\` | \`${value}\` |`),
  );
  return (
    "## Profiles\n\n`startNode({ profile })` changes these options of `swim`; everything else " +
    "stays as above. Source: memberlist's own profiles.\n\n" +
    `| profile | option | value |\n| --- | --- | --- |\n${rows.join("\n")}\n`
  );
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, entry]) => `| \`${code}\` | ${entry.definite ? "yes" : "no"} | ${cell(entry.doc)} |`,
  );
  return (
    "# Error codes\n\nGenerated from `src/core/errors.ts` by `npm run generate`; do not edit. " +
    "Every error that Hearsay throws at its user is a `HearsayError` with one of these codes. " +
    "*Definite*: the " +
    "operation certainly did not and will not take effect.\n\n" +
    `| code | definite | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`
  );
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

function listFiles(folder: string): string[] {
  return ts.sys.readDirectory(folder, [".ts"], undefined, undefined);
}

const { swimProfiles: profiles } = await import("../src/peers/swim/swim.options.ts");
const { errorCodes } = await import("../src/core/errors.ts");
const pages = { "options.md": optionsPage(), "errors.md": errorsPage() };
const isCheck = process.argv.includes("--check");
let stale = 0;
for (const [name, text] of Object.entries(pages)) {
  const file = join(root, "docs/reference", name);
  const old = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (old === text) continue;
  if (isCheck) {
    stale++;
    console.error(`docs/reference/${name} is out of date: run npm run generate`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.error(`wrote docs/reference/${name}`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
