import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";

/** A checkout with two sources, and this checkout's packages as if installed there. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-setup-"));
  const copied = ["scripts/setup.mjs", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
  for (const path of copied) cpSync(join(root, path), join(folder, path));
  mkdirSync(join(folder, "src", "cli"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, "src", "a.ts"), "export const a: number = 1;\n");
  writeFileSync(join(folder, "src", "cli", "main.ts"), "#!/usr/bin/env node\nexport {};\n");
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function setup(env: Record<string, string> = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, ["scripts/setup.mjs"], options);
}

const built = (name: string): string => join(folder, "dist", name);

describe("setting up a checkout", () => {
  it("builds once, speaks on stderr only, and then has nothing to do", () => {
    const first = setup();
    expect([first.status, first.stdout]).toEqual([0, ""]);
    expect(first.stderr).toContain("building");
    expect(existsSync(built("a.js")) && existsSync(built("a.d.ts"))).toBe(true);
    const second = setup();
    expect([second.status, second.stdout, second.stderr]).toEqual([0, "", ""]);
  });

  it("builds again what changed, and removes what has no source any more", () => {
    setup();
    writeFileSync(join(folder, "src", "b.ts"), "export const b = 2;\n");
    rmSync(join(folder, "src", "a.ts"));
    expect(setup().status).toBe(0);
    expect(readFileSync(built("b.js"), "utf8")).toContain("b = 2");
    for (const name of ["a.js", "a.d.ts", "a.js.map"]) expect(existsSync(built(name))).toBe(false);
  });

  it("builds again when the outputs are gone", () => {
    setup();
    rmSync(join(folder, "dist"), { recursive: true });
    expect(setup().status).toBe(0);
    expect(existsSync(built("a.js"))).toBe(true);
  });

  it("fails with the compiler's words, and goes on failing until they are heeded", () => {
    writeFileSync(join(folder, "src", "a.ts"), 'export const a: number = "one";\n');
    for (let time = 0; time < 2; time++) {
      const { status, stdout, stderr } = setup();
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("src/a.ts");
    }
    writeFileSync(join(folder, "src", "a.ts"), "export const a: number = 1;\n");
    expect(setup().status).toBe(0);
  });

  it("installs when what is installed is not what the lock asks for", () => {
    const npm = join(folder, "npm.js");
    writeFileSync(npm, 'console.log("npm was asked:", ...process.argv.slice(2));\n');
    expect(setup({ npm_execpath: npm }).stderr).not.toContain("npm was asked");
    const lock = join(folder, "package-lock.json");
    const changed = readFileSync(lock, "utf8").replace(
      /"version": "2[.]17[.]0"/,
      '"version": "9.9.9"',
    );
    writeFileSync(lock, changed);
    const { stdout, stderr } = setup({ npm_execpath: npm });
    expect(stdout).toBe("");
    expect(stderr).toContain("npm was asked: ci --ignore-scripts");
  });
});
