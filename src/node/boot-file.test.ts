import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BootFile } from "./boot-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hearsay-boot-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("each life has a larger boot than the last, also when the clock is set back", () => {
  const first = new BootFile(directory).begin(1_000);
  expect(first.boot).toBe(1_000);
  expect(new BootFile(directory).begin(1_000).boot).toBe(1_001);
  expect(new BootFile(directory).begin(500).boot).toBe(1_002);
  expect(new BootFile(directory).begin(5_000).boot).toBe(5_000);
});

test("the suffix of the name stays, and a directory is made when there is none", () => {
  const deep = join(directory, "a", "b");
  const first = new BootFile(deep).begin(1);
  expect(first.nameSuffix).toMatch(/^[0-9a-f]{6}$/);
  expect(new BootFile(deep).begin(1).nameSuffix).toBe(first.nameSuffix);
});

test("a damaged file is an error that names it and says what to do", () => {
  const file = new BootFile(directory);
  file.begin(1_000);
  const text = readFileSync(file.path, "utf8");
  for (const bad of [
    "",
    "x",
    text.replace("1000", "1001"),
    text.slice(0, -9),
    `${"0".repeat(8)}\n{}\n`,
  ]) {
    writeFileSync(file.path, bad);
    expect(() => file.begin(2_000), bad).toThrow(/DATA_DIR.*node\.json is damaged.*delete it/);
  }
});

test.each([
  "no JSON",
  '{"format":2,"boot":1,"nameSuffix":"abcdef"}',
  `{"format":1,"boot":${Number.MAX_SAFE_INTEGER},"nameSuffix":"abcdef"}`,
])("a whole file that says %s is refused, too", (body) => {
  const file = new BootFile(directory);
  writeFileSync(file.path, `${crc32(body).toString(16).padStart(8, "0")}\n${body}\n`);
  expect(() => file.begin(2_000)).toThrow(/DATA_DIR.*newer release/);
});

test("a place that cannot be written is an error that says so", () => {
  const occupied = join(directory, "file");
  writeFileSync(occupied, "");
  expect(() => new BootFile(join(occupied, "sub")).begin(1)).toThrow(/DATA_DIR.*node\.json cannot/);
  mkdirSync(join(directory, "node.json"));
  expect(() => new BootFile(directory).begin(1)).toThrow(/DATA_DIR.*cannot be read/);
});
