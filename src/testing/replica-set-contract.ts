import { assert } from "../core/assert.ts";
import type { ReadonlyDotSet } from "../core/dot-set.ts";
import { makeOrigin, type Origin, parseOrigin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { REPLICA_SETS } from "../data/replica-set/replica-set.messages.ts";
import { ReplicaSets } from "../data/replica-set/replica-sets.ts";
import { Stability } from "../data/replica-set/stability.ts";
import type { Replica } from "../exchange/replica.ts";
import type { ReplicaRig } from "./replica-contract.ts";
import { assertEqual, type TestApi } from "./test-api.ts";

/** A replica that may drop what is stable, and may have to begin anew. */
export interface SettledRig<Update> extends ReplicaRig<Update> {
  /** Drops what it need not keep any more: all of `stable` was seen by the whole replica set. */
  purge(stable: ReadonlyDotSet): void;
  /** Forgets all it holds and has seen. */
  discard(): void;
}

/** Makes a replica that holds nothing; `origin` is this node's life, which may change. */
export type MakeSettled<Update> = (origin: () => Origin) => SettledRig<Update>;

const X = "x";
const NAMES = ["a", "b", "c", "d", "e", "f"] as const;
const STEPS_COUNT = 250;
const ALL_BYTES = 2 ** 40;

/**
 * The rules of replica sets (DESIGN section 2), as a data model meets them: members come, go, die,
 * lose their disks, are evicted, by both sides of a partition too, and return. Whatever happens,
 * nothing that is purged was missed by a member, and in the end all hold the same: nothing comes
 * back from the dead.
 */
export function replicaSetContract<Update>(
  api: TestApi,
  name: string,
  make: MakeSettled<Update>,
  historiesCount = 40,
): void {
  api.describe(`replica set contract: ${name}`, () => {
    for (let seed = 0; seed < historiesCount; seed += 1) {
      api.test(`nothing is purged too early, and all agree, in history ${seed}`, () => {
        const town = new Town(make, new Random(`replica sets ${seed}`));
        for (let step = 0; step < STEPS_COUNT; step += 1) town.anything();
        town.settle();
        town.check();
      });
    }
  });
}

/** One node over its lives. */
class Citizen<Update> {
  readonly name: string;
  readonly town: Town<Update>;
  boot = 0;
  sinceBoot = 0;
  isAlive = false;
  side = 0;
  hasLeft = false;
  model: SettledRig<Update>;
  sets: ReplicaSets;
  stability = new Stability();
  fate: "keeps" | "discards" | undefined;

  constructor(town: Town<Update>, name: string) {
    this.town = town;
    this.name = name;
    this.model = town.make(() => this.origin);
    this.sets = this.makeSets();
  }

  get origin(): Origin {
    return makeOrigin(this.name, this.boot);
  }

  /** A life begins, with what the disk holds of the last one or with nothing. */
  start(disk: "kept" | "lost"): void {
    const former = this.origin;
    this.boot = this.town.nextBoot();
    this.stability = new Stability();
    this.isAlive = true;
    if (disk === "lost" || this.sinceBoot === 0) {
      this.sets = this.makeSets();
      this.model.discard();
      this.sinceBoot = this.boot;
    } else {
      const standing = this.sets.standingOf(X, former);
      if (standing === "evicted" || this.hasLeft) this.model.discard();
      if (standing !== "member") this.sinceBoot = this.boot;
    }
    this.hasLeft = false;
    this.fate = undefined;
    this.announce();
  }

  /** What the sets said of this node is acted on. */
  react(): void {
    const { fate } = this;
    this.fate = undefined;
    if (fate === undefined || !this.isAlive) return;
    this.boot = this.town.nextBoot();
    this.sinceBoot = this.boot;
    if (fate === "discards") this.model.discard();
    this.announce();
  }

  /** All that every member of the set is known to have seen. */
  stable(replica: string, own: ReadonlyDotSet): ReadonlyDotSet {
    const others = this.sets.members(replica).filter((one) => one !== this.origin);
    return this.stability.stable(replica, own, others);
  }

  note(peer: Citizen<Update>): void {
    this.stability.note(X, peer.origin, peer.model.replica.seen);
    this.stability.note(REPLICA_SETS, peer.origin, peer.sets.seen);
  }

  private announce(): void {
    this.sets.announce(REPLICA_SETS, this.sinceBoot);
    this.sets.announce(X, this.sinceBoot);
  }

  private makeSets(): ReplicaSets {
    const wiring = {
      origin: () => this.origin,
      afterStep: (body: () => void) => body(),
      counters: { add: () => {} },
    };
    const sets = new ReplicaSets(wiring, { recordsMaxCount: 100_000 });
    const note = (replica: string, fate: "keeps" | "discards"): void => {
      if (replica === X && this.fate !== "discards") this.fate = fate;
    };
    sets.listen({
      onEvicted: (replica, { state }) => note(replica, state),
      onOverruled: (replica) => {
        if (!this.model.replica.seen.isEmpty) note(replica, "discards");
      },
    });
    return sets;
  }
}

class Town<Update> {
  readonly make: MakeSettled<Update>;
  readonly random: Random;
  readonly citizens: readonly Citizen<Update>[];
  private boot = 0;

  constructor(make: MakeSettled<Update>, random: Random) {
    this.make = make;
    this.random = random;
    this.citizens = NAMES.map((name) => new Citizen(this, name));
    for (const citizen of this.citizens.slice(0, 3)) citizen.start("lost");
  }

  nextBoot(): number {
    this.boot += 1;
    return this.boot;
  }

  anything(): void {
    const one = this.random.pick(this.citizens);
    const other = this.random.pick(this.citizens);
    if (one === undefined || other === undefined) return;
    const dice = this.random.real();
    if (dice < 0.25) this.write(one);
    else if (dice < 0.7) this.meet(one, other);
    else if (dice < 0.8) this.meetAll();
    else if (dice < 0.88) this.purge(one);
    else if (dice < 0.91) this.evict(one, other);
    else if (dice < 0.94) this.stop(one);
    else if (dice < 0.98) this.startAgain(one);
    else this.divide();
  }

  /** All are back, nobody is cut off, and there is time enough. */
  settle(): void {
    for (const citizen of this.citizens) {
      citizen.side = 0;
      if (!citizen.isAlive) citizen.start("kept");
    }
    for (let round = 0; round < 12; round += 1) this.meetAll();
  }

  check(): void {
    const states = this.citizens.map(({ model }) => model.state());
    assertEqual(
      states.filter((state) => state !== states[0]),
      [],
      "states that differ",
    );
    const members = this.citizens.map(({ sets }) => sets.members(X).join());
    const all = this.citizens.map(({ origin }) => origin).join();
    assertEqual(
      members.filter((one) => one !== all),
      [],
      "sets that differ from who is there",
    );
  }

  private write({ isAlive, model }: Citizen<Update>): void {
    if (isAlive) model.write(this.random);
  }

  /** A round: first about who replicates what, and about nothing else while that differs. */
  private meet(one: Citizen<Update>, other: Citizen<Update>): void {
    if (one === other || !one.isAlive || !other.isAlive || one.side !== other.side) return;
    if (one.sets.seen.hash() !== other.sets.seen.hash()) {
      send(one.sets, other.sets);
      send(other.sets, one.sets);
    } else if (!this.isRefused(one, other) && !this.isRefused(other, one)) {
      send(one.model.replica, other.model.replica);
      send(other.model.replica, one.model.replica);
      one.note(other);
      other.note(one);
    }
    one.react();
    other.react();
  }

  private meetAll(): void {
    for (const one of this.citizens) for (const other of this.citizens) this.meet(one, other);
  }

  private isRefused(by: Citizen<Update>, who: Citizen<Update>): boolean {
    return by.sets.standingOf(X, who.origin) !== "member";
  }

  private purge(citizen: Citizen<Update>): void {
    if (!citizen.isAlive) return;
    const { model, sets } = citizen;
    const stable = citizen.stable(X, model.replica.seen);
    for (const origin of sets.members(X)) {
      const member = this.citizens.find(({ name }) => name === parseOrigin(origin)?.name);
      // What was evicted or wiped since then is not this one's to know.
      if (member?.origin !== origin || member.sets.standingOf(X, origin) !== "member") continue;
      const { seen } = member.model.replica;
      assert(seen.contains(stable), `${origin} has not seen what ${citizen.name} calls stable`);
    }
    model.purge(stable);
    sets.purge(citizen.stable(REPLICA_SETS, sets.seen));
  }

  private evict(by: Citizen<Update>, whom: Citizen<Update>): void {
    const isReachable = whom.isAlive && whom.side === by.side;
    if (!by.isAlive || isReachable) return;
    if (by.sets.standingOf(X, by.origin) !== "member") return;
    const origin = by.sets.members(X).find((one) => parseOrigin(one)?.name === whom.name);
    const here = this.citizens.filter(({ isAlive, side }) => isAlive && side === by.side);
    if (origin !== undefined) by.sets.evict(X, origin, here.length);
  }

  private stop(citizen: Citizen<Update>): void {
    const living = this.citizens.filter(({ isAlive }) => isAlive);
    if (!citizen.isAlive || living.length < 3) return;
    if (this.random.chance(0.3)) {
      citizen.sets.leave(X);
      citizen.hasLeft = true;
      for (const peer of living) {
        if (peer !== citizen && peer.side === citizen.side) send(citizen.sets, peer.sets);
      }
      for (const peer of living) peer.react();
    }
    citizen.isAlive = false;
  }

  private startAgain(citizen: Citizen<Update>): void {
    if (!citizen.isAlive) citizen.start(this.random.chance(0.7) ? "kept" : "lost");
  }

  private divide(): void {
    const isWhole = this.random.chance(0.5);
    for (const citizen of this.citizens) citizen.side = isWhole ? 0 : this.random.below(2);
  }
}

/** One way, as an exchange does it. */
function send<U>(from: Replica<U>, to: Replica<U>): void {
  const theirs = to.seen.clone();
  const delta = from.collect(from.seen.difference(theirs), theirs, ALL_BYTES);
  for (const [dot, update] of delta.updates) to.apply(dot, update);
  to.cover(delta.covers, delta.forgotten);
}
