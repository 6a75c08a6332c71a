import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import { parseIp } from "../../core/ip.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import { compose } from "../../node/compose.ts";
import { PAST_FILE_NAME, parsePast, pastText } from "../../node/past-keeper.ts";
import { sliceOptions } from "../../node/slice-options.ts";
import type { Wire } from "../../node/stack/advertised-meta.ts";
import type { StackListener, StackOptions } from "../../node/stack/stack.contract.ts";
import type { Stack } from "../../node/stack/stack.ts";
import type { PastMember } from "../../peers/reconnect/reconnect.contract.ts";
import { SharedMembers } from "../../peers/swim/roster/shared-members.ts";
import type { SwimMembership } from "../../peers/swim/swim.contract.ts";
import type { MemberTable } from "../checkers/checker.ts";
import type { SimNode } from "../sim-node.ts";
import type { NodeEar, RunningStack, StackBuilder, StackKind } from "./running-stack.ts";

const BOOT_FILE_NAME = "boot";
const TAG = "rumor";

/** The whole stack of a real node: `compose` of src/node on a simulated machine. */
export const composedStack: StackKind = {
  summary: "a whole node: SWIM, Serf on its wire, reconnecting, broadcast, agreement",
  peers: "swim",
  wires: ["serf", "memberlist"],
  exchange: ["broadcast", "agreement"],
  begins: ["join"],
  slices: ["swim", "serf", "reconnect", "broadcast"],
  prepare: (profile, options) => {
    const resolved = sliceOptions({ profile, ...options });
    return ({ wire }) => builder(wire, resolved);
  },
};

function builder(wire: Wire, options: StackOptions): StackBuilder {
  const { makeTable } = new SharedMembers();
  return (host, seed) => {
    const addr = parseIp(host.address.host);
    assert(addr !== undefined, "simulated machines have IP addresses");
    const stack = compose(host, {
      name: seed.name,
      addr,
      port: host.address.port,
      tags: new Map(),
      boot: nextBoot(host),
      wire,
      options,
      counters: { add: (name, by = 1) => seed.count(name, by) },
      listener: listenerOf(host, seed.ear),
      past: readPast(host),
      makeTable,
    });
    return new ComposedStack(stack);
  };
}

class ComposedStack implements RunningStack {
  readonly membership: SwimMembership;
  readonly tables: readonly MemberTable[];
  private readonly stack: Stack;

  constructor(stack: Stack) {
    this.stack = stack;
    this.membership = stack.swim;
    this.tables = tablesOf(stack);
  }

  join(address: Address, onEnd: (end: "joined" | "failed") => void): void {
    this.stack.join(address, (result) => onEnd(result.kind));
  }

  setSeeds(addresses: readonly Address[]): void {
    this.stack.setSeeds(addresses);
  }

  leave(): void {
    this.stack.leave();
  }

  readonly publish = (payload: Uint8Array): Rumor =>
    this.stack.publish({ tag: TAG, codec: 0, payload });
}

function tablesOf(stack: Stack): MemberTable[] {
  const { serf, swim } = stack;
  const tables: MemberTable[] = [
    {
      name: "swim's table",
      get size() {
        return swim.members.size;
      },
      has: (member) => swim.members.get(member) !== undefined,
    },
  ];
  if (serf === undefined) return tables;
  tables.push({
    name: "serf's table",
    get size() {
      return serf.membersCount;
    },
    has: (member) => serf.memberOf(member) !== undefined,
  });
  return tables;
}

function listenerOf(host: SimNode, ear: NodeEar): StackListener {
  return {
    onMembership: (change, record) => ear.onMembership(change, record.name),
    onRumor: (rumor) => {
      ear.onRumor(rumor);
      return "accepted";
    },
    onUserEvent: () => {},
    onQuery: () => {},
    onQueryDone: () => {},
    onLeft: () => ear.onLeft(),
    onConflictLost: () => {},
    onConflict: () => {},
    onForeign: () => {},
    onPastToKeep: (members) => host.disk.write(PAST_FILE_NAME, encodeUtf8(pastText(members))),
    onBootRaised: (boot) => writeBoot(host, boot),
  };
}

/** As with a data directory: one above the last, or the time when there is none. */
function nextBoot(host: SimNode): number {
  const kept = host.disk.read(BOOT_FILE_NAME);
  const boot = kept === undefined ? host.wallClockMs : Number(decodeUtf8(kept)) + 1;
  writeBoot(host, boot);
  return boot;
}

function writeBoot(host: SimNode, boot: number): void {
  host.disk.write(BOOT_FILE_NAME, encodeUtf8(String(boot)));
}

function readPast(host: SimNode): readonly PastMember[] {
  const bytes = host.disk.read(PAST_FILE_NAME);
  if (bytes === undefined) return [];
  const reading = parsePast(decodeUtf8(bytes));
  return reading.kind === "members" ? reading.members : [];
}
