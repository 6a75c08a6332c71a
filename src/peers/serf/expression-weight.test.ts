import { expect, test } from "vitest";
import { expressionWeight } from "./expression-weight.ts";
import { matchesExpression } from "./serf-expression.wire.ts";

test.each([
  ["abc", 3],
  ["a{3}", 3],
  ["a{2,}b", 3],
  ["(ab){4}", 8],
  ["((a{10}){10}){10}", 1_000],
  ["a{1,30}\\{5}", 33],
  ["\\pL{10}", 160],
  ["\\p{Greek}{10}", 160],
  ["[\\pL\\pN]{10}", 320],
  ["[a-z]{10}[", 11],
  ["(((", 0],
  [")))a", 1],
])("%s weighs %d", (expression, weight) => {
  expect(expressionWeight(expression)).toBe(weight);
});

test("ordinary expressions match, and those that unroll to very much match nothing", () => {
  const uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
  expect(matchesExpression(uuid, "01234567-89ab-cdef-0123-456789abcdef")).toBe(true);
  expect(matchesExpression("^(\\d{1,3}\\.){3}\\d{1,3}$", "10.0.0.255")).toBe(true);
  expect(matchesExpression("(\\pL{900}|\\pN{900})?", "a")).toBe(false);
  expect(matchesExpression("(.{1,32}){1,31}", "aaa")).toBe(false);
});
