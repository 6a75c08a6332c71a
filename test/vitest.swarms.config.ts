import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { reporters } from "./reporters.ts";
import { swarmTests } from "./swarm-tests.ts";

/** Many seeds, faults and mutated bytes: minutes of computing, no outside program. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: swarmTests,
    pool: "threads",
    // Nothing here looks at a real clock: two at once, also where vitest would leave a core idle.
    maxWorkers: 2,
    retry: 0,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    reporters: reporters(),
  },
});
