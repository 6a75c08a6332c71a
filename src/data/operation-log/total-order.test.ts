import { describe, expect, it } from "vitest";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { Town, TownReplica } from "../../testing/operation-log-rig.ts";

/** Marks that are waited for are written; everybody tells everybody, until nothing happens. */
function settle(town: Town): void {
  for (let round = 0; round < 12; round += 1) {
    for (const one of town.replicas) one.log.order.writeMark();
    for (const one of town.replicas) {
      for (const other of town.replicas) if (one !== other) one.sendTo(other);
    }
  }
}

function write(replica: TownReplica, text: string): string {
  return replica.submit(text, { class: "total" }).status;
}

function three(): { town: Town; all: [TownReplica, TownReplica, TownReplica] } {
  const town = new Town();
  const all: [TownReplica, TownReplica, TownReplica] = [
    town.add("a"),
    town.add("b"),
    town.add("c"),
  ];
  for (const one of all) expect(write(one, "too early")).toBe("unagreed");
  settle(town);
  return { town, all };
}

describe("total order by stable time", () => {
  it("of one alone is its own", () => {
    const town = new Town();
    const one = town.add("a");
    expect(write(one, "x")).toBe("unagreed");
    one.log.order.writeMark();
    expect([write(one, "x"), write(one, "y"), one.list]).toEqual(["written", "written", "x y"]);
  });

  it("executes concurrent operations in one order everywhere, once nobody can be earlier", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    town.nowMs += 10;
    write(b, "b1");
    town.nowMs += 10;
    write(a, "a1");
    town.nowMs += 10;
    write(c, "c1");
    c.sendTo(a);
    expect([a.list, b.list, c.list]).toEqual(["", "", ""]);
    settle(town);
    expect(all.map(({ list }) => list)).toEqual(["b1 a1 c1", "b1 a1 c1", "b1 a1 c1"]);
  });

  it("waits for an idle member, whose mark lets it go on, and costs one mark each", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    const before = c.log.seen.size;
    town.nowMs += 10;
    write(a, "x");
    a.sendTo(b);
    a.sendTo(c);
    b.log.order.writeMark();
    b.sendTo(a);
    expect(a.list).toBe("");
    c.log.order.writeMark();
    c.log.order.writeMark();
    c.sendTo(a);
    expect(a.list).toBe("x");
    settle(town);
    expect(c.log.seen.size - before).toBe(3);
  });

  it("has a newcomer place all of a snapshot before it executes any of it", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    town.nowMs += 10;
    write(b, "b1");
    town.nowMs += 10;
    write(a, "a1");
    const d = new TownReplica(town, { origin: makeOrigin("d", 1), begins: "joining" });
    town.members = [...town.members, d.origin];
    for (const one of [...all, d]) one.log.onMembers();
    town.nowMs += 10;
    settle(town);
    expect([a.list, b.list, c.list]).toEqual(["", "", ""]);
    write(d, "too early");
    d.log.order.writeMark();
    d.log.install(a.snapshot());
    expect(d.list).toBe("b1 a1");
    for (const one of all) d.sendTo(one);
    expect(a.list).toBe("b1 a1");
  });

  it("waits for what a former life wrote, whichever mark of its heir it has", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    town.nowMs += 10;
    write(c, "c1");
    const heir = town.restart(c, 2);
    town.nowMs += 10;
    for (const one of [a, b, heir]) one.log.order.writeMark();
    for (const one of [a, b]) one.sendTo(heir);
    heir.sendTo(b);
    a.sendTo(b);
    town.nowMs += 10;
    const apart = { class: "total", prev: new Map() } as const;
    expect(b.submit("b1", apart).status).toBe("written");
    b.sendTo(heir);
    heir.log.order.writeMark();
    for (const { dot, record } of heir.snapshot().log) {
      if (dot.origin !== c.origin) a.log.apply(dot, record, peerId(heir.name));
    }
    a.log.order.writeMark();
    expect([a.list, heir.list]).toEqual(["", "c1"]);
    settle(town);
    expect([a, b, heir].map(({ list }) => list)).toEqual(["c1 b1", "c1 b1", "c1 b1"]);
  });

  it("takes up a newcomer without it writing before what was executed", () => {
    const { all, town } = three();
    town.nowMs += 10;
    write(all[0], "old");
    settle(town);
    const late = town.add("d");
    // Its clock is far behind.
    expect(write(late, "new")).toBe("unagreed");
    expect(late.log.install(all[0].snapshot())).toBe("installed");
    settle(town);
    expect(write(late, "new")).toBe("written");
    settle(town);
    expect([...all, late].map(({ list }) => list)).toEqual(Array(4).fill("old new"));
  });

  it("draws one line under what an evicted member wrote", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    town.nowMs += 10;
    write(c, "heard");
    c.sendTo(a);
    write(c, "unheard");
    town.nowMs += 10;
    write(b, "after");
    town.remove(c);
    settle(town);
    expect([a.list, b.list]).toEqual(["heard after", "heard after"]);
    // Comes all the same, by somebody who had heard it.
    c.sendTo(b);
    settle(town);
    expect([a.list, b.list]).toEqual(["heard after", "heard after"]);
    expect(a.count("operations.void")).toBe(1);
    expect(write(a, "on")).toBe("written");
    settle(town);
    expect(b.list).toBe("heard after on");
  });

  it("keeps causes before effects, of operations of every class", () => {
    const { all, town } = three();
    const [a, b, c] = all;
    a.submit("cause");
    write(a, "total");
    a.sendTo(b);
    settle(town);
    b.submit("effect");
    b.sendTo(c);
    expect(c.list).toBe("cause total effect");
  });

  it("is one order under any mix of writes, losses, restarts, newcomers and evictions", () => {
    for (let seed = 0; seed < 40; seed += 1) storm(seed);
  });
});

/** Written in total order by those who stay is executed by all, in one order. */
function storm(seed: number): void {
  const random = new Random(seed);
  const town = new Town();
  for (const name of ["a", "b", "c"]) town.add(name);
  settle(town);
  let [number, boot] = [0, 1];
  const pick = (): TownReplica => random.pick(town.replicas) as TownReplica;
  for (let step = 0; step < 120; step += 1) {
    const [one, other, dice] = [pick(), pick(), random.real()];
    town.nowMs += random.below(4);
    if (dice < 0.3) {
      number += 1;
      write(one, `${number}`);
    } else if (dice < 0.75 && one !== other) one.sendTo(other, random.chance(0.5) ? 1 : 2 ** 40);
    else if (dice < 0.9) one.log.order.writeMark();
    else if (dice < 0.94) {
      one.log.truncate();
      one.file.compact();
    } else if (dice < 0.97) {
      boot += 1;
      town.restart(one, boot);
    } else if (dice < 0.985 && town.replicas.length < 5) {
      const late = town.add(`n${step}`);
      late.log.install(one.snapshot());
    } else if (town.replicas.length > 2) town.remove(one);
  }
  for (let round = 0; round < 3; round += 1) {
    for (const one of town.replicas) {
      for (const other of town.replicas) {
        if (one !== other && other.log.isBehind) other.log.install(one.snapshot());
      }
    }
    town.nowMs += 10;
    settle(town);
  }
  // What only those who were put out had is given up after a while.
  for (let round = 0; round < 3; round += 1) {
    for (const { log } of town.replicas) log.truncate();
    town.nowMs += 600_000;
    settle(town);
  }
  const lists = new Set(town.replicas.map(({ list }) => list));
  expect([...lists], `seed ${seed}`).toHaveLength(1);
  for (const { log } of town.replicas) expect(log.fill.waitingCount, `seed ${seed}`).toBe(0);
}
