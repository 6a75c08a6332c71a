import { basename } from "node:path";
import ts from "typescript";
import { isGenerated, isTest, lineOf, type Offence, type Source, visit } from "./source.ts";

const COLUMNS_MAX = 100;
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;
const PARAMETERS_MAX = 4;

/** Tools that read a config file ask for its default export. */
const CONFIG_FILE = /(^|\/)[a-z0-9.-]+[.]config[.]ts$/;
const EMPTY_WORD = /(manager|handler|utils?|helpers?|service)$/i;

export function shapeOffences(source: Source): Offence[] {
  if (isGenerated(source.path)) return [];
  const found: Offence[] = [];
  const add = (rule: string, name: string, line: number, message: string): void => {
    found.push({ rule, key: name === "" ? source.path : `${source.path}#${name}`, line, message });
  };
  const lines = source.text.split("\n");
  for (const [index, line] of lines.entries()) {
    if ([...line].length <= COLUMNS_MAX) continue;
    add("columns", "", index + 1, `longer than ${COLUMNS_MAX} columns: break the line`);
  }
  // The last line ends in a newline, after which nothing stands.
  const lineCount = lines.length - 1;
  if (lineCount > FILE_LINES_MAX) {
    add("file-length", "", 1, `${lineCount} lines (at most ${FILE_LINES_MAX}): one idea a file`);
  }
  if (EMPTY_WORD.test(basename(source.path).replace(/([.][a-z]+)*[.]ts$/, ""))) {
    add("empty-name", "", 1, "this file name says nothing: name the idea, a noun of the paper");
  }
  visit(source.tree, (node) => {
    const line = lineOf(source, node);
    for (const [rule, name, message] of nodeOffences(source, node)) add(rule, name, line, message);
  });
  return found;
}

type Finding = readonly [rule: string, name: string, message: string];

function nodeOffences(source: Source, node: ts.Node): Finding[] {
  const found = ts.isFunctionLike(node) ? functionOffences(source, node) : [];
  if (ts.isEnumDeclaration(node)) {
    found.push(["no-enum", node.name.text, "use a union of names: an enum is not erasable"]);
  }
  if (ts.isModuleDeclaration(node) && !isAugmentation(node)) {
    found.push(["no-namespace", node.name.getText(), "a file is a namespace already"]);
  }
  if (isDefaultExport(node) && !CONFIG_FILE.test(source.path)) {
    found.push([
      "no-default-export",
      "",
      "export by name: it is then the same wherever it is used",
    ]);
  }
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
    const name = node.name?.text ?? "";
    const message = "this name says nothing: name what it is, or what it does";
    if (EMPTY_WORD.test(name)) found.push(["empty-name", name, message]);
  }
  return found;
}

function isAugmentation(node: ts.ModuleDeclaration): boolean {
  return ts.isStringLiteral(node.name) || (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  if (!ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node)) return false;
  return node.modifiers?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword) === true;
}

function functionOffences(source: Source, node: ts.SignatureDeclaration): Finding[] {
  const found: Finding[] = [];
  const name = nameOf(node);
  const parameters = node.parameters.filter((one) => one.name.getText() !== "this");
  if (parameters.length > PARAMETERS_MAX) {
    const message = `${parameters.length} parameters (at most ${PARAMETERS_MAX}): pass an object`;
    found.push(["parameters", name, message]);
  }
  for (const parameter of parameters) {
    if (!isDeclared(node) || !isBoolean(parameter)) continue;
    const message = `${parameter.name.getText()} is a bare true or false at the call: name it`;
    found.push(["boolean-parameter", `${name}.${parameter.name.getText()}`, message]);
  }
  const lineCount = linesOf(source, node);
  if (lineCount > FUNCTION_LINES_MAX && !isSuite(source, node)) {
    const message = `${lineCount} lines (at most ${FUNCTION_LINES_MAX}): give its parts names`;
    found.push(["function-length", name, message]);
  }
  return found;
}

/** Callbacks are called by code that names the argument; only declared functions are at fault. */
function isDeclared(node: ts.SignatureDeclaration): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isMethodSignature(node)
  );
}

/** A parameter called `value` is the data itself, as a writer of booleans has it. */
function isBoolean({ name, type, initializer }: ts.ParameterDeclaration): boolean {
  if (name.getText() === "value") return false;
  if (type?.kind === ts.SyntaxKind.BooleanKeyword) return true;
  const value = initializer?.kind;
  return value === ts.SyntaxKind.TrueKeyword || value === ts.SyntaxKind.FalseKeyword;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return `${classOf(node)}constructor`;
  if (node.name !== undefined) return `${classOf(node)}${node.name.getText()}`;
  const { parent } = node;
  return ts.isVariableDeclaration(parent) ? parent.name.getText() : "(anonymous)";
}

function classOf(node: ts.Node): string {
  return ts.isClassLike(node.parent) ? `${node.parent.name?.text ?? ""}.` : "";
}

function linesOf(source: Source, node: ts.Node): number {
  const first = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line;
  return source.tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

/** The callback of a `describe`, or what makes tests for a contract suite, is a chapter. */
function isSuite(source: Source, node: ts.SignatureDeclaration): boolean {
  if (!isTest(source.path) && !source.path.startsWith("src/testing/")) return false;
  const { parent } = node;
  if (ts.isCallExpression(parent) && /\bdescribe\b/.test(parent.expression.getText())) return true;
  const body = "body" in node ? node.body : undefined;
  return body !== undefined && ts.isBlock(body) && body.statements.some(isTestCall);
}

function isTestCall(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) {
    return false;
  }
  return /^(\w+[.])?(describe|test|it)\b/.test(statement.expression.expression.getText());
}
