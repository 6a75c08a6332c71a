import { expect, test } from "vitest";
import { EvidenceLog } from "./evidence.ts";

function whats(log: EvidenceLog, name: string): string[] {
  return log.of(name).map((link) => `${link.atMs} ${link.what}`);
}

test("a chain is oldest first and forgets its oldest link when full", () => {
  const log = new EvidenceLog(2, 2);
  log.add("a", { atMs: 1, what: "joined" });
  log.add("a", { atMs: 2, what: "suspected" });
  log.add("a", { atMs: 3, what: "refuted" });
  expect(whats(log, "a")).toEqual(["2 suspected", "3 refuted"]);
});

test("the chain of a reaped member stays until too many others were reaped after it", () => {
  const log = new EvidenceLog(9, 2);
  for (const name of ["a", "b", "c"]) {
    log.add(name, { atMs: 1, what: "joined" });
    log.retire(name);
  }
  expect(whats(log, "a")).toEqual([]);
  expect(whats(log, "b")).toEqual(["1 joined"]);
});

test("who comes back goes on with the old chain", () => {
  const log = new EvidenceLog(9, 2);
  log.add("a", { atMs: 1, what: "reaped" });
  log.retire("a");
  log.add("a", { atMs: 5, what: "joined" });
  expect(whats(log, "a")).toEqual(["1 reaped", "5 joined"]);
});

test("what is handed out does not change afterwards", () => {
  const log = new EvidenceLog(9, 2);
  log.add("a", { atMs: 1, what: "joined" });
  const before = log.of("a");
  log.add("a", { atMs: 2, what: "suspected" });
  expect(before.length).toBe(1);
});
