/**
 * Tag expressions of queries: RE2 in time linear to the text, for they come from anybody.
 * Source: specs/memberlist-wire.md section 24.1.
 */
import { RE2JS } from "re2js";
import { expressionWeight } from "./expression-weight.ts";

/** A query has at most 1024 bytes, so no honest expression is longer. */
const EXPRESSION_MAX_LENGTH = 1024;
/** What repetitions may add to an expression; tags have 512 bytes in all, so none needs more. */
const EXTRA_WEIGHT_MAX = 300;
/** The same query comes once from each neighbour; more kinds than this are not about at a time. */
const COMPILED_MAX = 64;

/** undefined for an expression that is none. The oldest is forgotten when there are too many. */
const compiled = new Map<string, RE2JS | undefined>();

/** Searched anywhere in `text`. An expression that is none, or too long, matches nothing. */
export function matchesExpression(expression: string, text: string): boolean {
  if (expression.length > EXPRESSION_MAX_LENGTH) return false;
  let pattern = compiled.get(expression);
  if (pattern === undefined && !compiled.has(expression)) {
    pattern = compile(expression);
    const oldest = compiled.size >= COMPILED_MAX ? compiled.keys().next() : undefined;
    if (oldest?.done === false) compiled.delete(oldest.value);
    compiled.set(expression, pattern);
  }
  try {
    return pattern?.matcher(text).find() ?? false;
  } catch {
    return false;
  }
}

function compile(expression: string): RE2JS | undefined {
  if (expressionWeight(expression) > expression.length + EXTRA_WEIGHT_MAX) return undefined;
  try {
    return RE2JS.compile(expression);
  } catch {
    return undefined;
  }
}
