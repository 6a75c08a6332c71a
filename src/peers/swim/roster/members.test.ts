import { describe, expect, test } from "vitest";
import { Random } from "../../../core/random.ts";
import type { SwimMember, SwimStatus } from "../swim.contract.ts";
import { identityAt } from "../swim-rig.ts";
import { SwimView } from "../swim-view.ts";
import { ListedMembers } from "./listed-members.ts";
import { MemberRecord } from "./member-record.ts";
import type { MemberTable, MemberTableMaker } from "./members.ts";
import { SharedMembers } from "./shared-members.ts";

function member(name: string, last: number, status: SwimStatus = "alive"): MemberRecord {
  return MemberRecord.unborn(identityAt(name, last), 0).changed({ incarnation: 1, status });
}

function names(members: Iterable<SwimMember>): string[] {
  return [...members].map((m) => m.name);
}

const listed: MemberTableMaker = (random, local) => new ListedMembers(random, local);
/** Beside two other tables that think differently. */
const shared: MemberTableMaker = (random, local) => {
  const common = new SharedMembers();
  const other = common.makeTable(new Random(8), member("other", 200));
  for (let last = 2; last < 20; last += 1) other.insert(member(`x${last}`, last, "dead"));
  for (const name of ["a", "b"]) other.insert(member(name, 77, "suspect"));
  common.makeTable(new Random(9), member("third", 201));
  return common.makeTable(random, local);
};

describe.each([
  ["of one node", listed],
  ["that shares its records", shared],
] as const)("a table %s", (_, makeTable) => {
  function tableOf(...others: MemberRecord[]): MemberTable {
    const table = makeTable(new Random(5), member("us", 1));
    for (const other of others) table.insert(other);
    return table;
  }

  test("a pick is distinct, obeys its filter and reaches everybody in time", () => {
    const table = tableOf(...Array.from({ length: 20 }, (_, i) => member(`m${i}`, 10 + i)));
    const random = new Random(9);
    const met = new Set<string>();
    for (let round = 0; round < 200; round += 1) {
      const picked = table.pick({
        random,
        count: 3,
        drawsMax: table.size,
        accept: (m) => m.name !== "us",
      });
      expect(new Set(names(picked)).size).toBe(3);
      for (const one of picked) met.add(one.name);
    }
    expect(met.has("us")).toBe(false);
    expect(met.size).toBe(20);
  });

  test("a pick takes all there are when fewer are left", () => {
    const table = tableOf(member("a", 2), member("b", 3, "dead"));
    const accept = (m: SwimMember): boolean => m.status === "alive";
    const picked = table.pick({ random: new Random(1), count: 5, drawsMax: 9, accept });
    expect(names(picked).sort()).toEqual(["a", "us"]);
  });

  test("the probe list visits each member once, then ends, and starts again shuffled", () => {
    const table = tableOf(...Array.from({ length: 9 }, (_, i) => member(`m${i}`, 10 + i)));
    const walk = (): string[] => {
      const seen: string[] = [];
      for (let m = table.nextInList(); m !== undefined; m = table.nextInList()) seen.push(m.name);
      return seen;
    };
    const first = walk();
    table.renewList(() => false);
    const second = walk();
    expect(first.slice().sort()).toEqual(names(table).sort());
    expect(second.slice().sort()).toEqual(first.slice().sort());
    expect(second).not.toEqual(first);
  });

  test("renewing removes those due, but never this node, and picks no longer find them", () => {
    const table = tableOf(member("a", 2, "dead"), member("b", 3), member("c", 4, "left"));
    const removed = table.renewList((m) => m.status !== "alive" || m.name === "us");
    expect(names(removed).sort()).toEqual(["a", "c"]);
    expect(table.size).toBe(2);
    expect(table.get("a")).toBeUndefined();
    const all = table.pick({ random: new Random(2), count: 9, drawsMax: 9, accept: () => true });
    expect(names(all).sort()).toEqual(["b", "us"]);
  });

  test("the living are counted through every change of status", () => {
    const table = tableOf(member("a", 2));
    expect(table.livingCount).toBe(2);
    table.replace(member("a", 2, "suspect"));
    expect(table.livingCount).toBe(2);
    table.replace(member("a", 2, "dead"));
    expect(table.livingCount).toBe(1);
  });

  test("the view samples everyone alive or suspect but this node and the excluded", () => {
    const table = tableOf(member("a", 2), member("b", 3, "suspect"), member("c", 4, "dead"));
    const view = new SwimView(table);
    expect(view.size).toBe(2);
    expect(view.population).toBe(3);
    const out: (string | number)[] = [];
    expect(view.sample(new Random(3), 9, out as never)).toBe(2);
    expect(new Set(out)).toEqual(new Set(["a", "b"]));
    const [first] = out;
    const rest: (string | number)[] = [];
    expect(view.sample(new Random(3), 9, rest as never, first as never)).toBe(1);
    const seen: unknown[] = [];
    view.forEachNeighbour((peer) => seen.push(peer));
    expect(new Set(seen)).toEqual(new Set(["a", "b"]));
  });
});
