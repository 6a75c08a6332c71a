/** The trace of docs/protocols/operation-log.md is what the class gives. */
import { expect, it } from "vitest";
import { shortVector, Town, type TownReplica } from "../../testing/operation-log-rig.ts";
import { shownTrace } from "../../testing/page-rig.ts";

const names = ["p", "q", "r"];

function line(what: string, { list, log, name }: TownReplica): string {
  const rep = names.map((one) => log.seen.prefix(`${one}#1` as never)).join("");
  const val = shortVector(log.val, names);
  const { logCount, waitingCount } = log.fill;
  const held = `rep ${rep} val ${val} log ${logCount} waiting ${waitingCount}`;
  return `${what.padEnd(44)}${name}  ${held}  ${list}`.trimEnd();
}

it("is told in the page as it happens", () => {
  const town = new Town();
  const [p, q] = [town.add("p"), town.add("q")];
  const lines: string[] = [];
  const tell = (what: string, replica: TownReplica): number => lines.push(line(what, replica));
  p.submit("post");
  tell("ann appends post at p", p);
  q.submit("reply", { prev: p.log.val });
  tell("ann's friend appends reply at q, after post", q);
  p.submit("pay", { id: "x" });
  q.submit("pay", { id: "x" });
  tell("pay is submitted to p and q, under one id", q);
  p.sendTo(q);
  tell("p → q", q);
  q.sendTo(p);
  tell("q → p", p);
  p.log.truncate();
  q.log.truncate();
  tell("p and q drop what both have", q);
  const r = town.add("r");
  p.sendTo(r);
  tell("r comes; p can only tell it that it is late", r);
  r.log.install(p.snapshot());
  tell("r is given the state of p", r);
  const all = [p, q, r];
  // Asks for it; then all come to know that they are three.
  p.submit("too early", { class: "total" });
  for (let round = 0; round < 3; round += 1) {
    for (const one of all) one.log.order.writeMark();
    for (const one of all) for (const other of all) if (one !== other) one.sendTo(other);
  }
  for (const one of all) one.log.truncate();
  tell("p, q and r agree that they are three", p);
  town.nowMs += 5;
  r.submit("r moves", { class: "total" });
  town.nowMs += 5;
  q.submit("q moves", { class: "total" });
  q.sendTo(p);
  tell("r, then q write in total order; q → p", p);
  r.sendTo(p);
  tell("r → p: but p may still write something", p);
  p.log.order.writeMark();
  tell("p says that it is later than both", p);
  r.sendTo(q);
  r.log.order.writeMark();
  p.sendTo(r);
  r.log.order.writeMark();
  r.sendTo(p);
  tell("r → p: r too is later than q", p);
  expect(shownTrace("protocols/operation-log.md", "log").split("\n")).toEqual(lines);
});
