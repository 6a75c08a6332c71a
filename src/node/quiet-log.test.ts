import { expect, test } from "vitest";
import { silentLogger } from "./node-options.ts";
import { QuietLog } from "./quiet-log.ts";

test("one line of a kind a second, which says how many it stands for", () => {
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (...line: unknown[]) => lines.push(line) };
  let now = 0;
  const log = new QuietLog(logger, () => now);
  for (let at = 0; at < 2_500; at += 1) {
    now = at;
    log.write("warn", "callback", () => ({ message: `at ${at}`, fields: { at } }));
  }
  log.write("warn", "conflict", () => ({ message: "another kind" }));
  expect(lines).toEqual([
    ["at 0", { at: 0, count: 1 }],
    ["at 1000", { at: 1_000, count: 1_000 }],
    ["at 2000", { at: 2_000, count: 1_000 }],
    ["another kind", { count: 1 }],
  ]);
});
