/** What one stamp an origin says, held under everything that can happen to streams. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { StampedInfo } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import { isFresher } from "./stamped-info.ts";
import { type RigNode, StreamRig } from "./stream-rig.ts";

const NODES = 4;
/** Longer than any run. */
const SHORT_TTL = 4_000n;
/** Far more than there are stamps in a run, so that clocks and stamps stay together. */
const TICK = 1_000n;

interface Issued {
  readonly key: string;
  readonly info: StampedInfo;
}

/** All that was ever written, as it was written. */
class World {
  readonly rig = new StreamRig();
  readonly issued: Issued[] = [];
  now = 1_000n;
  private readonly options: Partial<InfoNetworkOptions>;

  constructor(options: Partial<InfoNetworkOptions> = {}) {
    this.options = options;
    for (let id = 1; id <= NODES; id += 1) this.begin(id);
  }

  /** A node's first life, or its next one, which has forgotten all. */
  begin(id: number): void {
    const former = this.rig.nodes.findIndex(({ self }) => self.nodeId === id);
    if (former >= 0) {
      const node = this.rig.nodes[former];
      for (const pipe of this.rig.pipes) {
        if (pipe.opener === node || pipe.accepter === node) this.rig.break(pipe);
      }
      this.rig.nodes.splice(former, 1);
    }
    const node = this.rig.add(id, { ...this.options, peersMinCount: NODES });
    node.self.own = former >= 0 ? "withheld" : "told";
    this.write(id, `node:${id}`, 0n);
  }

  node(id: number): RigNode {
    const found = this.rig.nodes.find(({ self }) => self.nodeId === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  write(id: number, key: string, ttl: bigint): void {
    const node = this.node(id);
    node.write(key, `${this.issued.length}`, { at: this.now, ttl });
    const info = node.store.getInfo(key)?.info;
    if (info?.nodeId === id && info.hops === 0) this.issued.push({ key, info });
  }

  /** Takes one step of what is on its way, or lets one node's timers go off. */
  move(choice: number): void {
    const queues = this.rig.pipes.flatMap((pipe) => [pipe.toAccepter, pipe.toOpener]);
    const busy = queues.filter((queue) => queue.length > 0);
    const queue = busy[choice % Math.max(1, busy.length)];
    if (queue !== undefined && choice % 3 !== 0) this.rig.deliverOne(queue);
    else this.node((choice % NODES) + 1).fireSends();
  }

  breakOne(choice: number): void {
    const open = this.rig.pipes.filter(({ isOpen }) => isOpen);
    const pipe = open[choice % Math.max(1, open.length)];
    if (pipe !== undefined) this.rig.break(pipe);
  }

  pass(): void {
    this.now += TICK;
    for (const node of this.rig.nodes) node.wall = this.now;
  }

  /** Live infos that nothing supersedes and a store should hold by its stamps, but does not. */
  holes(): string[] {
    const holes: string[] = [];
    for (const { info, key } of this.newest()) {
      if (info.ttlStamp < this.now + TICK) continue;
      for (const { name, store } of this.rig.nodes) {
        if (info.origStamp > (store.highWater.get(info.nodeId) ?? 0n)) continue;
        const held = store.getInfo(key)?.info;
        const isHeld = held?.origStamp === info.origStamp && held.nodeId === info.nodeId;
        if (!isHeld) holes.push(`${name} lacks ${key} of n${info.nodeId} at ${info.origStamp}`);
      }
    }
    return holes;
  }

  /** All are one network, and nothing moves any more. */
  connect(): void {
    for (let id = 2; id <= NODES; id += 1) this.node(id).dial(this.node(id - 1));
    this.rig.settle();
  }

  /** What lives, by node; and is not about to expire by somebody's clock. */
  shown(): string[][] {
    return this.rig.nodes.map(({ store }) =>
      [...store.held()]
        .filter(({ info }) => info.ttlStamp > this.now + TICK)
        .map(({ info, key }) => `${key} n${info.nodeId} ${info.origStamp}`)
        .sort(),
    );
  }

  /** What was written before it had heard of its former life gets new stamps. */
  reissue(): void {
    for (const node of this.rig.nodes) {
      const { ownStamps, store } = node;
      node.tellOwn();
      for (const stamp of ownStamps.splice(0)) {
        if (stamp > store.issuedMax && store.ratchetOwn(stamp)) store.reissueOwn(stamp);
      }
    }
  }

  /** Of each key the one that wins. */
  private newest(): Issued[] {
    const newest = new Map<string, Issued>();
    for (const one of this.issued) {
      const former = newest.get(one.key);
      if (former === undefined || isFresher(one.info, former.info)) newest.set(one.key, one);
    }
    return [...newest.values()];
  }
}

type Act = readonly [
  kind: "write" | "short" | "dial" | "break" | "move" | "pass",
  a: number,
  b: number,
];

const act: fc.Arbitrary<Act> = fc.tuple(
  fc.constantFrom("write", "write", "short", "dial", "break", "move", "move", "move", "pass"),
  fc.nat({ max: 11 }),
  fc.nat({ max: 11 }),
);

function perform(world: World, [kind, a, b]: Act): void {
  const [id, other] = [(a % NODES) + 1, (b % NODES) + 1];
  if (kind === "write") world.write(id, `k${b}`, 0n);
  // Under keys of their own: see docs/protocols/info-network.md on what overwrites and expires.
  else if (kind === "short") world.write(id, `s${b}`, SHORT_TTL);
  else if (kind === "dial") world.node(id).dial(world.node(other));
  else if (kind === "break") world.breakOne(a);
  else if (kind === "pass") world.pass();
  else for (let count = 0; count <= b; count += 1) world.move(a + count * (b + 1));
}

it("every store holds what its high-water stamps say, at every moment", () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 20, maxLength: 120 }), (acts) => {
      const world = new World({ deltaMaxBytes: 200 });
      for (const one of acts) {
        perform(world, one);
        expect(world.holes()).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});

it("and when all is quiet, all that are connected hold the same, also what a node has lost", () => {
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 20, maxLength: 60 }),
      fc.nat({ max: 3 }),
      (acts, lost) => {
        const world = new World();
        for (const one of acts) perform(world, one);
        world.connect();
        const before = world.shown();
        for (const one of before) expect(one).toEqual(before[0]);
        // Its clock goes on, or has gone back behind what it has stamped.
        if (lost % 2 === 0) world.pass();
        else world.now -= TICK / 2n;
        world.begin(lost + 1);
        world.pass();
        world.connect();
        world.reissue();
        world.connect();
        const after = world.shown();
        for (const one of after) expect(one).toEqual(after[0]);
        expect(after[0]?.length).toBeGreaterThanOrEqual(NODES);
      },
    ),
    { numRuns: 100 },
  );
});
