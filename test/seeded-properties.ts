import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";

const seeded = fileURLToPath(new URL("seeded-fast-check.ts", import.meta.url));

/** Whoever imports fast-check has it with the seed of `seeded-fast-check.ts`. */
export function seededProperties(): Plugin {
  return {
    name: "seeded-properties",
    enforce: "pre",
    resolveId: (id, importer) => (id === "fast-check" && importer !== seeded ? seeded : undefined),
  };
}
