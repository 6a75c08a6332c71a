import { describe, expect, it } from "vitest";
import { wrapComments } from "../../scripts/wrap-comments.ts";

const words = (count: number): string =>
  Array.from({ length: count }, (_, i) => `word${i}`).join(" ");

describe("wrapping comments", () => {
  it("breaks a long line and lets the paragraph take up the rest", () => {
    const wrapped = wrapComments(` * ${words(20)}\n * and so on.\n *\n * Next.\n`);
    const lines = wrapped.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(wrapped.replace(/\n \* /g, " ")).toContain(`${words(20)} and so on.`);
    expect(lines.slice(-3)).toEqual([" *", " * Next.", ""]);
  });

  it("unfolds a block of one line", () => {
    const lines = wrapComments(`  /** ${words(20)} [guess] */\n  aMs: 1,`).split("\n");
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual(["  /**", "   */", "  aMs: 1,"]);
    expect(lines.slice(1, -2).every((line) => line.startsWith("   * "))).toBe(true);
  });

  it("does not run one item of a list into the next", () => {
    const lines = wrapComments(`// - ${words(20)}\n// - two`).split("\n");
    expect(lines.at(-1)).toBe("// - two");
    expect(lines).toHaveLength(3);
  });

  it("leaves alone what fits, what is code, and what cannot be broken", () => {
    const url = `// https://example.org/${"x".repeat(120)}`;
    const code = `const a = "${words(30)}";`;
    for (const text of ["// short\n/** so */\n", url, code]) expect(wrapComments(text)).toBe(text);
  });
});
