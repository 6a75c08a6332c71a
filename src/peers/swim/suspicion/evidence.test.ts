import { expect, test } from "vitest";
import { MemberRecord } from "../roster/member-record.ts";
import type { SwimMember } from "../swim.contract.ts";
import { identityAt } from "../swim-rig.ts";
import { EvidenceLog } from "./evidence.ts";

function log(
  evidenceMaxCount: number,
  evidenceReapedMaxCount: number,
  memberOf: (name: string) => SwimMember | undefined = () => undefined,
): EvidenceLog {
  return new EvidenceLog({ evidenceMaxCount, evidenceReapedMaxCount }, memberOf);
}

function whats(log: EvidenceLog, name: string): string[] {
  return log.of(name).map((link) => `${link.atMs} ${link.what}`);
}

test("a chain is oldest first and forgets its oldest link when full", () => {
  const chains = log(2, 2);
  chains.add("a", { atMs: 1, what: "joined" });
  chains.add("a", { atMs: 2, what: "suspected" });
  chains.add("a", { atMs: 3, what: "refuted" });
  expect(whats(chains, "a")).toEqual(["2 suspected", "3 refuted"]);
});

test("the chain of a reaped member stays until too many others were reaped after it", () => {
  const chains = log(9, 2);
  for (const name of ["a", "b", "c"]) {
    chains.add(name, { atMs: 1, what: "joined" });
    chains.retire(name);
  }
  expect(whats(chains, "a")).toEqual([]);
  expect(whats(chains, "b")).toEqual(["1 joined"]);
});

test("who comes back goes on with the old chain", () => {
  const chains = log(9, 2);
  chains.add("a", { atMs: 1, what: "reaped" });
  chains.retire("a");
  chains.add("a", { atMs: 5, what: "joined" });
  expect(whats(chains, "a")).toEqual(["1 reaped", "5 joined"]);
});

test("what is handed out does not change afterwards", () => {
  const chains = log(9, 2);
  chains.add("a", { atMs: 1, what: "joined" });
  const before = chains.of("a");
  chains.add("a", { atMs: 2, what: "suspected" });
  expect(before.length).toBe(1);
});

test("who joined and did nothing since has a chain of one link, which its record tells", () => {
  const unborn = MemberRecord.unborn(identityAt("a", 1), 3);
  let known = unborn.changed({ status: "alive", statusSince: 7, incarnation: 2 });
  const chains = log(9, 2, (name) => (name === "a" ? known : undefined));
  expect(chains.has("a")).toBe(false);
  expect(chains.of("a")).toEqual([{ atMs: 7, what: "joined", incarnation: 2 }]);
  chains.keep(known);
  known = known.changed({ incarnation: 5, status: "suspect", statusSince: 9 });
  chains.add("a", { atMs: 9, what: "suspected" });
  expect(whats(chains, "a")).toEqual(["7 joined", "9 suspected"]);
  expect(chains.of("b")).toEqual([]);
});
