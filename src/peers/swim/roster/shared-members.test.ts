import { describe, expect, test } from "vitest";
import { addressFromBytes } from "../../../core/ip.ts";
import { Random } from "../../../core/random.ts";
import type { SimNode } from "../../../sim/sim-node.ts";
import { Simulator } from "../../../sim/simulator.ts";
import { swimOptions } from "../swim.options.ts";
import { Swim } from "../swim.ts";
import { Ears, identityAt, PORT, RigPassenger } from "../swim-rig.ts";
import { swimSizes } from "../wire/swim-sizes.wire.ts";
import { MemberRecord } from "./member-record.ts";
import type { MemberTableMaker } from "./members.ts";
import { SharedMembers } from "./shared-members.ts";

const NODES = 20;

function recordAt(name: string, last: number): MemberRecord {
  return MemberRecord.unborn(identityAt(name, last), 0).changed({
    incarnation: 1,
    status: "alive",
  });
}

/** A cluster that is joined, loses, restarts, splits and heals, as a trace. */
function story(makeTable: MemberTableMaker | undefined): { trace: string[]; heard: string[][] } {
  const simulator = new Simulator({ seed: 31, lossRatio: 0.05 });
  const trace: string[] = [];
  simulator.traceText((line) => trace.push(line));
  const swims = new Map<SimNode, Swim>();
  const heard: string[][] = [];
  const build = (host: SimNode): void => {
    const ears = new Ears();
    heard.push(ears.lines);
    const addr = Uint8Array.of(10, 0, 0, host.index + 1);
    const identity = { ...identityAt(host.name, 0), addr, meta: Uint8Array.of(host.index) };
    const counters = { add: () => {} };
    const passenger = new RigPassenger();
    const wiring = { sizes: swimSizes, passenger, listener: ears, reports: ears, counters };
    const swim = host.mountStream(
      "swim",
      (env) => new Swim(env, { ...wiring, makeTable }, identity, swimOptions("local")),
    );
    swims.set(host, swim);
    swim.start();
  };
  const nodes = Array.from({ length: NODES }, (_, index) => {
    const address = addressFromBytes(Uint8Array.of(10, 0, 0, index + 1), PORT);
    if (address === undefined) throw new Error("every node has an address");
    return simulator.add(build, { name: `n${index}`, address });
  });
  const join = (at: number): void => {
    const node = nodes[at];
    const seed = nodes[(at + 1) % 2];
    if (node !== undefined && seed !== undefined) {
      node.step(() => void swims.get(node)?.join(seed.address));
    }
  };
  for (let at = 1; at < NODES; at += 1) join(at);
  simulator.runForMs(20_000);
  const [, , third, fourth] = nodes;
  if (third === undefined || fourth === undefined) throw new Error("there are twenty");
  simulator.crash(third);
  simulator.partition(nodes.slice(0, 8), nodes.slice(8));
  fourth.step(() => void swims.get(fourth)?.updateMeta(Uint8Array.of(1, 2, 3)));
  simulator.runForMs(40_000);
  simulator.heal();
  simulator.restart(third);
  join(2);
  simulator.runForMs(90_000);
  return { trace, heard };
}

describe("records shared between tables", () => {
  test("change nothing: one seed gives one trace with either table", () => {
    const own = story(undefined);
    const shared = story(new SharedMembers().makeTable);
    expect(own.trace.length).toBeGreaterThan(20_000);
    expect(own.heard.flat().some((line) => line.startsWith("reap"))).toBe(true);
    expect(shared.heard).toEqual(own.heard);
    expect(shared.trace).toEqual(own.trace);
  });

  test("are as many as there are opinions, and forgotten with their last holder", () => {
    const shared = new SharedMembers();
    const tables = [1, 2, 3].map((last) =>
      shared.makeTable(new Random(last), recordAt(`us${last}`, last)),
    );
    for (const table of tables) {
      for (let last = 10; last < 60; last += 1) table.insert(recordAt(`m${last}`, last));
    }
    expect(shared.recordsCount).toBe(53);
    const [first] = tables;
    first?.replace(recordAt("m10", 10).changed({ status: "suspect" }));
    expect(shared.recordsCount).toBe(54);
    expect(tables.map((table) => table.get("m10")?.status)).toEqual(["suspect", "alive", "alive"]);
    first?.replace(recordAt("m10", 10));
    expect(shared.recordsCount).toBe(53);
    for (const table of tables) table.renewList(({ name }) => name === "m11");
    expect(shared.recordsCount).toBe(52);
    expect(first?.get("m11")).toBeUndefined();
  });

  test("keep since when each table thinks so", () => {
    const shared = new SharedMembers();
    const [a, b] = [1, 2].map((last) =>
      shared.makeTable(new Random(last), recordAt(`us${last}`, last)),
    );
    a?.insert(recordAt("m", 9).changed({ statusSince: 100 }));
    b?.insert(recordAt("m", 9).changed({ statusSince: 200 }));
    expect([a?.get("m")?.statusSince, b?.get("m")?.statusSince]).toEqual([100, 200]);
    expect(shared.recordsCount).toBe(3);
  });

  test("a preloaded table knows everybody from the start, itself as it was given", () => {
    const shared = new SharedMembers();
    shared.preload([recordAt("us", 1), recordAt("a", 2), recordAt("b", 3)]);
    const local = MemberRecord.unborn(identityAt("us", 1), 0);
    const table = shared.makeTable(new Random(1), local);
    expect(table.size).toBe(3);
    expect(table.livingCount).toBe(2);
    expect(table.local.status).toBe("dead");
    expect(table.holds(recordAt("a", 2))).toBe(true);
    expect(table.holds(recordAt("a", 4))).toBe(false);
  });
});
