import { describe, expect, it } from "vitest";
import { Counters } from "../core/metrics.ts";
import type { PeerId } from "../core/peer.ts";
import { A, B, C, config, RaftRig } from "../testing/raft-rig.ts";
import type { Entry } from "./entry.ts";
import { raftOptions } from "./raft.options.ts";
import { RaftOrderer } from "./raft-orderer.ts";

/* A server whose guard does not let everything pass. [decision 0011] */

const append = { kind: "append", prevIndex: 1, prevTerm: 1, commit: 0 } as const;
const [GOOD, BAD] = [1, 2];

function commands(kinds: readonly number[], from = 2): Entry[] {
  return kinds.map((kind, at) => {
    return { kind: "command", index: from + at, term: 2, command: Uint8Array.of(kind) };
  });
}

/** Its guard lets pass what is good, and asks for the rest. */
function guarded(options: ConstructorParameters<typeof RaftRig>[0] = {}) {
  const rig = new RaftRig({ term: 2, ...options });
  const good = new Set([GOOD]);
  const asked: number[] = [];
  rig.raft.state.guard = {
    mayKeep: ([kind = 0]) => {
      asked.push(kind);
      return good.has(kind);
    },
  };
  return { rig, good, asked };
}

it("keeps what comes before, says that, and holds back the rest", () => {
  const { asked, rig } = guarded();
  rig.hear(B, { ...append, entries: commands([GOOD, BAD, GOOD]) });
  rig.sync();
  expect(rig.raft.state.log.lastIndex).toBe(2);
  expect(rig.sent("taken")).toMatchObject([{ match: 2 }]);
  // What stands behind can be got at the same time.
  expect(asked.slice(-2)).toEqual([BAD, GOOD]);
});

it("takes what stands behind it for no misfit, and goes on with all of it when it may", () => {
  const { good, rig } = guarded();
  rig.hear(B, { ...append, entries: commands([BAD]) });
  rig.hear(B, { ...append, prevIndex: 2, prevTerm: 2, entries: commands([GOOD, GOOD], 3) });
  rig.hear(B, { ...append, prevIndex: 4, prevTerm: 2, entries: commands([GOOD], 5) });
  // Late and doubled ones shorten nothing.
  rig.hear(B, { ...append, prevIndex: 2, prevTerm: 2, entries: commands([GOOD], 3) });
  rig.hear(B, { ...append, entries: commands([BAD]) });
  rig.sync();
  expect(rig.sent("misfit")).toEqual([]);
  expect(rig.raft.state.log.lastIndex).toBe(1);
  rig.raft.reconsider();
  expect(rig.raft.state.log.lastIndex).toBe(1);
  good.add(BAD);
  rig.raft.reconsider();
  rig.sync();
  expect(rig.raft.state.log.lastIndex).toBe(5);
  expect(rig.sent("taken")).toMatchObject([{ match: 5 }]);
});

it("asks nobody about what is decided", () => {
  const { rig } = guarded();
  rig.hear(B, { ...append, commit: 2, entries: commands([BAD, BAD]) });
  expect(rig.raft.state.commitIndex).toBe(2);
  expect(rig.raft.state.log.lastIndex).toBe(2);
  // Of what is held back, too, when a message behind it says so.
  rig.hear(B, { ...append, prevIndex: 3, prevTerm: 2, commit: 3, entries: commands([GOOD], 4) });
  expect(rig.raft.state.log.lastIndex).toBe(4);
  expect(rig.raft.state.commitIndex).toBe(3);
});

it("answers heartbeats all the while, and does not vote by what it holds back", () => {
  const { rig } = guarded();
  rig.hear(B, { ...append, entries: commands([BAD]) });
  rig.hear(B, { kind: "heartbeat", commit: 0, round: 7 });
  expect(rig.sent("heartbeatReply")).toMatchObject([{ round: 7 }]);
  rig.advance(rig.options.electionTimeoutMaxMs);
  expect(rig.sent("preVote")).toMatchObject([{ lastIndex: 1 }, { lastIndex: 1 }]);
});

it("forgets what another term's leader had sent", () => {
  const { good, rig } = guarded();
  rig.hear(B, { ...append, entries: commands([BAD]) });
  rig.hear(C, { kind: "heartbeat", commit: 0, round: 1 }, 3);
  good.add(BAD);
  rig.raft.reconsider();
  expect(rig.raft.state.log.lastIndex).toBe(1);
});

it("has room for so much: what comes beyond it is as if it was lost", () => {
  const { good, rig } = guarded({ options: { heldBackMaxBytes: 100 } });
  rig.hear(B, { ...append, entries: commands([BAD]) });
  for (let index = 3; index < 20; index += 1) {
    const entries = commands([GOOD], index);
    rig.hear(B, { ...append, prevIndex: index - 1, prevTerm: 2, entries });
  }
  expect(rig.counters.snapshot()["raft.dropped.heldBack"]).toBe(1);
  // Behind the one that had no room nothing fits: the leader begins again where it does.
  expect(rig.sent("misfit")[0]).toMatchObject({ prevIndex: 6, hintIndex: 1 });
  good.add(BAD);
  rig.raft.reconsider();
  expect(rig.raft.state.log.lastIndex).toBe(5);
});

it("proposes nothing that its own guard refuses, when it leads", () => {
  const { rig } = guarded();
  rig.lead();
  expect(rig.raft.propose(Uint8Array.of(BAD))).toEqual({ kind: "refused", reason: "busy" });
  expect(rig.raft.propose(Uint8Array.of(GOOD))).toMatchObject({ kind: "appended" });
});

it("sends learners what is decided, when it leads", () => {
  const { rig } = guarded({ config: config([A, B], [C]) });
  rig.lead();
  rig.acknowledge(B);
  rig.hear(C, { kind: "taken", match: rig.raft.state.log.lastIndex, keeps: "asked" });
  rig.env.taken();
  rig.raft.propose(Uint8Array.of(GOOD));
  const to = () => rig.env.sent.flatMap((one) => (one.message.kind === "append" ? [one.to] : []));
  expect(to()).toEqual([B]);
  rig.env.taken();
  rig.sync();
  rig.acknowledge(B);
  expect(to()).toEqual([C]);
});

describe("a leader whose guard is asked", () => {
  function led() {
    const { rig } = guarded();
    rig.lead();
    rig.env.taken();
    const { log } = rig.raft.state;
    const sentTo = (to: PeerId): number[] =>
      rig.env.sent.flatMap((one) => {
        const { message } = one;
        return one.to === to && message.kind === "append" ? [message.entries.length] : [];
      });
    return { rig, log, sentTo };
  }

  it("sends a voter that does not say that it asks what is decided, and nothing else", () => {
    const { log, rig, sentTo } = led();
    // Nobody has said anything yet: both were sent where the log begins, and no entry.
    rig.hear(B, { kind: "taken", match: 1, keeps: "unasked" });
    rig.hear(C, { kind: "taken", match: 1, keeps: "asked" });
    rig.raft.propose(Uint8Array.of(GOOD));
    rig.sync();
    expect(sentTo(B)).toEqual([]);
    expect(sentTo(C)).toEqual([1]);
    expect(rig.raft.leading?.unasked()).toEqual([B]);
    rig.acknowledge(C);
    expect(rig.raft.state.commitIndex).toBe(log.lastIndex);
    expect(sentTo(B)).toEqual([2]);
  });

  it("sends it everything as soon as it says that it asks", () => {
    const { rig, sentTo } = led();
    rig.hear(B, { kind: "taken", match: 1, keeps: "unasked" });
    expect(sentTo(B)).toEqual([]);
    rig.hear(B, { kind: "taken", match: 1, keeps: "asked" });
    expect(sentTo(B)).toEqual([1]);
    expect(rig.raft.leading?.unasked()).toEqual([]);
  });

  it("does not count what a voter kept unasked that was sent it while it asked", () => {
    const { log, rig, sentTo } = led();
    rig.hear(B, { kind: "taken", match: 1, keeps: "asked" });
    rig.hear(C, { kind: "taken", match: 1, keeps: "asked" });
    rig.raft.propose(Uint8Array.of(GOOD));
    rig.sync();
    expect(sentTo(B)).not.toEqual([]);
    // Its upgrade was taken back in between.
    rig.acknowledge(B, "unasked");
    expect(rig.raft.state.commitIndex).toBeLessThan(log.lastIndex);
    rig.acknowledge(C);
    expect(rig.raft.state.commitIndex).toBe(log.lastIndex);
  });

  it("leaves its office to one of those that ask nobody where they are a majority", () => {
    const { rig } = led();
    rig.hear(B, { kind: "taken", match: 1, keeps: "unasked" });
    rig.advance(rig.options.heartbeatIntervalMs);
    expect(rig.sent("timeoutNow")).toEqual([]);
    rig.hear(C, { kind: "taken", match: 1, keeps: "unasked" });
    for (let beats = 0; beats < 3; beats += 1) {
      for (const peer of [B, C]) rig.hear(peer, { kind: "heartbeatReply", round: 0 });
      rig.advance(rig.options.heartbeatIntervalMs);
    }
    expect(rig.sent("timeoutNow")).toHaveLength(1);
    expect(rig.counters.snapshot()["raft.yielded"]).toBe(1);
    expect(rig.raft.propose(Uint8Array.of(GOOD))).toMatchObject({ reason: "transferring" });
  });
});

it("a leader without a guard sends everybody everything, whatever they say", () => {
  const rig = new RaftRig({});
  rig.lead();
  rig.acknowledge(B, "unasked");
  expect(rig.raft.state.commitIndex).toBe(rig.raft.state.log.lastIndex);
  expect(rig.raft.leading?.unasked()).toEqual([]);
});

it("is asked again, after a restart, about all in its log that may not be decided", () => {
  const { env } = new RaftRig({ term: 2 });
  for (const entry of commands([GOOD, BAD])) env.append({ kind: "entry", entry });
  const wiring = { group: "g", voters: [A, B, C], counters: new Counters() };
  const orderer = new RaftOrderer(env, wiring, raftOptions());
  orderer.recover(undefined, env.records);
  const asked: number[] = [];
  orderer.guard({
    mayKeep: ([kind = 0]) => {
      asked.push(kind);
      return kind === GOOD;
    },
  });
  // It has promised to keep them when it kept them: whatever the guard says now, they stay.
  expect(asked).toEqual([GOOD, BAD]);
  orderer.start();
  expect(orderer.raft.state.log.lastIndex).toBe(3);
});
