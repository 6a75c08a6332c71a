import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../../src", import.meta.url));

/** Every source that `entry` reaches by static or dynamic imports, itself included. */
function reachedFrom(entry: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [join(src, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(
      /["'](\.{1,2}\/[^"']+\.ts)["']/g,
    )) {
      waiting.push(resolve(dirname(file), path));
    }
  }
  return new Set([...reached].map((file) => file.slice(src.length + 1)));
}

test("a real node is composed by compose.ts and never loads the simulator", () => {
  const reached = reachedFrom("index.ts");
  expect(reached).toContain("node/compose.ts");
  expect(reached).toContain("peers/swim/swim.ts");
  expect([...reached].filter((file) => /^(sim|testing|agent|cli)\//.test(file))).toEqual([]);
});

test("the composition knows no host: neither sockets nor the simulator", () => {
  const hosts = [...reachedFrom("node/compose.ts")].filter((file) =>
    /^(sim|transport|node\/host)\//.test(file),
  );
  expect(hosts).toEqual([]);
});

test("importing the package loads no protocol until a node is started", () => {
  const files = readdirSync(join(src, "node"), { recursive: true });
  expect(files.length).toBeGreaterThan(10);
  const statically = readFileSync(join(src, "node/start-node.ts"), "utf8");
  expect(statically).not.toMatch(/^import (?!type)/m);
});
