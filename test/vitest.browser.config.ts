import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { reporters } from "./reporters.ts";

/** What runs in a real browser too: needs Debian's package `chromium`. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/browser/**/*.test.ts"],
    pool: "threads",
    fileParallelism: false,
    retry: 0,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Long for a busy machine; a wait that fails names what it waited for.
    expect: { poll: { timeout: 30_000 } },
    reporters: reporters(),
  },
});
