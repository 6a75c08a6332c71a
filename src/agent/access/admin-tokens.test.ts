import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AdminTokens, isAllowed, readTokenFile, weakTokensCount } from "./admin-tokens.ts";

test("a token has its role, the greatest where it is given twice; nothing of it is kept", () => {
  const tokens = new AdminTokens([
    { role: "read", token: "secretToken" },
    { role: "write", token: "secretToken" },
  ]);
  expect(tokens.roleOf("secretToken")).toBe("write");
  expect(tokens.roleOf("secretToke")).toBeUndefined();
  expect(tokens.roleOf("")).toBeUndefined();
  expect(JSON.stringify(tokens)).not.toContain("secretToken");
  tokens.replace([]);
  expect(tokens.isEmpty).toBe(true);
  expect(tokens.roleOf("secretToken")).toBeUndefined();
});

test("each role may do what the one before may", () => {
  expect(isAllowed("write", "read")).toBe(true);
  expect(isAllowed("write", "admin")).toBe(false);
  expect(isAllowed("read", undefined)).toBe(true);
});

test("a file of tokens names roles; what is wrong is told without the token", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-tokens-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "tokens");
  writeFileSync(file, "# of the team\nread  abc\n\nadmin def\nalone\n");
  expect(readTokenFile(file)).toEqual([
    { role: "read", token: "abc" },
    { role: "admin", token: "def" },
    { role: "admin", token: "alone" },
  ]);
  writeFileSync(file, "reader abc\n");
  expect(() => readTokenFile(file)).toThrow(/entry 1 must be a role \(read, write, admin\)/);
  expect(() => readTokenFile(file)).not.toThrow(/abc/);
  expect(() => readTokenFile(join(folder, "none"))).toThrow(/cannot be read \(ENOENT\)/);
  expect(() => new AdminTokens([{ role: "read", token: "" }])).toThrow(/empty/);
  expect(() => new AdminTokens(Array(101).fill({ role: "read", token: "a" }))).toThrow(/100/);
  expect(weakTokensCount([{ role: "read", token: "short" }])).toBe(1);
});
