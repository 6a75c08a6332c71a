import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a folder is made with those above it, and may be there already", () => {
  const folder = join(place(), "a", "b", "c");
  for (let time = 0; time < 2; time += 1) {
    makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  }
});

test("a folder is its owner's alone, and those above it are as others are", () => {
  const above = join(place(), "a");
  makeFolder(join(above, "b"));
  const usual = 0o777 & ~process.umask();
  expect(statSync(above).mode & 0o777).toBe(usual);
  expect(statSync(join(above, "b")).mode & 0o777).toBe(0o700 & usual);
});

test("what is no folder, or leads nowhere, is refused at once", () => {
  const folder = place();
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  expect(() => makeFolder(join(folder, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(folder, "file", "x"))).toThrow("ENOTDIR");
  expect(() => makeFolder(join(folder, "link", "x"))).toThrow(/ENOENT|EEXIST/);
});

test.skipIf(!existsSync("/proc/self"))(
  "a system that takes no folders is not asked for ever",
  () => {
    expect(() => makeFolder("/proc/hearsay/data")).toThrow("ENOENT");
  },
);
