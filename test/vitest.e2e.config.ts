import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { reporters } from "./reporters.ts";

/** Real processes of the built command line: one file at a time, for they share two cores. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/e2e/**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    retry: 0,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Long for a busy machine; a wait that fails names what it waited for.
    expect: { poll: { timeout: 30_000 } },
    reporters: reporters(),
  },
});
