import { assert } from "../core/assert.ts";
import { type Dot, dotKey } from "../core/dot.ts";
import { DotSet } from "../core/dot-set.ts";
import { makeOrigin, type Origin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { Replica } from "../exchange/replica.ts";
import { assertEqual, type TestApi } from "./test-api.ts";

/** A replica whose local writes the suite commands. */
export interface ReplicaRig<Update> {
  readonly replica: Replica<Update>;
  /** Writes as a user here would, in the name of the rig's origin; `random` picks what. */
  write(random: Random): readonly [Dot, Update];
  /** What is held, as text: equal for replicas that hold the same. */
  state(): string;
}

/** What the replica under test promises. */
export interface ReplicaTraits {
  /** Bytes of the largest update that `write` makes; budgets are counted in it. Default 200. */
  readonly updateMaxBytes?: number;
}

/** Makes a replica of this origin that holds nothing, with bounds that this suite never reaches. */
export type MakeReplica<Update> = (origin: Origin) => ReplicaRig<Update>;

const NAMES = ["a", "b", "c", "d"] as const;
const ROUNDS = 300;

/**
 * What every data model keeps, so that any exchange may carry it. The heart of it: *what a replica
 * holds is a function of what it has seen*. Whatever was sent, lost, cut off by budgets or covered,
 * it holds what a fresh one would that was given all seen updates.
 */
export function replicaContract<Update>(
  api: TestApi,
  name: string,
  make: MakeReplica<Update>,
  traits: ReplicaTraits = {},
): void {
  const world = (seed: number) => new World(make, new Random(seed), traits.updateMaxBytes ?? 200);
  api.describe(`replica contract: ${name}`, () => {
    applyTests(api, world);
    collectTests(api, world);
    historyTests(api, world);
  });
}

type MakeWorld<Update> = (seed: number) => World<Update>;

function applyTests<Update>(api: TestApi, make: MakeWorld<Update>): void {
  api.test("an update that was seen is known, and changes nothing", () => {
    const world = make(1);
    const [first, second] = [world.rig("a"), world.rig("b")];
    const [dot, update] = world.write("a");
    assertEqual(first.replica.apply(dot, update), "known", "its own update");
    assertEqual(second.replica.apply(dot, update), "news", "the first time");
    const before = second.state();
    assertEqual(second.replica.apply(dot, update), "known", "the second time");
    assertEqual(second.state(), before, "the state after the second time");
    assert(second.replica.seen.has(dot), "the dot was not seen");
  });

  api.test("the order in which updates arrive does not matter", () => {
    const world = make(2);
    for (let count = 0; count < 40; count += 1) world.write(NAMES[count % 3] ?? "a");
    const all = [...world.updates.values()];
    const wanted = world.fold(world.seenByAll());
    for (let order = 0; order < 20; order += 1) {
      const fresh = world.fresh();
      for (const [dot, update] of world.shuffled(all)) fresh.replica.apply(dot, update);
      assertEqual(fresh.state(), wanted, `the state after order ${order}`);
      assertEqual(fresh.replica.seen.size, all.length, "how many were seen");
    }
  });

  api.test("equal sets of seen dots have equal hashes", () => {
    const world = make(3);
    for (let count = 0; count < 20; count += 1) world.write("a");
    const [one, other] = [world.fresh(), world.fresh()];
    for (const [dot, update] of world.updates.values()) one.replica.apply(dot, update);
    for (const [dot, update] of [...world.updates.values()].reverse()) {
      other.replica.apply(dot, update);
    }
    assertEqual(one.replica.seen.hash(), other.replica.seen.hash(), "the hash");
  });

  api.test("listeners hear of news once, with who brought it", () => {
    const world = make(4);
    const rig = world.rig("b");
    const heard: string[] = [];
    rig.replica.subscribe({
      onNews: (dot, _, from) => heard.push(`${dotKey(dot)} from ${from}`),
    });
    const [dot, update] = world.write("a");
    rig.replica.apply(dot, update);
    rig.replica.apply(dot, update);
    assertEqual(heard, [`${dotKey(dot)} from ${undefined}`], "what was heard");
  });
}

function collectTests<Update>(api: TestApi, make: MakeWorld<Update>): void {
  api.test("what is collected brings an empty replica to the same state", () => {
    const world = make(5);
    for (let count = 0; count < 50; count += 1) world.write("a");
    const fresh = world.fresh();
    world.send(world.rig("a"), fresh, Number.MAX_SAFE_INTEGER);
    assertEqual(fresh.state(), world.rig("a").state(), "the state");
    assert(fresh.replica.seen.equals(world.rig("a").replica.seen), "not all was seen");
  });

  api.test("only what was wanted is collected, oldest first per origin", () => {
    const world = make(6);
    for (let count = 0; count < 30; count += 1) world.write("a");
    const { replica } = world.rig("a");
    const wanted = new DotSet();
    for (const dot of replica.seen) if (world.random.real() < 0.5) wanted.add(dot);
    const delta = replica.collect(wanted, new DotSet(), Number.MAX_SAFE_INTEGER);
    let last = 0;
    for (const [dot] of delta.updates) {
      assert(wanted.has(dot), `${dotKey(dot)} was not wanted`);
      assert(dot.seq > last, `${dot.seq} comes after ${last}`);
      last = dot.seq;
    }
    assert(wanted.contains(delta.covers), "a dot is covered that was not wanted");
    assert(!delta.more, "more of what has no bound");
  });

  api.test(
    "a budget cuts the delta, at one update at the least, and rounds go on to the end",
    () => {
      const world = make(7);
      for (let count = 0; count < 50; count += 1) world.write("a");
      const fresh = world.fresh();
      let rounds = 0;
      let hasMore = true;
      while (hasMore) {
        hasMore = world.send(world.rig("a"), fresh, 1);
        rounds += 1;
        assert(rounds <= 200, "the rounds do not end");
      }
      assertEqual(fresh.state(), world.rig("a").state(), "the state");
      assert(rounds > 1, "the budget of one byte cut nothing");
    },
  );

  api.test("nothing is collected of what the other side has seen", () => {
    const world = make(8);
    for (let count = 0; count < 10; count += 1) world.write("a");
    const { replica } = world.rig("a");
    const wanted = replica.seen.difference(replica.seen);
    const delta = replica.collect(wanted, replica.seen, Number.MAX_SAFE_INTEGER);
    assertEqual(delta.updates.length, 0, "updates");
    assert(delta.covers.isEmpty && delta.forgotten.isEmpty && !delta.more, "not empty");
  });
}

/** The histories of DESIGN section 3, and all others that random gives. */
function historyTests<Update>(api: TestApi, make: MakeWorld<Update>): void {
  api.test(
    "a superseder cut off by the budget, whose origin then dies, is not taken as seen",
    () => {
      for (let seed = 100; seed < 130; seed += 1) {
        const world = make(seed);
        for (let count = 0; count < 12; count += 1) world.write("a");
        const [origin, heir] = [world.rig("a"), world.rig("b")];
        world.send(origin, heir, world.updateMaxBytes);
        // From here on only the heir tells what there was.
        const late = world.fresh();
        world.send(heir, late, Number.MAX_SAFE_INTEGER);
        world.check(heir);
        world.check(late);
        assertEqual(late.state(), heir.state(), "what the heir's heir holds");
      }
    },
  );

  api.test("an update that arrives before its predecessor leaves a gap that is repaired", () => {
    const world = make(9);
    const [, second] = [world.write("a"), world.write("a")];
    const late = world.rig("b");
    late.replica.apply(...second);
    world.check(late);
    assert(!late.replica.seen.has({ ...second[0], seq: 1 }), "the gap was taken as seen");
    world.send(world.rig("a"), late, Number.MAX_SAFE_INTEGER);
    assertEqual(late.state(), world.rig("a").state(), "the state");
  });

  api.test("an origin that lost its disk comes back as another, and is no old news", () => {
    const world = make(10);
    for (let count = 0; count < 5; count += 1) world.write("a");
    const witness = world.rig("b");
    world.send(world.rig("a"), witness, Number.MAX_SAFE_INTEGER);
    const reborn = world.reboot("a");
    const [dot, update] = world.write("a");
    assertEqual(dot.seq, 1, "the first of its new life");
    assert(!witness.replica.seen.has(dot), "seen before it was sent");
    assert(witness.replica.apply(dot, update) !== "known", "taken for old news");
    world.send(witness, reborn, Number.MAX_SAFE_INTEGER);
    assertEqual(reborn.state(), witness.state(), "what it learns of its former life");
  });

  for (let seed = 0; seed < 20; seed += 1) {
    api.test(`what is held follows from what was seen, in history ${seed}`, () => {
      const world = make(1_000 + seed);
      for (let round = 0; round < ROUNDS; round += 1) world.anything();
      for (const who of NAMES) {
        for (const other of NAMES) world.send(world.rig(who), world.rig(other), 2 ** 40);
      }
      for (const who of NAMES) {
        for (const other of NAMES) world.send(world.rig(who), world.rig(other), 2 ** 40);
      }
      const states = new Set(NAMES.map((who) => world.rig(who).state()));
      assertEqual(states.size, 1, "how many different states are left");
    });
  }
}

/** Four replicas, and everything that was ever written. */
class World<Update> {
  readonly random: Random;
  readonly updateMaxBytes: number;
  readonly updates = new Map<string, readonly [Dot, Update]>();
  private readonly make: MakeReplica<Update>;
  private readonly rigs = new Map<string, ReplicaRig<Update>>();
  private boot = 0;

  constructor(make: MakeReplica<Update>, random: Random, updateMaxBytes: number) {
    this.make = make;
    this.random = random;
    this.updateMaxBytes = updateMaxBytes;
  }

  rig(name: string): ReplicaRig<Update> {
    return this.rigs.get(name) ?? this.reboot(name);
  }

  reboot(name: string): ReplicaRig<Update> {
    this.boot += 1;
    const rig = this.make(makeOrigin(name, this.boot));
    this.rigs.set(name, rig);
    return rig;
  }

  fresh(): ReplicaRig<Update> {
    this.boot += 1;
    return this.make(makeOrigin("fresh", this.boot));
  }

  write(name: string): readonly [Dot, Update] {
    const written = this.rig(name).write(this.random);
    this.updates.set(dotKey(written[0]), written);
    return written;
  }

  /** One way, as an exchange does it; returns whether there is more. */
  send(from: ReplicaRig<Update>, to: ReplicaRig<Update>, budgetBytes: number): boolean {
    const theirs = to.replica.seen.clone();
    const wanted = from.replica.seen.difference(theirs);
    const delta = from.replica.collect(wanted, theirs, budgetBytes);
    let isDeferred = false;
    for (const [dot, update] of delta.updates) {
      if (to.replica.apply(dot, update) === "deferred") isDeferred = true;
    }
    if (!isDeferred) to.replica.cover(delta.covers, delta.forgotten);
    return delta.more;
  }

  /** Writes, sends a whole or a cut delta, loses some of one, delivers single updates, reboots. */
  anything(): void {
    const { random } = this;
    const who = NAMES[random.below(NAMES.length)] ?? "a";
    const other = NAMES[random.below(NAMES.length)] ?? "b";
    const [from, to] = [this.rig(who), this.rig(other)];
    const dice = random.real();
    if (dice < 0.4) this.write(who);
    else if (dice < 0.7) this.send(from, to, this.updateMaxBytes * (1 + random.below(4)));
    else if (dice < 0.95) this.deliverOne(to);
    else this.reboot(other);
    this.check(this.rig(other));
  }

  /** A rumour: one update, in no order. */
  private deliverOne(to: ReplicaRig<Update>): void {
    const all = [...this.updates.values()];
    const one = all[this.random.below(Math.max(1, all.length))];
    if (one !== undefined) to.replica.apply(...one);
  }

  /** Fails unless `rig` holds what follows from what it has seen. */
  check(rig: ReplicaRig<Update>): void {
    assertEqual(rig.state(), this.fold(rig.replica.seen), "what is held, against what was seen");
  }

  /** What a replica holds that was given all updates of `seen`. */
  fold(seen: Iterable<Dot>): string {
    const fresh = this.fresh();
    for (const dot of seen) {
      const known = this.updates.get(dotKey(dot));
      if (known !== undefined) fresh.replica.apply(...known);
    }
    return fresh.state();
  }

  seenByAll(): DotSet {
    return DotSet.of(...[...this.updates.values()].map(([dot]) => dot));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = this.random.below(last + 1);
      const [a, b] = [order[last], order[other]];
      if (a === undefined || b === undefined) continue;
      order[last] = b;
      order[other] = a;
    }
    return order;
  }
}
