import { expect, test } from "vitest";
import type { Member } from "../../../../../src/agent/admin.messages.ts";
import { byTrouble, worstOf } from "./member-order.ts";

function memberOf(name: string, status: Member["status"], busy?: "busy"): Member {
  const degraded = busy === undefined ? {} : { degraded: { delayMs: 900, gcMs: 0 } };
  return { name, status, address: "", incarnation: 0, tags: {}, ...degraded } as Member;
}

const well = [memberOf("a", "alive"), memberOf("b", "alive"), memberOf("c", "left")];

test("who is in most trouble is looked at first, else this agent", () => {
  expect(worstOf(well, "b")?.name).toBe("b");
  expect(worstOf([...well, memberOf("d", "alive", "busy")], "b")?.name).toBe("d");
  const suspect = memberOf("e", "suspect");
  expect(worstOf([...well, memberOf("d", "alive", "busy"), suspect], "b")?.name).toBe("e");
  expect(worstOf([...well, suspect, memberOf("f", "failed")], "b")?.name).toBe("f");
  expect(worstOf([], "b")).toBeUndefined();
});

test("busy members stand before those that are well", () => {
  const names = [...well, memberOf("d", "alive", "busy")].sort(byTrouble).map(({ name }) => name);
  expect(names).toEqual(["d", "a", "b", "c"]);
});
