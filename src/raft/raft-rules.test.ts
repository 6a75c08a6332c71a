import { describe, expect, it } from "vitest";
import { A, B, C, config, D, E, entries, RaftRig } from "../testing/raft-rig.ts";

/* One server, and rules of the spec's list (raft §10) that a swarm sees too rarely. */

const append = { kind: "append", prevIndex: 1, prevTerm: 1, commit: 0 } as const;

describe("a follower (§10.1, 10.2, 10.6)", () => {
  it("tells a leader of an earlier term of its own", () => {
    const rig = new RaftRig({ terms: [3], term: 5 });
    rig.sent("taken");
    rig.hear(B, { ...append, entries: entries([4]) }, 4);
    const replies = rig.sent("heartbeatReply");
    expect(replies).toMatchObject([{ term: 5 }]);
    expect(rig.terms).toEqual([3]);
  });

  it("keeps what stands behind an older message's entries", () => {
    const rig = new RaftRig({ term: 2 });
    rig.hear(B, { ...append, entries: entries([2, 2, 2, 2]) });
    rig.hear(B, { ...append, entries: entries([2, 2]) });
    rig.hear(B, { ...append, entries: [] });
    expect(rig.terms).toEqual([2, 2, 2, 2]);
  });

  it("replaces what does not fit, and says what it holds when its disk has it", () => {
    const rig = new RaftRig({ terms: [2, 2, 2], term: 3 });
    rig.hear(B, { ...append, prevIndex: 2, prevTerm: 2, entries: entries([3], 3) });
    expect(rig.terms).toEqual([2, 3]);
    expect(rig.sent("taken")).toEqual([]);
    rig.sync();
    expect(rig.sent("taken")).toMatchObject([{ match: 3 }]);
  });

  it("takes for committed no more than the message brought", () => {
    const rig = new RaftRig({ terms: [2, 2, 2], term: 3 });
    rig.hear(B, { ...append, prevIndex: 2, prevTerm: 2, commit: 4, entries: [] });
    expect(rig.raft.state.commitIndex).toBe(2);
  });

  it("takes back a configuration with the entry that brought it", () => {
    const rig = new RaftRig({ term: 2 });
    const more = config([A, B, C, D]);
    rig.hear(B, { ...append, entries: [{ kind: "config", index: 2, term: 2, config: more }] });
    expect(rig.raft.config).toEqual(more);
    rig.hear(C, { ...append, entries: entries([3]) }, 3);
    expect(rig.raft.config).toEqual(config([A, B, C]));
  });
});

describe("votes (§10.2, 10.3)", () => {
  const vote = { kind: "vote", lastIndex: 9, lastTerm: 9, cause: "timeout" } as const;

  it("are given once a term, when they are on disk, also by a learner and after a restart", () => {
    const rig = new RaftRig({ config: config([B, C, D], [A]) });
    rig.hear(B, vote, 9);
    expect(rig.sent("voteReply")).toEqual([]);
    rig.sync();
    expect(rig.sent("voteReply")).toMatchObject([{ verdict: "granted", term: 9 }]);
    rig.restart();
    rig.hear(C, vote, 9);
    rig.hear(B, vote, 9);
    rig.sync();
    const verdicts = rig.sent("voteReply").map(({ verdict }) => verdict);
    expect(verdicts).toEqual(["refused", "granted"]);
  });

  it("are not given to a log that ends earlier: by the term, then by the length", () => {
    const rig = new RaftRig({ terms: [2, 3, 3] });
    const ends = [
      [5, 2],
      [3, 3],
    ] as const;
    for (const [at, [lastIndex, lastTerm]] of ends.entries()) {
      rig.hear(B, { ...vote, lastIndex, lastTerm }, 10 + at);
      rig.sync();
      expect(rig.sent("voteReply")).toMatchObject([{ verdict: "refused" }]);
    }
    rig.hear(B, { ...vote, lastIndex: 4, lastTerm: 3 }, 12);
    rig.sync();
    expect(rig.sent("voteReply")).toMatchObject([{ verdict: "granted" }]);
  });

  it("are not given while a leader is heard, unless that one hands over", () => {
    const rig = new RaftRig({ term: 2 });
    rig.hear(B, { kind: "heartbeat", commit: 0, round: 0 });
    rig.advance(rig.options.electionTimeoutMinMs - 1);
    rig.hear(C, vote, 9);
    rig.hear(C, { kind: "preVote", lastIndex: 9, lastTerm: 9 }, 9);
    rig.sync();
    expect(rig.raft.term).toBe(2);
    expect(rig.counters.counter("raft.votesIgnored").value).toBe(2);
    rig.hear(C, { ...vote, cause: "transfer" }, 9);
    expect(rig.raft.term).toBe(9);
  });

  it("are promised without a change of term", () => {
    const rig = new RaftRig({ term: 2 });
    rig.hear(C, { kind: "preVote", lastIndex: 9, lastTerm: 9 }, 9);
    expect(rig.sent("preVoteReply")).toMatchObject([{ verdict: "granted", term: 9 }]);
    expect(rig.raft.term).toBe(2);
  });

  it("of another disk than the group knows count for nothing", () => {
    const rig = new RaftRig({});
    rig.advance(rig.options.electionTimeoutMaxMs);
    const reply = { kind: "preVoteReply", verdict: "granted", group: 7, term: 2 } as const;
    rig.raft.onMessage(B, { ...reply, disk: 99 });
    expect(rig.raft.role).toBe("preCandidate");
    rig.raft.onMessage(B, { ...reply, disk: 2 });
    expect(rig.raft.role).toBe("candidate");
  });
});

describe("a leader", () => {
  it("of a group of one leads when its own vote is on disk (§10.2)", () => {
    const rig = new RaftRig({ config: config([A]) });
    rig.advance(rig.options.electionTimeoutMaxMs);
    expect(rig.raft.role).toBe("candidate");
    rig.sync();
    expect(rig.raft.role).toBe("leader");
  });

  it("counts its own disk, and no learner (§10.7, 10.9)", () => {
    const rig = new RaftRig({ config: config([A, B, C], [D, E]) });
    rig.lead();
    for (const peer of [D, E]) rig.acknowledge(peer);
    expect(rig.raft.state.commitIndex).toBe(1);
    rig.acknowledge(C);
    expect(rig.raft.state.commitIndex).toBe(2);
    rig.raft.propose(new Uint8Array(1));
    rig.acknowledge(D);
    rig.acknowledge(B);
    expect(rig.raft.state.commitIndex).toBe(2);
    rig.sync();
    expect(rig.raft.state.commitIndex).toBe(3);
  });

  it("that hears no majority for an election timeout is none any more (§10.4)", () => {
    const rig = new RaftRig({});
    rig.lead();
    rig.acknowledge(B);
    rig.raft.read({ from: A, request: 1 });
    for (let beats = 0; beats < 20; beats += 1) {
      rig.advance(rig.options.heartbeatIntervalMs);
      rig.hear(B, { kind: "heartbeatReply", round: 0 });
    }
    expect(rig.raft.role).toBe("leader");
    rig.advance(rig.options.electionTimeoutMinMs + rig.options.heartbeatIntervalMs);
    expect(rig.raft.role).not.toBe("leader");
    expect(rig.refusedReads).toHaveLength(1);
  });

  it("answers a read by a round that began after it, and not before its own entry (§10.11)", () => {
    const rig = new RaftRig({});
    rig.lead();
    rig.raft.read({ from: A, request: 1 });
    rig.hear(B, { kind: "heartbeatReply", round: 1 });
    expect(rig.readable).toEqual([]);
    rig.acknowledge(B);
    const [first] = rig.sent("heartbeat").slice(-1);
    rig.raft.read({ from: A, request: 2 });
    rig.hear(B, { kind: "heartbeatReply", round: first?.round ?? 0 });
    rig.hear(B, { kind: "heartbeatReply", round: first?.round ?? 0 });
    expect(rig.readable).toHaveLength(1);
    const [second] = rig.sent("heartbeat").slice(-1);
    rig.hear(B, { kind: "heartbeatReply", round: second?.round ?? 0 });
    expect(rig.readable).toEqual([2, 2]);
  });

  it("makes nobody a voter who has nothing yet (§10.9)", () => {
    const rig = new RaftRig({ config: config([A], [D]), options: { trailingEntriesCount: 2 } });
    rig.lead();
    for (let count = 0; count < 5; count += 1) rig.raft.propose(new Uint8Array(1));
    rig.sync();
    const promote = { kind: "promote", peer: D } as const;
    expect(rig.raft.change(promote)).toEqual({ kind: "refused", reason: "busy" });
    rig.acknowledge(D);
    expect(rig.raft.change(promote)).toMatchObject({ kind: "appended" });
  });

  it("that hands over takes nothing until its time is over (§10.12)", () => {
    const rig = new RaftRig({});
    rig.lead();
    rig.acknowledge(B);
    expect(rig.raft.transferTo(C)).toBeUndefined();
    expect(rig.sent("timeoutNow")).toEqual([]);
    const refused = { kind: "refused", reason: "transferring" };
    expect(rig.raft.propose(new Uint8Array(1))).toEqual(refused);
    expect(rig.raft.change({ kind: "remove", peer: B })).toEqual(refused);
    rig.acknowledge(C);
    expect(rig.sent("timeoutNow")).toHaveLength(1);
    rig.advance(rig.options.electionTimeoutMinMs / 2);
    for (const peer of [B, C]) rig.hear(peer, { kind: "heartbeatReply", round: 0 });
    expect(rig.raft.propose(new Uint8Array(1))).toEqual(refused);
    for (let beats = 0; beats < 10; beats += 1) {
      rig.advance(rig.options.heartbeatIntervalMs);
      for (const peer of [B, C]) rig.hear(peer, { kind: "heartbeatReply", round: 0 });
    }
    expect(rig.raft.propose(new Uint8Array(1))).toMatchObject({ kind: "appended" });
    expect(rig.counters.counter("raft.transfersAborted").value).toBe(1);
  });

  it("hands over to another one when its heir falls silent, and names those that answer", () => {
    const rig = new RaftRig({ config: config([A, B, C, D]) });
    rig.lead();
    rig.acknowledge(C);
    rig.acknowledge(B);
    rig.hear(D, { kind: "heartbeatReply", round: 0 });
    expect(rig.raft.leading?.heirs()).toEqual([B, C, D]);
    expect(rig.raft.transferTo(B)).toBeUndefined();
    expect(rig.raft.transferTo(C)).toBe("transferring");
    rig.sent("timeoutNow");
    rig.advance(3 * rig.options.heartbeatIntervalMs);
    rig.hear(C, { kind: "heartbeatReply", round: 0 });
    expect(rig.raft.leading?.heirs()).toEqual([C]);
    expect(rig.raft.transferTo(C)).toBeUndefined();
    expect(rig.sent("timeoutNow")).toHaveLength(1);
    expect(rig.counters.counter("raft.transfersAborted").value).toBe(1);
  });

  it("has no more under way to one peer than it may (§10.13)", () => {
    const rig = new RaftRig({ options: { inFlightMaxCount: 4, appendMaxCount: 1 } });
    rig.lead();
    rig.acknowledge(B);
    rig.sent("append");
    for (let count = 0; count < 20; count += 1) rig.raft.propose(new Uint8Array(1));
    rig.advance(10);
    const toB = rig.env.sent.filter(({ to, message }) => to === B && message.kind === "append");
    expect(toB).toHaveLength(4);
  });
});

describe("a snapshot (§10.10)", () => {
  it("holds the vote that it takes the place of", () => {
    const rig = new RaftRig({ options: { trailingEntriesCount: 0 } });
    const vote = { kind: "vote", lastIndex: 9, lastTerm: 9, cause: "timeout" } as const;
    rig.hear(B, vote, 9);
    rig.hear(B, { ...append, commit: 3, entries: entries([9, 9]) });
    rig.sync();
    rig.raft.compact(3, Uint8Array.of(1));
    rig.sync();
    expect(rig.env.records).toEqual([]);
    rig.restart();
    rig.sent("voteReply");
    rig.hear(C, vote, 9);
    rig.sync();
    expect(rig.sent("voteReply")).toMatchObject([{ verdict: "refused" }]);
  });

  it("on its way to the disk keeps its server from standing for election", () => {
    const rig = new RaftRig({ terms: [2, 2], term: 3 });
    const what = { index: 9, indexTerm: 3, config: config([A, B, C]), offset: 0 };
    rig.hear(B, { kind: "chunk", ...what, totalBytes: 1, bytes: Uint8Array.of(1) });
    rig.advance(3 * rig.options.electionTimeoutMaxMs);
    expect(rig.raft.role).toBe("follower");
    rig.sync();
    rig.advance(rig.options.electionTimeoutMaxMs);
    expect(rig.raft.role).toBe("preCandidate");
  });

  const chunk = { kind: "chunk", offset: 0, totalBytes: 1, bytes: Uint8Array.of(1) } as const;

  it("leaves what stands behind it, in memory and on disk, when it fits", () => {
    const rig = new RaftRig({ terms: [2, 2, 2, 2], term: 3 });
    rig.hear(B, { ...chunk, index: 3, indexTerm: 2, config: config([A, B, C]) });
    rig.sync();
    expect(rig.sent("taken")).toMatchObject([{ match: 3 }]);
    expect(rig.raft.state.log).toMatchObject({ baseIndex: 3, lastIndex: 5 });
    rig.restart();
    expect(rig.raft.state.log).toMatchObject({ baseIndex: 3, lastIndex: 5 });
    expect(rig.raft.state.commitIndex).toBe(3);
  });

  it("takes the place of all that does not fit, with its members", () => {
    const rig = new RaftRig({ terms: [2, 2, 2, 2], term: 4 });
    const fewer = config([A, B]);
    rig.hear(B, { ...chunk, index: 3, indexTerm: 3, config: fewer });
    // Until it is on disk nothing is appended behind it.
    rig.hear(B, { ...append, prevIndex: 3, prevTerm: 3, entries: entries([4], 4) });
    rig.sync();
    expect(rig.raft.state.log).toMatchObject({ baseIndex: 3, lastIndex: 3 });
    expect(rig.raft.config).toEqual(fewer);
    rig.restart();
    expect(rig.raft.state.log).toMatchObject({ baseIndex: 3, lastIndex: 3 });
    expect(rig.raft.config).toEqual(fewer);
    expect(rig.raft.term).toBe(4);
  });

  it("of what is committed here is not taken", () => {
    const rig = new RaftRig({ terms: [2, 2, 2, 2], term: 3 });
    rig.hear(B, { kind: "heartbeat", commit: 4, round: 0 });
    rig.hear(B, { ...chunk, index: 4, indexTerm: 2, config: config([A, B]) });
    rig.sync();
    expect(rig.sent("taken")).toMatchObject([{ match: 4 }]);
    expect(rig.raft.state.log.baseIndex).toBe(0);
    expect(rig.raft.config).toEqual(config([A, B, C]));
  });
});
