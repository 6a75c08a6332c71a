import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const src = fileURLToPath(new URL("../..", import.meta.url));
/** What is loaded with the file that says so: no types, and no `await import`. */
const LOADS = /^(?:import|export)(?! type\b)[^;]*?["']([^"']+)["'];/gms;

function loadedBy(entry: string): Set<string> {
  const loaded = new Set<string>();
  const waiting = [join(src, entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    if (!file.startsWith(src)) continue;
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(LOADS)) {
      if (target.startsWith(".")) waiting.push(resolve(dirname(file), target));
      else loaded.add(target);
    }
  }
  return new Set([...loaded].map((file) => file.replace(src, "")));
}

test("hearsay/testing loads neither a node, nor the simulator, nor a test runner", () => {
  for (const entry of ["testing/index.ts", "testing/vitest.ts"]) {
    const loaded = [...loadedBy(entry)];
    expect(loaded).toContain("testing/test-cluster/matchers.ts");
    const heavy = loaded.filter((file) => /^(node|sim|peers|exchange|wire|vitest)\b/.test(file));
    expect(heavy).toEqual([]);
  }
  expect([...loadedBy("testing/test-cluster/running-cluster.ts")]).toContain("sim/simulator.ts");
});
