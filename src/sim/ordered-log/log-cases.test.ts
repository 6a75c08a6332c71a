import { describe, expect, it } from "vitest";
import { encodeEvent } from "../../data/ordered-log/event.ts";
import {
  allTold,
  begin,
  cutOff,
  dotOf,
  expectAllTold,
  first,
  LONG_MS,
  others,
} from "../../testing/log-town-rig.ts";

/* The cases in which an ordered log is easily got wrong. [spec raft §11] */

describe("a leader that dies with an id in its own log alone", () => {
  it("leaves it to the next one, which hears of it from all who have the data", () => {
    const { town, leader } = begin();
    const origin = first(others(town, leader));
    const rest = others(town, leader).map(({ node }) => node);
    cutOff(town, leader.node, rest);
    const before = leader.raft.raft.state.log.lastIndex;
    town.append(origin, "ordered");
    town.simulator.runForMs(15);
    expect(leader.raft.raft.state.log.lastIndex).toBe(before + 1);
    town.simulator.crash(leader.node, "machine");
    expect(town.watch.orderedCount).toBe(0);
    expectAllTold(town, 1);
    expect(town.watch.acknowledged).toEqual([dotOf(origin, 1)]);
  });
});

describe("a committed id whose likeliest holders are down", () => {
  it("is fetched from whoever has its data", () => {
    const { town, leader } = begin({ votersCount: 5 });
    const [origin, witness, ...late] = others(town, leader);
    if (origin === undefined || witness === undefined) throw new Error("five servers");
    // The others hear of the order by the leader, and get no data.
    town.simulator.network.cut(origin.node, first(late).node);
    for (const { node } of late) cutOff(town, node, [origin.node, witness.node]);
    town.append(origin, "ordered");
    town.simulator.runUntil(() => town.watch.orderedCount === 1, LONG_MS);
    expect(town.watch.orderedCount).toBe(1);
    town.simulator.crash(origin.node, "machine");
    town.simulator.crash(leader.node, "machine");
    town.simulator.heal();
    expectAllTold(town, 1);
  });
});

/** A learner appends something, and no voter but the leader hears of it. */
function appendToLeaderAlone(forge?: Uint8Array) {
  const { town, leader } = begin({ sparesCount: 1 });
  town.raft.addSpare();
  town.simulator.runForMs(2_000);
  const voters = others(town, leader).filter(({ node }) => node.index < 3);
  const [origin] = others(town, leader, ...voters);
  if (origin === undefined) throw new Error("the spare learns");
  cutOff(
    town,
    origin.node,
    voters.map(({ node }) => node),
  );
  if (forge !== undefined) {
    const content = { dot: dotOf(origin, 1), hlc: { ms: 1, counter: 0 }, needs: [], data: forge };
    const push = { kind: "push", way: "direct", events: [encodeEvent(content)] } as const;
    for (const voter of voters) town.call(voter, () => voter.log.onMessage(leader.node.self, push));
    town.simulator.runForMs(20);
  }
  town.append(origin, "ordered");
  return { town, leader, voters };
}

describe("an id that comes before its data", () => {
  it("is kept by nobody who has not fetched that, and gets its place then", () => {
    const { town, voters } = appendToLeaderAlone();
    const lasts = voters.map(({ raft }) => raft.raft.state.log.lastIndex);
    town.simulator.runForMs(50);
    expect(voters.map(({ raft }) => raft.raft.state.log.lastIndex)).toEqual(lasts);
    expect(town.watch.orderedCount).toBe(0);
    town.simulator.runForMs(100);
    expect(town.watch.orderedCount).toBe(1);
    expectAllTold(town, 1);
  });

  it("waits for the right data where another event has its name, and not for ever", () => {
    const { town, voters } = appendToLeaderAlone(Uint8Array.of(1, 2, 3));
    town.simulator.runForMs(150);
    expect(town.watch.orderedCount).toBe(1);
    // The other one is gone as soon as the order has decided.
    for (const { log } of voters) expect(log.status.heldCount).toBe(1);
    expectAllTold(town, 1);
  });

  it("is fetched from another voter when its leader dies, by the next one too", () => {
    const { town, leader } = appendToLeaderAlone();
    town.simulator.runUntil(() => town.watch.keptCount >= 2, LONG_MS);
    town.simulator.crash(leader.node, "machine");
    town.simulator.heal();
    expectAllTold(town, 1);
  });
});

describe("an origin that dies after it has told one voter", () => {
  it("needs not to come back", () => {
    const { town, leader } = begin({ votersCount: 5 });
    const [origin, ...rest] = others(town, leader);
    if (origin === undefined) throw new Error("five servers");
    cutOff(town, origin.node, [leader.node, ...rest.slice(1).map(({ node }) => node)]);
    town.append(origin, "durable");
    town.simulator.runForMs(8);
    town.simulator.crash(origin.node, "machine");
    town.simulator.heal();
    expectAllTold(town, 1);
  });
});

describe("an event before others that died with its origin", () => {
  it("gets no place ever, and the others go on", () => {
    const { town, leader } = begin({ log: { dependencyTimeoutMs: 1_000, lackTimeoutMs: 300 } });
    const origin = first(others(town, leader));
    const rest = others(town, origin).map(({ node }) => node);
    cutOff(town, origin.node, rest);
    town.append(origin, "durable");
    town.simulator.runForMs(5);
    town.simulator.heal();
    town.append(origin, "durable");
    town.simulator.runForMs(4);
    town.simulator.crash(origin.node, "process");
    town.simulator.runUntil(() => town.watch.orderedCount === 1, LONG_MS);
    expect(town.watch.isOrdered(dotOf(origin, 1))).toBe(false);
    expect(town.watch.isOrdered(dotOf(origin, 2))).toBe(true);
    // It comes back with the first one on its disk, too late.
    town.simulator.restart(origin.node);
    expectAllTold(town, 1);
    town.simulator.runForMs(LONG_MS);
    expect(town.watch.isOrdered(dotOf(origin, 1))).toBe(false);
  });

  it("is waited for while its origin may come back", () => {
    const { town, leader } = begin({ log: { dependencyTimeoutMs: 1_000, lackTimeoutMs: 300 } });
    const origin = first(others(town, leader));
    const rest = others(town, origin).map(({ node }) => node);
    cutOff(town, origin.node, rest);
    town.append(origin, "durable");
    town.simulator.runForMs(5);
    town.simulator.heal();
    town.append(origin, "durable");
    town.simulator.runForMs(4);
    town.simulator.pause(origin.node);
    town.simulator.runForMs(LONG_MS);
    expect(town.watch.orderedCount).toBe(0);
    town.simulator.resume(origin.node);
    expectAllTold(town, 2);
  });
});

describe("an event of which the leader knows the name alone", () => {
  it("holds up those behind it no longer than one that nobody knows", () => {
    const log = { dependencyTimeoutMs: 1_000, lackTimeoutMs: 300 };
    const { town, leader } = begin({ log, sparesCount: 1 });
    town.raft.addSpare();
    town.simulator.runForMs(2_000);
    const [origin] = town.servers.filter(({ node }) => node.index === 3);
    if (origin === undefined) throw new Error("the spare learns");
    const voters = others(town, origin).map(({ node }) => node);
    cutOff(town, origin.node, voters);
    town.append(origin, "durable");
    town.simulator.runForMs(10);
    town.simulator.heal();
    const names = origin.log.log.store.pendings().next().value;
    if (names === undefined) throw new Error("it has its own event");
    const announce = { kind: "announce", names: [names] } as const;
    town.call(leader, () => leader.log.onMessage(origin.node.self, announce));
    town.append(origin, "durable");
    town.simulator.runForMs(5);
    town.simulator.crash(origin.node, "machine");
    town.simulator.runForMs(LONG_MS);
    expect(town.watch.isOrdered(dotOf(origin, 1))).toBe(false);
    expect(town.watch.isOrdered(dotOf(origin, 2))).toBe(true);
  });
});

describe("a voter that is replaced under load", () => {
  it("takes nothing with it", () => {
    const { town, leader } = begin({ sparesCount: 1 });
    const { simulator } = town;
    town.raft.addSpare();
    const load = (rounds: number): void => {
      for (let round = 0; round < rounds; round += 1) {
        for (const server of town.servers) town.append(server, "ordered");
        simulator.runForMs(20);
      }
    };
    load(100);
    const spare = first(leader.raft.members.learners);
    // Whether it has everything by now is asked for until it has.
    for (let tries = 0; leader.raft.members.voters.length < 4 && tries < 100; tries += 1) {
      town.raft.call(leader.raft, () => leader.raft.change({ kind: "promote", peer: spare }));
      simulator.runForMs(100);
    }
    expect(leader.raft.members.voters).toHaveLength(4);
    const old = first(others(town, leader)).node;
    load(20);
    for (let tries = 0; leader.raft.members.voters.length > 3 && tries < 100; tries += 1) {
      town.raft.call(leader.raft, () => leader.raft.change({ kind: "remove", peer: old.self }));
      simulator.runForMs(100);
    }
    expect(leader.raft.members.voters).toHaveLength(3);
    simulator.crash(old, "machine");
    load(20);
    simulator.runForMs(LONG_MS);
    for (const dot of town.watch.acknowledged) expect(town.watch.isOrdered(dot)).toBe(true);
    expect(town.watch.acknowledged.length).toBeGreaterThan(400);
    expect(allTold(town, town.watch.orderedCount)).toBe(true);
  });
});

describe("who was away for long", () => {
  it("gets a snapshot in pieces, also when its giver dies on the way", () => {
    const log = {
      ...{ trailingCount: 0, trimStepCount: 1, snapshotAfterCount: 20, snapshotChunkBytes: 8 },
      reportIntervalMs: 100,
    };
    const { town, leader } = begin({ votersCount: 5, log });
    const { simulator } = town;
    const away = first(others(town, leader));
    town.append(leader);
    simulator.runForMs(200);
    simulator.crash(away.node, "process");
    for (let round = 0; round < 100; round += 1) {
      town.append(leader);
      simulator.runForMs(10);
    }
    simulator.runForMs(2_000);
    expect(leader.log.status.trimmed.place).toBeGreaterThan(20);
    let piecesCount = 0;
    town.watch.onMessage = (from, __, message) => {
      if (message.kind !== "snapshotPiece") return;
      piecesCount += 1;
      if (piecesCount === 3) simulator.plan(0, () => simulator.crash(from, "machine"));
    };
    simulator.restart(away.node);
    expectAllTold(town, 101);
    expect(town.watch.restoredCount).toBeGreaterThan(0);
    expect(piecesCount).toBeGreaterThan(5);
  });
});

describe("who has missed much", () => {
  it("asks whoever answers, and is not held up by a voter that is dead", () => {
    const { town, leader } = begin({ votersCount: 5 });
    const { simulator } = town;
    const [away, dead] = others(town, leader);
    if (away === undefined || dead === undefined) throw new Error("five servers");
    simulator.crash(away.node, "process");
    for (let round = 0; round < 100; round += 1) {
      for (let count = 0; count < 20; count += 1) town.append(leader);
      simulator.runForMs(10);
    }
    simulator.crash(dead.node, "process");
    simulator.restart(away.node);
    // 2,000 events, 64 in each round trip of 20 ms, after an election timeout at most.
    simulator.runForMs(2_000);
    expect(town.serverOf(away.node)?.told.orderIndex).toBe(2_000);
  });
});

describe("what is ordered twice", () => {
  it("is told once", () => {
    const { town } = begin();
    for (const { raft } of town.servers) {
      const propose = raft.propose.bind(raft);
      raft.propose = (command) => {
        propose(command);
        return propose(command);
      };
    }
    for (let round = 0; round < 10; round += 1) {
      for (const server of town.servers) town.append(server);
      town.simulator.runForMs(20);
    }
    expectAllTold(town, 30);
    expect(first(town.servers).log.log.state.skippedCount).toBeGreaterThanOrEqual(30);
  });
});

describe("a voter that has lost its disk", () => {
  it("is refused, and the others go on with all that they acknowledged", () => {
    const { town, leader } = begin();
    const victim = first(others(town, leader));
    for (let round = 0; round < 10; round += 1) town.append(victim, "majority");
    town.simulator.runForMs(500);
    town.simulator.crash(victim.node, "machine");
    town.raft.invariants.onDiskLost(victim.node.index);
    town.simulator.restart(victim.node, { disk: "lost" });
    town.append(leader);
    town.simulator.runForMs(LONG_MS);
    expect(town.serverOf(victim.node)?.raft.status.state).toBe("lost");
    for (const { told } of others(town, victim)) expect(told.orderIndex).toBe(11);
    expect(town.watch.acknowledged).toHaveLength(11);
  });
});
