import { expect, test } from "vitest";
import { shortVector, Town, type TownReplica, vectorOf } from "../../testing/operation-log-rig.ts";

const names = ["A", "B", "C"];

function repOf({ log }: TownReplica): string {
  return names.map((name) => log.seen.prefix(`${name}#1` as never)).join("");
}

function valOf({ log }: TownReplica): string {
  return shortVector(log.val, names);
}

test("the worked trace of three replicas, step by step [spec §9]", () => {
  const town = new Town();
  const [a, b, c] = [town.add("A"), town.add("B"), town.add("C")];
  // 1. client 1 → A: x1 "post", prev 000; executed at A.
  expect(a.submit("post", { id: "x1", prev: vectorOf("000", names) })).toMatchObject({
    status: "written",
    dot: { origin: "A#1", seq: 1 },
  });
  expect([repOf(a), valOf(a)]).toEqual(["100", "100"]);
  // 2. client 1 → B: x2 "reply", prev 100: its cause is unknown there.
  expect(b.submit("reply", { id: "x2", prev: vectorOf("100", names) })).toMatchObject({
    dot: { origin: "B#1", seq: 1 },
  });
  expect([repOf(b), valOf(b), b.log.fill.waitingCount]).toEqual(["010", "000", 1]);
  // 3. client 2 → C: y1 "other", prev 000; executed at C.
  c.submit("other", { id: "y1", prev: vectorOf("000", names) });
  expect([repOf(c), valOf(c)]).toEqual(["001", "001"]);
  // 4. B→C: x2 waits. A→C: C executes x1, then x2.
  b.sendTo(c);
  expect([repOf(c), valOf(c), c.log.fill.waitingCount, c.list]).toEqual(["011", "001", 1, "other"]);
  a.sendTo(c);
  expect([valOf(c), c.log.fill.waitingCount, c.list]).toEqual(["111", 0, "other post reply"]);
  // 5. C→A {y1, x2}; C→B {y1, x1}.
  c.sendTo(a);
  expect([valOf(a), a.list]).toEqual(["111", "post other reply"]);
  c.sendTo(b);
  expect([valOf(b), b.list]).toEqual(["111", "other post reply"]);
  for (const one of [a, b, c]) one.log.truncate();
  // C was told last by both, and told both; A and B have not heard of each other.
  expect([a.log.fill.logCount, b.log.fill.logCount, c.log.fill.logCount]).toEqual([3, 3, 0]);
  // 6. After A→B, B→A, A→C, B→C every row of the table is 111: all logs are empty.
  a.sendTo(b);
  b.sendTo(a);
  a.sendTo(c);
  b.sendTo(c);
  for (const one of [a, b, c]) one.log.truncate();
  expect([a, b, c].map(({ log }) => log.fill.logCount)).toEqual([0, 0, 0]);
});
