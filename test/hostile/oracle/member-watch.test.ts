/** The watch must see what it is there for: a node that bends the rules is caught. */
import { describe, expect, it } from "vitest";
import type { SwimMember, SwimMembers } from "../../../src/peers/swim/swim.contract.ts";
import type { SwimMessage } from "../../../src/peers/swim/swim.messages.ts";
import { MemberWatch } from "./member-watch.ts";

const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);

function record(name: string, change: Partial<SwimMember> = {}): SwimMember {
  return {
    name,
    addr: Uint8Array.of(10, 0, 0, 1),
    port: 7_946,
    address: { host: "10.0.0.1", port: 7_946 },
    meta: new Uint8Array(0),
    vsn,
    incarnation: 3,
    status: "alive",
    statusSince: 0,
    ...change,
  };
}

/** A table that does what it is told, right or wrong. */
class Table implements SwimMembers {
  readonly records = new Map([
    ["us", record("us")],
    ["a", record("a")],
  ]);

  get size(): number {
    return this.records.size;
  }
  get livingCount(): number {
    return this.records.size;
  }
  get local(): SwimMember {
    return this.records.get("us") ?? record("us");
  }
  get(name: string): SwimMember | undefined {
    return this.records.get(name);
  }
  set(name: string, change: Partial<SwimMember>): void {
    this.records.set(name, { ...(this.records.get(name) ?? record(name)), ...change });
  }
  [Symbol.iterator](): Iterator<SwimMember> {
    return this.records.values();
  }
}

function watched(): { table: Table; watch: MemberWatch } {
  const table = new Table();
  return { table, watch: new MemberWatch(table, { name: "us", port: 7_946, vsn }, 4) };
}

const suspect = (node: string, incarnation: number): SwimMessage => ({
  kind: "suspect",
  incarnation,
  node,
  from: "b",
});
const dead = (node: string, incarnation: number, from = "b"): SwimMessage => ({
  kind: "dead",
  incarnation,
  node,
  from,
});
const alive = (node: string, incarnation: number, last = 1): SwimMessage => ({
  kind: "alive",
  incarnation,
  node,
  addr: Uint8Array.of(10, 0, 0, last),
  port: 7_946,
  meta: new Uint8Array(0),
  vsn,
});

describe("a watch on a member table", () => {
  it.each<[string, SwimMessage, string, Partial<SwimMember>]>([
    ["a suspicion", suspect("a", 3), "a", { status: "suspect" }],
    ["a death", dead("a", 4), "a", { status: "dead", incarnation: 4 }],
    ["a goodbye", dead("a", 3, "a"), "a", { status: "left" }],
    ["news", alive("a", 4), "a", { incarnation: 4 }],
    ["a newcomer", alive("n", 1, 7), "n", { incarnation: 1, addr: Uint8Array.of(10, 0, 0, 7) }],
    ["a refutation", dead("us", 9), "us", { incarnation: 10 }],
    ["a refutation of an old self", alive("us", 4), "us", { incarnation: 5 }],
  ])("lets %s pass, and misses it when it is not there", (_, message, name, change) => {
    const right = watched();
    right.table.set(name, change);
    right.watch.afterPacket(message);
    const silent = watched();
    expect(() => silent.watch.afterPacket(message)).toThrow("state");
  });

  it.each<[string, SwimMessage, string, Partial<SwimMember>]>([
    ["a suspicion of an older incarnation", suspect("a", 2), "a", { status: "suspect" }],
    ["an older alive", alive("a", 2), "a", { incarnation: 2 }],
    ["an equal alive with other meta", alive("a", 3), "a", { meta: Uint8Array.of(1) }],
    [
      "another's address",
      alive("a", 9, 8),
      "a",
      { incarnation: 9, addr: Uint8Array.of(1, 1, 1, 1) },
    ],
    ["death of itself", dead("us", 3), "us", { status: "dead" }],
    ["a refutation that is too low", dead("us", 9), "us", { incarnation: 9 }],
    ["death where somebody was only suspected", suspect("a", 3), "a", { status: "dead" }],
    ["a change of somebody nobody spoke of", suspect("us", 1), "a", { status: "suspect" }],
  ])("catches %s", (_, message, name, change) => {
    const { table, watch } = watched();
    table.set(name, change);
    expect(() => watch.afterPacket(message)).toThrow("state");
  });

  it("catches members that appear, or go, by themselves", () => {
    const grown = watched();
    grown.table.records.set("x", record("x"));
    expect(() => grown.watch.afterPacket(suspect("b", 1))).toThrow("state");
    const shrunk = watched();
    shrunk.table.records.delete("a");
    expect(() => shrunk.watch.afterPacket(suspect("b", 1))).toThrow("state");
  });

  it("believes another's word of a death in a push/pull only as a suspicion", () => {
    const node = { name: "a", addr: vsn, port: 1, meta: vsn, incarnation: 3, state: 2, vsn };
    const state: SwimMessage = { kind: "pushPull", join: false, nodes: [node], userState: vsn };
    const right = watched();
    right.table.set("a", { status: "suspect" });
    right.watch.afterRequest(state);
    const wrong = watched();
    wrong.table.set("a", { status: "dead" });
    expect(() => wrong.watch.afterRequest(state)).toThrow("state");
  });

  it("knows what time alone can do", () => {
    const { table, watch } = watched();
    table.set("a", { status: "suspect" });
    watch.afterTime();
    table.set("a", { status: "dead" });
    watch.afterTime();
    table.set("a", { status: "alive" });
    expect(() => watch.afterTime()).toThrow("by itself");
  });
});
