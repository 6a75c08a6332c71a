import { describe, expect, test } from "vitest";
import { RandomSet } from "../core/collections/random-set.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { PeerListener, PeerView } from "../peers/peer-view.ts";
import { ListedMembers } from "../peers/swim/roster/listed-members.ts";
import { MemberRecord } from "../peers/swim/roster/member-record.ts";
import type { MemberTableMaker } from "../peers/swim/roster/members.ts";
import { SharedMembers } from "../peers/swim/roster/shared-members.ts";
import type { SwimMember } from "../peers/swim/swim.contract.ts";
import { SwimView } from "../peers/swim/swim-view.ts";
import { type PeerViewRig, peerViewContract } from "./peer-view-contract.ts";
import { runSuite } from "./test-api.ts";

type Fault =
  | "none"
  | "samplesSelf"
  | "samplesTwice"
  | "samplesTooMany"
  | "ignoresExclude"
  | "ownDice"
  | "alwaysFirst"
  | "keepsTheDead"
  | "tellsTwice"
  | "tellsTooEarly"
  | "tellsOnlyLast"
  | "strangerAsNeighbour"
  | "forgetsItself"
  | "neverEmpty";

const self = peerId("self");
let diceSeed = 0;

class ListedView implements PeerView {
  private readonly fault: Fault;
  private readonly peers = new RandomSet<PeerId>();
  private readonly dice: Random;
  private listeners: PeerListener[] = [];
  constructor(fault: Fault) {
    this.fault = fault;
    diceSeed += 1;
    this.dice = new Random(diceSeed);
  }
  get size(): number {
    return this.peers.size + (this.fault === "neverEmpty" ? 1 : 0);
  }
  get population(): number {
    return this.peers.size + (this.fault === "forgetsItself" ? 0 : 1);
  }
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const { fault } = this;
    const kept = fault === "ignoresExclude" ? undefined : exclude;
    const wanted = fault === "samplesTooMany" ? count + 1 : count;
    const dice = fault === "ownDice" ? this.dice : random;
    let taken = this.peers.sample(dice, wanted, out, kept);
    const [first] = this.peers;
    if (fault === "alwaysFirst" && count === 1 && first !== undefined) out[0] = first;
    if (fault === "samplesSelf" && taken > 2) out[0] = self;
    if (fault === "samplesTwice" && taken > 1 && out[0] !== undefined) out[1] = out[0];
    if (fault === "keepsTheDead" && count > 7) {
      out[taken] = peerId("p0");
      taken = Math.min(count, taken + 1);
    }
    return taken;
  }
  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of this.peers) visit(peer);
    if (this.fault === "strangerAsNeighbour" && this.peers.size > 0) visit(self);
  }
  subscribe(listener: PeerListener): void {
    if (this.fault === "tellsOnlyLast") this.listeners = [];
    this.listeners.push(listener);
  }
  add(peer: PeerId): void {
    if (this.fault === "tellsTooEarly") this.tell((listener) => listener.onPeerUp(peer));
    this.peers.add(peer);
    if (this.fault !== "tellsTooEarly") this.tell((listener) => listener.onPeerUp(peer));
  }
  remove(peer: PeerId): void {
    this.peers.delete(peer);
    this.tell((listener) => listener.onPeerDown(peer));
  }
  private tell(say: (listener: PeerListener) => void): void {
    const times = this.fault === "tellsTwice" ? 2 : 1;
    for (let time = 0; time < times; time += 1) for (const one of this.listeners) say(one);
  }
}

function rig(fault: Fault): PeerViewRig {
  const view = new ListedView(fault);
  let next = 0;
  return {
    view,
    self,
    join: () => {
      const peer = peerId(`p${next}`);
      next += 1;
      view.add(peer);
      return peer;
    },
    leave: (peer) => view.remove(peer),
  };
}

/** SWIM's view over its member table, told of changes as its `News` tells it. */
function swimRig(makeTable: MemberTableMaker): PeerViewRig {
  const record = (name: string, status: SwimMember["status"]): MemberRecord =>
    MemberRecord.unborn(
      {
        name,
        addr: Uint8Array.of(10, 0, 0, 1),
        port: 7946,
        meta: new Uint8Array(0),
        vsn: new Uint8Array(0),
      },
      0,
    ).changed({ incarnation: 1, status });
  const members = makeTable(new Random(7), record("self", "alive"));
  const view = new SwimView(members);
  let next = 0;
  return {
    view,
    self,
    join: () => {
      const name = `p${next}`;
      next += 1;
      members.insert(record(name, "alive"));
      view.tellUp(name);
      return peerId(name);
    },
    leave: (peer) => {
      members.replace(record(String(peer), "dead"));
      view.tellDown(String(peer));
    },
  };
}

const listed: MemberTableMaker = (random, local) => new ListedMembers(random, local);
peerViewContract({ describe, test }, "SWIM", () => swimRig(listed));
peerViewContract({ describe, test }, "SWIM, records shared", () =>
  swimRig(new SharedMembers().makeTable),
);
peerViewContract({ describe, test }, "a list", () => rig("none"));
peerViewContract({ describe, test }, "a list of three", () => rig("none"), { capacity: 3 });

describe("the peer view contract notices", () => {
  test.each<[Fault, string]>([
    ["samplesSelf", "never the node itself"],
    ["samplesTwice", "samples are distinct"],
    ["samplesTooMany", "samples are distinct"],
    ["ignoresExclude", "the excluded peer is left out"],
    ["ownDice", "equal dice give equal samples"],
    ["alwaysFirst", "as often as any other"],
    ["keepsTheDead", "who leaves is sampled no more"],
    ["tellsTwice", "listeners hear"],
    ["tellsTooEarly", "listeners hear"],
    ["tellsOnlyLast", "listeners hear"],
    ["strangerAsNeighbour", "neighbours are distinct"],
    ["forgetsItself", "size and population"],
    ["neverEmpty", "an empty view"],
  ])("%s", async (fault, where) => {
    const results = await runSuite((api) => peerViewContract(api, fault, () => rig(fault)), where);
    expect(results.length).toBeGreaterThan(0);
    expect(results.some((result) => result.error instanceof Error)).toBe(true);
  });
});
