import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Town, TownReplica } from "../../testing/operation-log-rig.ts";
import { operationLogDefaults } from "./operation-log.options.ts";

describe("a replica that got updates of somebody who is not in its set yet", () => {
  /** Two pairs that each know only each other, and exchange updates all the same. */
  function halves() {
    const [here, there] = [new Town(), new Town()];
    const [a, b] = [here.add("a"), here.add("b")];
    const [c, d] = [there.add("c"), there.add("d")];
    c.submit("c1");
    c.sendTo(a);
    a.submit("a1");
    a.sendTo(b);
    b.sendTo(a);
    return { here, there, a, b, c, d };
  }

  it("keeps what both halves need to become one", () => {
    const { a, b, c, d, here, there } = halves();
    a.sendTo(c);
    c.submit("c2");
    c.sendTo(d);
    d.sendTo(c);
    a.submit("a2");
    a.sendTo(b);
    b.sendTo(a);
    for (const one of [a, b, c, d]) one.log.truncate();
    here.members = [a, b, c, d].map(({ origin }) => origin).sort();
    there.members = here.members;
    for (const [from, to] of [
      [a, c],
      [c, a],
      [a, b],
      [c, d],
    ] as const)
      from.sendTo(to);
    for (const { list, log } of [a, b, c, d]) {
      expect(list.split(" ").sort()).toEqual(["a1", "a2", "c1", "c2"]);
      expect(log.isBehind).toBe(false);
    }
  });

  it("drops what all have once it knows who wrote", () => {
    const { a, b, c, here } = halves();
    a.log.truncate();
    expect(a.log.fill.logCount).toBe(2);
    here.members = [a, b, c].map(({ origin }) => origin).sort();
    a.sendTo(c);
    a.log.truncate();
    expect(a.log.fill.logCount).toBe(0);
  });

  it("does not wait for ever for somebody of whom nothing is heard", () => {
    const { a, here } = halves();
    a.log.truncate();
    here.nowMs += operationLogDefaults.lostAfterMs - 1;
    a.log.truncate();
    expect(a.log.fill.logCount).toBe(2);
    here.nowMs += 1;
    a.log.truncate();
    expect(a.log.fill.logCount).toBe(0);
  });
});

describe("a replica that has no state of others yet", () => {
  it("keeps what it wrote, though others have received it", () => {
    const town = new Town();
    const a = town.add("a");
    const origin = makeOrigin("b", 1);
    const b = new TownReplica(town, { origin, begins: "joining" });
    town.members = [a.origin, origin];
    b.submit("b1");
    b.sendTo(a);
    b.log.truncate();
    expect(b.log.fill.logCount).toBe(1);
    b.log.install(a.snapshot());
    b.log.truncate();
    expect(b.log.fill.logCount).toBe(0);
  });
});
