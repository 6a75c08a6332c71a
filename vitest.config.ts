import { defineConfig } from "vitest/config";
import { reporters } from "./test/reporters.ts";

/** What needs another program, or much time, has a command of its own (package.json). */
const elsewhere = ["test/interop/**", "test/e2e/**", "test/papers/**", "test/browser/**"];

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...elsewhere, "node_modules/**", "dist/**"],
    pool: "threads",
    // A test that passes the second time has found something.
    retry: 0,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: reporters(),
  },
});
