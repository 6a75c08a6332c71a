import fc from "fast-check";
import { expect, test } from "vitest";
import type { Dot } from "../../core/dot.ts";
import type { Origin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { Delta } from "../../exchange/replica.ts";
import { Town, type TownReplica } from "../../testing/operation-log-rig.ts";
import type { OperationRecord, Vector } from "./operation-log.messages.ts";

/** On its way: part of a delta, perhaps late, twice, or never. */
interface Letter {
  readonly from: TownReplica;
  readonly to: Origin;
  readonly delta: Delta<OperationRecord>;
}

/** Replicas over a network that loses 30 %, doubles and reorders, with crashes and partitions. */
class Storm {
  readonly town = new Town();
  readonly written = new Map<string, { readonly dot: Dot; readonly prev: Vector }>();
  readonly gone = new Set<Origin>();
  private readonly random: Random;
  private readonly wire: Letter[] = [];
  private number = 0;
  private boot = 1;
  private split = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    for (const name of ["a", "b", "c"]) this.town.add(name, { checkpointAfterCount: 5 });
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.town.nowMs += this.random.below(50);
      this.step(this.random.real());
      for (const one of this.town.replicas) this.check(one);
    }
  }

  heal(): void {
    const { replicas } = this.town;
    for (let round = 0; round < 3; round += 1) {
      for (const one of replicas)
        for (const other of replicas) if (one !== other) this.meet(one, other);
    }
    for (const one of replicas) {
      one.log.truncate();
      this.check(one);
    }
  }

  private step(dice: number): void {
    const { random, town } = this;
    const [one, other] = [this.pick(), this.pick()];
    if (dice < 0.35) this.write(one);
    else if (dice < 0.6) this.send(one, other);
    else if (dice < 0.85) this.deliver();
    else if (dice < 0.93) {
      one.log.truncate();
      one.file.compact();
    } else if (dice < 0.95) this.split = random.below(4);
    else if (dice < 0.97) this.restart(one);
    else if (dice < 0.98 && town.replicas.length < 6) this.join(one);
    else if (town.replicas.length > 2) this.loseDisk(one);
  }

  /** Often of an id that another replica may have taken, too. */
  private write(one: TownReplica): void {
    const isAgain = this.random.chance(0.2);
    if (!isAgain) this.number += 1;
    const kind = this.random.chance(0.2) ? "commutative" : "causal";
    const prev = one.log.val;
    const text = `${this.number}`;
    const id = this.number % 2 === 0 ? `id${this.number}` : "";
    if (isAgain && id === "") return;
    const outcome = one.submit(text, { id, class: kind, prev });
    if (outcome.status !== "written") return;
    const told = kind === "commutative" ? new Map() : prev;
    this.written.set(`${outcome.dot.origin}:${outcome.dot.seq}`, { dot: outcome.dot, prev: told });
  }

  private send(from: TownReplica, to: TownReplica): void {
    if (from === to) return;
    const theirs = to.log.seen.clone();
    const wanted = from.log.seen.difference(theirs);
    const delta = from.log.collect(wanted, theirs, this.random.chance(0.5) ? 500 : 2 ** 30);
    const isSplit = this.split > 0 && this.sideOf(from) !== this.sideOf(to);
    if (isSplit || this.random.chance(0.3)) return;
    const copies = this.random.chance(0.2) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) this.wire.push({ from, to: to.origin, delta });
  }

  private deliver(): void {
    const [letter] = this.wire.splice(this.random.below(Math.max(1, this.wire.length)), 1);
    const to = this.town.replicas.find(({ origin }) => origin === letter?.to);
    if (letter === undefined || to === undefined) return;
    const { delta, from } = letter;
    for (const [dot, record] of delta.updates) to.log.apply(dot, record);
    to.log.cover(delta.covers, delta.forgotten);
    if (to.log.isBehind) to.log.install(from.snapshot());
    if (this.town.replicas.includes(from)) this.hearBoth(from, to);
  }

  private meet(one: TownReplica, other: TownReplica): void {
    one.sendTo(other);
    if (other.log.isBehind) other.log.install(one.snapshot());
    this.hearBoth(one, other);
  }

  private hearBoth(one: TownReplica, other: TownReplica): void {
    one.hear(other, other.log.seen);
    other.hear(one, one.log.seen);
  }

  private restart(one: TownReplica): void {
    this.boot += 1;
    const before = [...one.machine.list].sort();
    const again = this.town.restart(one, this.boot);
    expect([...again.machine.list].sort()).toEqual(before);
  }

  private join(giver: TownReplica): void {
    this.boot += 1;
    const late = this.town.add(`n${this.boot}`, {}, this.boot);
    late.log.install(giver.snapshot());
  }

  /** It is put out, and comes back as new; what only it had is lost. */
  private loseDisk(one: TownReplica): void {
    this.gone.add(one.origin);
    this.town.remove(one);
    this.join(this.pick());
  }

  private pick(): TownReplica {
    const { replicas } = this.town;
    const one = replicas[this.random.below(replicas.length)];
    if (one === undefined) throw new Error("nobody is left");
    return one;
  }

  private sideOf({ name }: TownReplica): number {
    return (name.charCodeAt(name.length - 1) + this.split) % 2;
  }

  /** Spec §14, of one replica at one moment. */
  private check({ executed, log, machine, name }: TownReplica): void {
    // (1) what is reflected was received
    expect(log.seen.contains(log.applied)).toBe(true);
    // (3) each operation at most once
    expect(new Set(machine.list).size).toBe(machine.list.length);
    // (2) causes before effects, of what was executed here one by one
    const place = new Map(executed.map(({ key }, at) => [key, at]));
    for (const { key } of executed) {
      for (const [origin, upTo] of this.written.get(key)?.prev ?? []) {
        const cause = place.get(`${origin}:${upTo}`);
        if (cause !== undefined) expect(cause).toBeLessThan(place.get(key) ?? -1);
        expect(log.applied.has({ origin, seq: upTo })).toBe(true);
      }
    }
    // (5) no member lacks what is not to be had any more; newcomers are given a state
    if (name.startsWith("n")) return;
    for (const other of this.town.replicas) {
      const lacking = other.log.seen.difference(log.seen);
      expect(other.log.collect(lacking, log.seen, 2 ** 40).covers.size).toBe(0);
    }
  }
}

test("what the spec asks of operations holds at every step of every storm [spec §14]", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const storm = new Storm(seed);
      storm.run(150);
      storm.heal();
      const { replicas } = storm.town;
      const [first] = replicas;
      for (const { log, machine } of replicas) {
        // (4) equal val and, as a set, equal state: the order of concurrent ones is free
        expect(log.applied.equals(first?.log.applied ?? log.applied)).toBe(true);
        expect([...machine.list].sort()).toEqual([...(first?.machine.list ?? [])].sort());
        // (7) memory; but what comes after something that nobody has any more is waited for
        if (storm.gone.size === 0) expect(log.fill).toMatchObject({ logCount: 0, waitingCount: 0 });
      }
      // Nothing that was acknowledged is lost but with all who had it.
      for (const { dot } of storm.written.values()) {
        const isKnown = first?.log.applied.has(dot) === true;
        expect(isKnown || storm.gone.size > 0).toBe(true);
      }
    }),
    { numRuns: 15 },
  );
});
