import fc from "fast-check";
import { expect, test } from "vitest";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { Random } from "../../core/random.ts";
import { Town, type TownReplica } from "../../testing/operation-log-rig.ts";
import type { Vector } from "./operation-log.messages.ts";
import { mergedVectors } from "./vector.ts";

/** Goes from replica to replica with what it has seen. [spec §11] */
interface Client {
  prev: Vector;
  beyond: ReadonlyDotSet;
  sees: readonly string[];
}

/** Replicas over a network that loses and reorders, one record at a time. */
class Streets {
  readonly town = new Town();
  /** Of each operation, what whoever wrote it had before their eyes. */
  readonly seenBefore = new Map<string, readonly string[]>();
  gapsCount = 0;
  private readonly random: Random;
  private readonly clients: Client[] = [];
  private number = 0;
  private boot = 1;

  constructor(seed: number) {
    this.random = new Random(seed);
    for (const name of ["a", "b", "c"]) this.town.add(name, { checkpointAfterCount: 5 });
    for (let one = 0; one < 4; one += 1) {
      this.clients.push({ prev: new Map(), beyond: new DotSet(), sees: [] });
    }
  }

  step(): void {
    const { random, town } = this;
    town.nowMs += random.below(50);
    const [one, other] = [this.pick(town.replicas), this.pick(town.replicas)];
    const dice = random.real();
    if (dice < 0.35) this.read(this.pick(this.clients), one);
    else if (dice < 0.5) this.write(one, this.pick(this.clients));
    else if (dice < 0.6) this.write(one);
    else if (dice < 0.9) this.tell(one, other);
    else if (dice < 0.93) this.restart(one);
    else {
      one.log.truncate();
      one.file.compact();
    }
  }

  /** All that it has seen before is there. [spec §14 (6)] */
  private read(client: Client, { log, machine }: TownReplica): void {
    if (!log.isReached(client.prev, client.beyond)) return;
    expect(machine.list).toEqual(expect.arrayContaining([...client.sees]));
    client.prev = mergedVectors(client.prev, log.val);
    client.beyond = client.beyond.union(log.beyond);
    client.sees = [...machine.list];
    if (!log.beyond.isEmpty) this.gapsCount += 1;
  }

  /** By somebody who has seen what this replica has, or by a client of other replicas. */
  private write(one: TownReplica, client?: Client): void {
    this.number += 1;
    const text = `${this.number}`;
    const kind = this.random.chance(0.2) ? "commutative" : "causal";
    const sees = client?.sees ?? [...one.machine.list];
    const given = client === undefined ? {} : { prev: client.prev, beyond: client.beyond };
    const outcome = one.submit(text, { class: kind, ...given });
    if (!("dot" in outcome)) return;
    this.seenBefore.set(text, kind === "causal" ? sees : []);
    if (client === undefined) return;
    const { origin, seq } = outcome.dot;
    client.prev = mergedVectors(client.prev, new Map([[origin, seq]]));
    client.sees = [...client.sees, text];
  }

  private restart(one: TownReplica): void {
    this.boot += 1;
    this.town.restart(one, this.boot);
  }

  private pick<One>(some: readonly One[]): One {
    const one = this.random.pick(some);
    if (one === undefined) throw new Error("there is none");
    return one;
  }

  /** One record, any; or all. */
  private tell(one: TownReplica, other: TownReplica): void {
    if (one === other) return;
    if (this.random.chance(0.2)) {
      one.sendTo(other);
      return;
    }
    const theirs = other.log.seen.clone();
    const { updates } = one.log.collect(one.log.seen.difference(theirs), theirs, 2 ** 40);
    if (updates.length === 0) return;
    const [dot, record] = this.pick(updates);
    other.log.apply(dot, record);
  }
}

/** What was seen before something was written is executed before it, wherever that is done. */
function checkOrder({ seenBefore, town }: Streets): void {
  for (const { machine } of town.replicas) {
    const place = new Map(machine.list.map((text, at) => [text, at]));
    for (const [at, text] of machine.list.entries()) {
      for (const before of seenBefore.get(text) ?? []) expect(place.get(before)).toBeLessThan(at);
    }
  }
}

test("no client goes back in time as it hops, and nothing precedes what its author saw", () => {
  let gapsCount = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const streets = new Streets(seed);
      for (let step = 0; step < 150; step += 1) streets.step();
      checkOrder(streets);
      const { replicas } = streets.town;
      for (let round = 0; round < 2; round += 1) {
        for (const one of replicas)
          for (const other of replicas) if (one !== other) one.sendTo(other);
      }
      checkOrder(streets);
      for (const { log } of replicas) {
        expect(log.fill.waitingCount).toBe(0);
        expect(log.beyond.isEmpty).toBe(true);
      }
      gapsCount += streets.gapsCount;
    }),
    { numRuns: 60 },
  );
  // The weather is bad enough to try it.
  expect(gapsCount).toBeGreaterThan(0);
});
