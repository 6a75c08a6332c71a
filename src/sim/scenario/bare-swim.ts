import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { ExchangeId } from "../../core/env.ts";
import { parseIp } from "../../core/ip.ts";
import { MemberRecord } from "../../peers/swim/roster/member-record.ts";
import { SharedMembers } from "../../peers/swim/roster/shared-members.ts";
import type {
  JoinResult,
  LeaveResult,
  SwimIdentity,
  SwimListener,
  SwimMember,
  SwimMembership,
  SwimReports,
} from "../../peers/swim/swim.contract.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { type SwimOptions, swimOptions } from "../../peers/swim/swim.options.ts";
import type { SwimTimer } from "../../peers/swim/swim.timers.ts";
import { Swim } from "../../peers/swim/swim.ts";
import { noPassenger } from "../../peers/swim/telling/no-passenger.ts";
import { swimSizes } from "../../peers/swim/wire/swim-sizes.wire.ts";
import type { MemberTable } from "../checkers/checker.ts";
import type { SimNode } from "../sim-node.ts";
import { addressAt } from "../sim-place.ts";
import type { NodeEar, RunningStack, StackBuilder, StackKind } from "./running-stack.ts";

const NOTHING = new Uint8Array(0);
/** What a plain member of memberlist announces. */
const VERSIONS = Uint8Array.of(1, 5, 2, 0, 0, 0);

/** SWIM by itself, on a table that all nodes of the run share but for their differences. */
export const bareSwim: StackKind = {
  summary: "SWIM with Lifeguard alone, for large clusters and for what the papers measure",
  peers: "swim",
  wires: ["memberlist"],
  exchange: [],
  begins: ["join", "known"],
  slices: ["swim"],
  prepare: (profile, options) => {
    const resolved = swimOptions(profile, options["swim"]);
    return ({ known }) => builder(resolved, known);
  },
};

function builder(options: SwimOptions, known: readonly string[]): StackBuilder {
  const shared = new SharedMembers();
  shared.preload(known.map((name, index) => recordOf(identityOf(name, addressAt(index)))));
  const begun = new Set<string>();
  return (host, { name, ear, count }) => {
    // Who is started again knows nobody.
    if (begun.has(name)) shared.preload([]);
    begun.add(name);
    const reports = new JoinReports(ear);
    const wiring = {
      sizes: swimSizes,
      passenger: noPassenger,
      listener: listenerOf(ear),
      reports,
      counters: { add: (counter: string, by = 1) => count(counter, by) },
      makeTable: shared.makeTable,
    };
    const identity = identityOf(name, host.address);
    const swim = host.mountStream<SwimMessage, SwimTimer, Swim>(
      "swim",
      (env) => new Swim(env, wiring, identity, options),
    );
    swim.start();
    return new BareSwim(host, swim, reports);
  };
}

function identityOf(name: string, { host, port }: Address): SwimIdentity {
  const addr = parseIp(host);
  assert(addr !== undefined, "simulated machines have IP addresses");
  return { name, addr, port, meta: NOTHING, vsn: VERSIONS };
}

function recordOf(identity: SwimIdentity): MemberRecord {
  return MemberRecord.unborn(identity, 0).changed({ status: "alive", incarnation: 1 });
}

class BareSwim implements RunningStack {
  readonly membership: SwimMembership;
  readonly tables: readonly MemberTable[];
  readonly publish = undefined;
  private readonly host: SimNode;
  private readonly swim: Swim;
  private readonly reports: JoinReports;

  constructor(host: SimNode, swim: Swim, reports: JoinReports) {
    this.host = host;
    this.swim = swim;
    this.reports = reports;
    this.membership = swim;
    const { members } = swim;
    const table = {
      name: "swim's table",
      get size() {
        return members.size;
      },
      has: (member: string) => members.get(member) !== undefined,
    };
    this.tables = [table];
  }

  join(address: Address, onEnd: (end: "joined" | "failed") => void): void {
    this.host.step(() => this.reports.await(this.swim.join(address), onEnd));
  }

  setSeeds(): void {
    // SWIM alone forgets whom it lost.
  }

  leave(): void {
    this.host.step(() => this.swim.leave());
  }
}

class JoinReports implements SwimReports {
  private readonly ear: NodeEar;
  private readonly waiting = new Map<ExchangeId, (end: "joined" | "failed") => void>();

  constructor(ear: NodeEar) {
    this.ear = ear;
  }

  await(id: ExchangeId, onEnd: (end: "joined" | "failed") => void): void {
    this.waiting.set(id, onEnd);
  }

  onJoinResult(id: ExchangeId, result: JoinResult): void {
    const onEnd = this.waiting.get(id);
    this.waiting.delete(id);
    onEnd?.(result.kind);
  }

  onSendResult(): void {}

  onMetaSent(): void {}

  onLeft(_result: LeaveResult): void {
    this.ear.onLeft();
  }
}

function listenerOf(ear: NodeEar): SwimListener {
  return {
    onJoin: ({ name }: SwimMember) => ear.onMembership("join", name),
    onLeave: ({ name, status }: SwimMember) =>
      ear.onMembership(status === "left" ? "leave" : "fail", name),
    onUpdate: ({ name }: SwimMember) => ear.onMembership("update", name),
    onSuspect: ({ name }: SwimMember) => ear.onMembership("suspect", name),
    onRefuted: ({ name }: SwimMember) => ear.onMembership("alive", name),
    onReap: ({ name }: SwimMember) => ear.onMembership("reap", name),
    onConflict: () => {},
  };
}
