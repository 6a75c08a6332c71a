import { describe, expect, it } from "vitest";
import { lockProblems } from "../../scripts/lock-check.ts";

const manifest = {
  version: "1.0.0",
  dependencies: { zod: "4.6.7" },
  devDependencies: { "@types/node": "^20.19.0" },
};
const lock = {
  packages: {
    "": manifest,
    "node_modules/zod": { version: "4.6.7", integrity: "sha512-x" },
  },
};
const planted = { ...manifest, dependencies: { zod: "^4.6.7" } };

describe("the lock file", () => {
  it("is well when pinned, in step and without addresses", () => {
    expect(lockProblems(manifest, lock)).toEqual([]);
  });

  it.each([
    [
      "carries a download address",
      manifest,
      { "node_modules/a": { integrity: "sha512-x", resolved: "https://example.org/a.tgz" } },
    ],
    ["has no checksum", manifest, { "node_modules/a": { version: "1.0.0" } }],
    ["is no exact version", planted, { "": planted }],
    ["lock and package.json differ", { ...manifest, version: "2.0.0" }, {}],
    ["lock and package.json differ", { ...manifest, dependencies: { zod: "4.6.8" } }, {}],
    ["in the lock, not in package.json", { ...manifest, dependencies: {} }, {}],
  ])("is refused: %s", (problem, wanted, packages) => {
    const found = lockProblems(wanted, { packages: { ...lock.packages, ...packages } });
    expect(found.join("\n")).toContain(problem);
  });
});
