import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["test/interop/**", "test/e2e/**", "test/papers/**", "node_modules/**", "dist/**"],
    pool: "threads",
    retry: 0,
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
