import ts from "typescript";
import { lineOf, type Offence, type Source } from "./source.ts";

/** A port is part of an address, not a measure, and stays a number. */
const UNIT = /(Ms|Bytes|Count|Ratio|Multiplier|Level|PerSecond|Port)$/;
const PROVENANCE = /\[[^\]]+\]\s*$/;

/** In `x.options.ts`, every entry of `xDefaults` has its unit in its name and says whence it is. */
export function optionOffences(source: Source): Offence[] {
  if (!source.path.endsWith(".options.ts")) return [];
  const constants = source.tree.statements.flatMap((statement) =>
    ts.isVariableStatement(statement) ? [...statement.declarationList.declarations] : [],
  );
  const defaults = constants.filter((one) => one.name.getText().endsWith("Defaults"));
  if (defaults.length === 0) {
    const message = "no exported constant of the form xDefaults";
    return [{ rule: "options", key: source.path, line: 1, message }];
  }
  return defaults.flatMap((one) => entryOffences(source, unwrap(one.initializer)));
}

function unwrap(node: ts.Expression | undefined): ts.Expression | undefined {
  if (node === undefined) return undefined;
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return unwrap(node.expression);
  return node;
}

function entryOffences(source: Source, object: ts.Expression | undefined): Offence[] {
  if (object === undefined || !ts.isObjectLiteralExpression(object)) return [];
  return object.properties.flatMap((property) => {
    const problem = ts.isPropertyAssignment(property) ? problemOf(source, property) : undefined;
    if (problem === undefined) return [];
    const name = property.name?.getText() ?? "";
    const message = `option ${name}: ${problem}`;
    const key = `${source.path}#${name}`;
    return [{ rule: "options", key, line: lineOf(source, property), message }];
  });
}

function problemOf(source: Source, property: ts.PropertyAssignment): string | undefined {
  const value = unwrap(property.initializer);
  const kind = value?.kind;
  if (kind === ts.SyntaxKind.TrueKeyword || kind === ts.SyntaxKind.FalseKeyword) {
    return "a boolean: use a union of names (oneOf), or leave the object out";
  }
  const isNamed = kind === ts.SyntaxKind.StringLiteral || kind === ts.SyntaxKind.CallExpression;
  if (!isNamed && !UNIT.test(property.name.getText())) {
    return "the unit is missing: …Ms, …Bytes, …Count, …Ratio, …Multiplier, …Level or …Port";
  }
  const comments = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc);
  const comment = ts.getTextOfJSDocComment(comments.at(-1)?.comment) ?? "";
  if (PROVENANCE.test(comment)) return undefined;
  const file = source.path.split("/").at(-1) ?? "";
  return `its comment in ${file} must end in its provenance, such as [memberlist LAN] or [guess]`;
}
