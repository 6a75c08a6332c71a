import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { reporters } from "./reporters.ts";

/** Published results reproduced on the simulator: minutes of computing, no outside program. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/papers/**/*.test.ts"],
    pool: "threads",
    // Nothing here looks at a real clock: two at once, also where vitest would leave a core idle.
    maxWorkers: 2,
    retry: 0,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    reporters: reporters(),
  },
});
