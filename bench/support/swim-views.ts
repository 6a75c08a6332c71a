import { addressFromBytes } from "../../src/core/ip.ts";
import { ListedMembers } from "../../src/peers/swim/roster/listed-members.ts";
import { MemberRecord } from "../../src/peers/swim/roster/member-record.ts";
import type { MemberTable, MemberTableMaker } from "../../src/peers/swim/roster/members.ts";
import { SharedMembers } from "../../src/peers/swim/roster/shared-members.ts";
import { swimOptions } from "../../src/peers/swim/swim.options.ts";
import { Swim } from "../../src/peers/swim/swim.ts";
import { Simulator } from "../../src/sim/simulator.ts";
import { bareWiring, identityOf } from "./bare-swim.ts";

/** "shared": one table of records for all nodes; "own": each node keeps its own. */
export type TableKind = "shared" | "own";

export interface SwimViews {
  readonly simulator: Simulator;
  readonly swims: readonly Swim[];
  /** Different records held by all tables together; undefined when each has its own. */
  readonly recordsCount: () => number | undefined;
  /** How often something was counted, over all nodes. */
  readonly count: (name: string) => number;
}

/**
 * `nodesCount` simulated nodes with the LAN profile, each of which knows all others from the
 * start: what is simulated is the life of a whole cluster, not how it came together.
 */
export function swimViews(nodesCount: number, kind: TableKind, seed: number): SwimViews {
  const simulator = new Simulator({ seed });
  const shared = new SharedMembers();
  const everybody = Array.from({ length: nodesCount }, (_, at) => identityOf(at));
  const records = everybody.map((identity) =>
    MemberRecord.unborn(identity, 0).changed({ status: "alive", incarnation: 1 }),
  );
  shared.preload(records);
  const makeTable = kind === "shared" ? shared.makeTable : ownTables(records);
  const swims: Swim[] = [];
  const counts = new Map<string, number>();
  const counters = {
    add: (name: string, by = 1): void => void counts.set(name, (counts.get(name) ?? 0) + by),
  };
  for (const identity of everybody) {
    const address = addressFromBytes(identity.addr, identity.port);
    if (address === undefined) throw new Error("every node has an address");
    simulator.add(
      (host) => {
        const swim = host.mountStream("swim", (env) => {
          const wiring = { ...bareWiring, counters, makeTable };
          return new Swim(env, wiring, identity, swimOptions("lan"));
        });
        swims.push(swim);
        swim.start();
      },
      { name: identity.name, address },
    );
  }
  const recordsCount = () => (kind === "shared" ? shared.recordsCount : undefined);
  return { simulator, swims, recordsCount, count: (name) => counts.get(name) ?? 0 };
}

function ownTables(records: readonly MemberRecord[]): MemberTableMaker {
  return (random, local): MemberTable => {
    const table = new ListedMembers(random, local);
    // As if each had come in a message: no object of one table is in another.
    for (const record of records) {
      if (record.name !== local.name) table.insert(record.changed({}));
    }
    return table;
  };
}
