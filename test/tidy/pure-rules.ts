import ts from "typescript";
import { isTest, lineOf, type Offence, type Source, visit } from "./source.ts";

const MATH = "use the same name of core/math.ts: engines may differ in the last bit";
const ENV_TIMER = "use env.setTimer: timers are data, and the host owns the clock";
const NO_WAIT = "a protocol never waits: send a message or set a timer, and react to what comes";
const ENV_CLOCK = "use env.now() for durations, env.wallClock() for dates";
const HOST_ONLY = "this belongs to a host: put it into src/node, or take it as an argument";

/** What pure code may not name, and what it uses instead. */
const bannedGlobals: Readonly<Record<string, string>> = {
  Date: ENV_CLOCK,
  performance: ENV_CLOCK,
  setTimeout: ENV_TIMER,
  setInterval: ENV_TIMER,
  setImmediate: ENV_TIMER,
  queueMicrotask: ENV_TIMER,
  console: "count it with core/metrics.ts, or report it through a listener",
  process: HOST_ONLY,
  fetch: HOST_ONLY,
  Intl: "output may differ by the machine's language: compare and print plainly",
  crypto: "use env.random for dice; hashing for the wire belongs into *.wire.ts",
  Buffer: "use Uint8Array, and core/text.ts for bytes of text",
  TextEncoder: "use core/text.ts",
  TextDecoder: "use core/text.ts",
  EventEmitter: "take a listener object; call it last in a step",
  Promise: NO_WAIT,
};

/** What the language defines exactly; every other function of Math may differ by engine. */
const EXACT_MATH =
  /^(abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|[A-Z][A-Z0-9_]*)$/;

export function isPure(path: string): boolean {
  if (isTest(path) || path.endsWith(".wire.ts")) return false;
  if (/^src\/orderer\/(etcd3\/|etcd\.ts$|etcd-engine\.ts$)/.test(path)) return false;
  return /^src\/(core|peers|exchange|data|raft|orderer)\//.test(path);
}

/** The simulator may wait for its user, but it has no clock, dice or platform of its own either. */
function isSimulator(path: string): boolean {
  return path.startsWith("src/sim/") && !isTest(path);
}

export function pureOffences(source: Source): Offence[] {
  const isProtocol = isPure(source.path);
  if (!isProtocol && !isSimulator(source.path)) return [];
  const found: Offence[] = [];
  visit(source.tree, (node) => {
    const banned = bannedBy(node);
    if (banned === undefined || (banned.instead === NO_WAIT && !isProtocol)) return;
    const { word, instead } = banned;
    const message = `${word} in a pure layer: ${instead}`;
    found.push({
      rule: "pure",
      key: `${source.path}#${word}`,
      line: lineOf(source, node),
      message,
    });
  });
  return found;
}

function bannedBy(node: ts.Node): { word: string; instead: string } | undefined {
  if (ts.isIdentifier(node)) return bannedGlobal(node);
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return { word: "async", instead: NO_WAIT };
  if (ts.isAwaitExpression(node)) return { word: "await", instead: NO_WAIT };
  if (ts.isForInStatement(node)) return { word: "for…in", instead: "use for…of over Object.keys" };
  if (ts.isPropertyAccessExpression(node)) return bannedMember(node);
  if (ts.isBinaryExpression(node)) return bannedPower(node);
  return undefined;
}

function bannedGlobal(node: ts.Identifier): { word: string; instead: string } | undefined {
  if (!Object.hasOwn(bannedGlobals, node.text) || isOwnName(node)) return undefined;
  return { word: node.text, instead: bannedGlobals[node.text] ?? HOST_ONLY };
}

/** `member.process` and `{ process: 1 }` name a property, not the global. */
function isOwnName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return "name" in parent ? parent.name === node : parent.right === node;
  }
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent))
    return parent.name === node;
  if (ts.isPropertyDeclaration(parent) || ts.isMethodDeclaration(parent)) {
    return parent.name === node;
  }
  return ts.isMethodSignature(parent) && parent.name === node;
}

function bannedMember(
  node: ts.PropertyAccessExpression,
): { word: string; instead: string } | undefined {
  const member = node.name.text;
  if (/^(toLocale|localeCompare)/.test(member)) {
    return { word: member, instead: "output may differ by the machine's language: use < and >" };
  }
  if (!ts.isIdentifier(node.expression) || node.expression.text !== "Math") return undefined;
  if (member === "random")
    return { word: "Math.random", instead: "use env.random, which is seeded" };
  return EXACT_MATH.test(member) ? undefined : { word: `Math.${member}`, instead: MATH };
}

/** `**` is Math.pow; between two literals it is a constant that any engine gets right. */
function bannedPower(node: ts.BinaryExpression): { word: string; instead: string } | undefined {
  const operator = node.operatorToken.kind;
  const isPower =
    operator === ts.SyntaxKind.AsteriskAsteriskToken ||
    operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
  if (!isPower || (isLiteral(node.left) && isLiteral(node.right))) return undefined;
  return { word: "**", instead: MATH };
}

function isLiteral(node: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(node)) return isLiteral(node.operand);
  return ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
}
