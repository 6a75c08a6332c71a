import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";
import { reporters } from "./test/reporters.ts";
import { seededProperties } from "./test/seeded-properties.ts";
import { swarmTests } from "./test/swarm-tests.ts";

/** What needs another program, or much time, has a command of its own (package.json). */
const elsewhere = [
  "test/interop/**",
  "test/e2e/**",
  "test/papers/**",
  "test/browser/**",
  ...swarmTests,
];

export default defineConfig({
  plugins: [seededProperties()],
  test: {
    include: ["src/**/*.test.ts", "apps/**/*.test.ts", "test/**/*.test.ts"],
    exclude: [...elsewhere, "node_modules/**", "dist/**"],
    pool: "threads",
    // Two on two cores, where vitest would start one, which also waits for sockets all alone.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    // A test that passes the second time has found something.
    retry: 0,
    // Whoever waits gives up before, and says for what: a stall of the machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000, interval: 10 } },
    reporters: reporters(),
  },
});
