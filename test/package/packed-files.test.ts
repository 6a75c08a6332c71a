import { describe, expect, it } from "vitest";
import { consumerSource, strayFiles, tarballProblems } from "../../scripts/packed-files.ts";

const manifest = {
  name: "hearsay",
  version: "1.0.0",
  exports: {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  },
  bin: { hearsay: "./dist/cli/main.js" },
};
const complete = [
  "dist/dashboard/index.html",
  "dist/dashboard/playground.html",
  "package.json",
  "README.md",
  "LICENSE",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/cli/main.js",
];

describe("the packed tarball", () => {
  it.each([
    "dist/.tsbuildinfo",
    "dist/.built-from",
    "dist/core/a.test.js",
    "src/core/a.test.ts",
    "src/peers/swim/swim-rig.ts",
    "dist/agent/fake-node.js",
    "test/a.ts",
    "scripts/setup.mjs",
    ".npmrc",
    "dist/notes.txt",
  ])("must not hold %s", (path) => {
    expect(strayFiles([path])).toEqual([path]);
  });

  it("may hold outputs, their sources and the papers", () => {
    const sources = ["src/index.ts", "dist/index.js.map", "dist/index.d.ts.map", "CHANGELOG.md"];
    expect(strayFiles([...complete, ...sources])).toEqual([]);
  });

  it("holds every file that the manifest names", () => {
    expect(tarballProblems(manifest, complete)).toEqual([]);
    for (const missing of complete) {
      const rest = complete.filter((path) => path !== missing);
      expect(tarballProblems(manifest, rest).join()).toContain(missing);
    }
  });

  it("is tried by a consumer that imports every subpath", () => {
    const source = consumerSource("hearsay", [".", "./core"]);
    expect(source).toContain('import * as part0 from "hearsay";');
    expect(source).toContain('import * as part1 from "hearsay/core";');
  });
});
