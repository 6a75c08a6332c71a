import { describe, expect, it } from "vitest";
import { NO_EXPIRY, type StampedInfo } from "./info-network.messages.ts";
import { type RigNode, StreamRig } from "./stream-rig.ts";

const AT = 1_000n;
const CLUSTER = Uint8Array.from({ length: 16 }, (_, index) => index);
const OTHER = Uint8Array.from({ length: 16 }, () => 9);

/** Nodes 1 … count, each with its descriptor. */
function town(count: number, options: Parameters<StreamRig["add"]>[1] = {}) {
  const rig = new StreamRig();
  const nodes = Array.from({ length: count }, (_, index) => rig.add(index + 1, options));
  for (const node of nodes) node.write(`node:${node.self.nodeId}`, "d", { at: AT });
  return { rig, nodes };
}

const keysOf = (node: RigNode) => [...node.store.held()].map(({ key }) => key).sort();

function two() {
  const { nodes, rig } = town(2);
  const [a, b] = nodes;
  if (a === undefined || b === undefined) throw new Error("two nodes");
  return { rig, a, b };
}

describe("a stream", () => {
  it("brings both ends all, then each change once", () => {
    const { a, b, rig } = two();
    a.dial(b);
    rig.settle();
    expect(keysOf(a)).toEqual(keysOf(b));
    const before = rig.lines.length;
    a.write("k", "1", { at: AT + 10n });
    a.write("l", "1");
    rig.settle();
    b.write("m", "1", { at: AT + 20n });
    rig.settle();
    expect(rig.lines.slice(before).filter((line) => line.includes("delta"))).toEqual([
      expect.stringContaining("n1 → n2  delta{k, l}"),
      expect.stringContaining("n2 → n1  delta{m}"),
    ]);
  });

  it("tells news even where the server says nothing, after a while", () => {
    const { a, b, rig } = two();
    const id = a.dial(b);
    if (id === undefined) throw new Error("no dial");
    a.outgoing.find(id)?.onFirstAnswerTimer();
    a.fireSends();
    rig.deliver();
    expect(rig.lines).toContain("n1 → n2  delta{node:1}");
    rig.settle();
    expect(keysOf(a)).toEqual(keysOf(b));
  });

  it("waits for whoever reads too slowly, and then sends all at once", () => {
    const { a, b, rig } = two();
    a.dial(b);
    rig.settle();
    a.isWritable = false;
    const before = rig.lines.length;
    for (const key of ["k", "l", "m"]) {
      a.write(key, "1", { at: AT + 10n });
      rig.settle();
    }
    expect(rig.lines.slice(before)).toEqual([]);
    a.isWritable = true;
    for (const stream of a.outgoing.all()) stream.onWritable();
    rig.settle();
    expect(rig.lines.slice(before)[0]).toContain("delta{k, l, m}");
  });

  it("sends no receipts to whoever writes and does not read", () => {
    const { a, b, rig } = two();
    a.dial(b);
    rig.settle();
    b.isWritable = false;
    const before = rig.lines.length;
    a.write("k", "1", { at: AT + 10n });
    rig.settle();
    expect(rig.lines.slice(before)).toEqual([expect.stringContaining("n1 → n2  delta{k}")]);
  });

  it("carries what is too large for a message in the order of stamps, without a hole", () => {
    const rig = new StreamRig();
    const [a, b] = [rig.add(1, { deltaMaxBytes: 400 }), rig.add(2)];
    a.wall = AT;
    const keys = Array.from({ length: 20 }, (_, index) => `k${(index * 7) % 20}`);
    for (const key of keys) a.write(key, "x".repeat(50));
    a.write("node:1", "d");
    b.wall = AT;
    b.dial(a);
    let most = 0n;
    for (let count = 0; count < 100; count += 1) {
      rig.deliver();
      const stamps = [...b.store.held()].map(({ info }) => info.origStamp);
      const high = b.store.highWater.get(1) ?? 0n;
      const due = [...a.store.held()].filter(({ info }) => info.origStamp <= high);
      expect(stamps.length).toBe(due.length);
      most = high;
      if (!a.fireSends() && !b.fireSends()) break;
    }
    expect(keysOf(b)).toEqual(keysOf(a));
    expect(most).toBe(a.store.highWater.get(1));
    expect(rig.lines.length).toBeGreaterThan(7);
  });
});

describe("who dials", () => {
  it("itself hears its own id and goes", () => {
    const { a, rig } = two();
    const { address } = a.self.address;
    expect(a.outgoing.dial(address, { cause: "tighten", forwardsCount: 0 })).toBeUndefined();
    // Under a name that it does not know for its own.
    const alias = rig.add(1);
    Object.assign(alias.self.address, { address: "10.0.0.9:1" });
    const id = alias.dial(a);
    rig.settle();
    expect(alias.has(id)).toBe(false);
    expect(alias.count("loopback")).toBe(1);
    expect(a.incoming.seats.size).toBe(0);
  });

  it.each([
    [1, 2],
    [2, 1],
  ])("at the same time as the other: one link is left (%i first)", (first, second) => {
    const { nodes, rig } = town(2);
    const [one, other] = [nodes[first - 1], nodes[second - 1]];
    if (one === undefined || other === undefined) throw new Error("two nodes");
    const ids = [one.dial(other), other.dial(one)];
    rig.settle();
    one.write("k", "1", { at: AT + 5n });
    rig.settle();
    other.write("l", "1", { at: AT + 6n });
    rig.settle();
    expect([one.has(ids[0]), other.has(ids[1])].filter(Boolean)).toHaveLength(1);
    expect(nodes[0]?.outgoing.size).toBe(1);
    expect(nodes.map(({ incoming }) => incoming.seats.size)).toEqual([0, 1]);
    expect(keysOf(one)).toEqual(keysOf(other));
  });

  it("from an address that has a stream already is turned away", () => {
    const { a, b, rig } = two();
    const twin = rig.add(3);
    Object.assign(twin.self.address, a.self.address);
    a.dial(b);
    rig.settle();
    twin.dial(b);
    rig.settle();
    expect(rig.lines.at(-1)).toBe("n2 ends its stream: ALREADY_EXISTS");
    expect([b.incoming.seats.size, twin.outgoing.size]).toEqual([1, 0]);
  });

  it("a full node is sent to one that was let in", () => {
    const { nodes, rig } = town(5);
    const [full, ...others] = nodes;
    if (full === undefined) throw new Error("nodes");
    for (const node of others) {
      node.dial(full);
      rig.settle();
    }
    const last = others.at(-1);
    expect(rig.lines.at(-2)).toMatch(/^n1 → n5 {2}go to n[234]$/);
    expect(last?.forwards).toHaveLength(1);
    expect(others.map(({ self }) => self.address.address)).toContain(last?.forwards[0]);
    expect(full.incoming.seats.size).toBe(3);
    expect(full.incoming.refusedCount).toBe(1);
    expect(last?.outgoing.size).toBe(0);
  });

  it("and stays though it was sent elsewhere is closed after a while", () => {
    const { nodes, rig } = town(5);
    const [full, ...others] = nodes;
    if (full === undefined) throw new Error("nodes");
    for (const node of others.slice(0, 3)) node.dial(full);
    rig.settle();
    others.at(-1)?.dial(full);
    const pipe = rig.pipes.at(-1);
    if (pipe === undefined) throw new Error("no pipe");
    rig.deliverOne(pipe.toAccepter);
    rig.deliverOne(pipe.toAccepter);
    pipe.toOpener.length = 0;
    full.incoming.onGraceTimer(pipe.accepterId);
    rig.settle();
    expect(rig.lines.at(-1)).toBe("n1 ends its stream: RESOURCE_EXHAUSTED");
  });

  it("a node of another cluster is refused", () => {
    const { a, b, rig } = two();
    a.self.clusterId = CLUSTER;
    b.self.clusterId = OTHER;
    a.dial(b);
    rig.settle();
    expect(rig.lines.at(-1)).toBe("n2 ends its stream: FAILED_PRECONDITION");
    expect(keysOf(b)).toEqual(["node:2"]);
    a.self.clusterId = new Uint8Array(16);
    a.dial(b);
    rig.settle();
    expect(keysOf(b)).toEqual(["node:1", "node:2"]);
  });

  it.each([
    ["a cluster id of seven bytes", { clusterId: new Uint8Array(7) }, "clusterIdMalformed"],
    ["a negative id", { nodeId: -1 }, "nodeIdMalformed"],
    ["an id beyond 31 bits", { nodeId: 2 ** 31 }, "nodeIdMalformed"],
  ])("with %s is refused", (_what, wrong, count) => {
    const { a, b, rig } = two();
    Object.assign(a.self, wrong);
    a.dial(b);
    rig.settle();
    expect(rig.lines.at(-1)).toBe("n2 ends its stream: INVALID_ARGUMENT");
    expect(b.count(count)).toBe(1);
    expect(b.incoming.seats.size).toBe(0);
  });

  it("without an id learns all, takes no place, and gets one when it has an id", () => {
    const rig = new StreamRig();
    const [a, b] = [rig.add(0), rig.add(2)];
    b.write("node:2", "d", { at: AT });
    a.wall = AT;
    a.dial(b);
    rig.settle();
    expect(keysOf(a)).toEqual(["node:2"]);
    expect(b.incoming.seats.size).toBe(0);
    a.self.nodeId = 7;
    a.write("node:7", "d");
    rig.settle();
    expect(keysOf(b)).toEqual(["node:2", "node:7"]);
    expect(b.incoming.seats.has(7)).toBe(true);
  });

  it("without an id finds room only so often", () => {
    const rig = new StreamRig();
    const server = rig.add(1, { guestsMaxCount: 2 });
    const guests = Array.from({ length: 3 }, (_, index) => {
      const guest = rig.add(50 + index);
      guest.self.nodeId = 0;
      return guest;
    });
    for (const guest of guests) guest.dial(server);
    rig.settle();
    expect(server.count("guestsFull")).toBe(1);
    expect(guests.map(({ outgoing }) => outgoing.size)).toEqual([1, 1, 0]);
  });
});

describe("a node that starts again", () => {
  it("regains what it wrote, though it writes before it has heard of it", () => {
    const { a, b, rig } = two();
    a.write("flag", "on", { at: AT + 1n });
    a.dial(b);
    rig.settle();
    const [pipe] = rig.pipes;
    if (pipe !== undefined) rig.break(pipe);
    // The same node in its next life: nothing is left of the former one.
    const later = rig.add(1);
    Object.assign(later.self, { own: "withheld" });
    rig.nodes.splice(rig.nodes.indexOf(a), 1);
    later.write("node:1", "d", { at: AT + 100n });
    later.dial(b);
    rig.settle();
    expect(rig.lines.filter((line) => line.startsWith("n1")).at(-2)).not.toContain("1:");
    expect(keysOf(later)).toEqual(["flag", "node:1", "node:2"]);
    expect(later.self.own).toBe("told");
    later.write("k", "1", { at: AT + 200n });
    rig.settle();
    expect(keysOf(b)).toContain("k");
  });

  it("with its clock set back hears that others hold greater stamps of it", () => {
    const { a, b, rig } = two();
    a.write("flag", "on", { at: AT + 1_000n });
    a.dial(b);
    rig.settle();
    const [pipe] = rig.pipes;
    if (pipe !== undefined) rig.break(pipe);
    const later = rig.add(1);
    Object.assign(later.self, { own: "withheld" });
    rig.nodes.splice(rig.nodes.indexOf(a), 1);
    later.write("fresh", "1", { at: AT });
    later.dial(b);
    rig.settle();
    expect(keysOf(b)).not.toContain("fresh");
    const claimed = later.ownStamps.at(-1) ?? 0n;
    expect(claimed).toBe(AT + 1_001n);
    later.store.reissueOwn(claimed);
    rig.settle();
    expect(keysOf(b)).toContain("fresh");
  });
});

describe("hostile stamps", () => {
  it("are counted and change nothing", () => {
    const { a, b, rig } = two();
    a.dial(b);
    rig.settle();
    const [pipe] = rig.pipes;
    if (pipe === undefined) throw new Error("no pipe");
    const wrong = new Map([
      [-1, 5n],
      [0, 5n],
      [3, -5n],
      [2 ** 31, 5n],
    ]);
    const info: StampedInfo = {
      rawBytes: new Uint8Array(0),
      wallTime: AT,
      origStamp: AT,
      ttlStamp: NO_EXPIRY,
      hops: 0xff_ff_ff_ff,
      nodeId: 5,
      peerId: -7,
    };
    b.incoming.onRequest(pipe.accepterId, {
      nodeId: 77,
      address: { network: "", address: "" },
      clusterId: new Uint8Array(0),
      highWaterStamps: wrong,
      delta: new Map([["k", info]]),
    });
    expect(b.count("stampMalformed")).toBe(4);
    // The id that it gave first is its id.
    expect(b.store.getInfo("k")?.info).toMatchObject({ peerId: 1, hops: 0xff_ff_ff_ff });
    rig.settle();
    expect(keysOf(a)).toContain("k");
  });
});
