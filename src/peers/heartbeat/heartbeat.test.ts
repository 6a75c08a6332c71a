import { describe, expect, it, test } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { A, B, C, HeartbeatRig, SELF } from "../../testing/heartbeat-rig.ts";
import { broadcastExponent, broadcastOdds, expectedBroadcastSeconds } from "./broadcast-odds.ts";
import { chooseByDomains, sortByDomains } from "./gossip-levels.ts";
import type { HeartbeatMessage } from "./heartbeat.messages.ts";
import { heartbeatOptions } from "./heartbeat.options.ts";
import { decodeHeartbeat, encodeHeartbeat, heartbeatSizes } from "./heartbeat.wire.ts";
import { failAfterMs, roundsBound, roundsUntilMistake } from "./mistake-odds.ts";
import { silenceLimitMs } from "./silence-detector.ts";

describe("heartbeats", () => {
  it("tell the highest beat of everybody, the own one first", () => {
    const rig = new HeartbeatRig();
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start + 3], [B, start + 5]);
    rig.hear(C, [C, start], [B, start + 4]);
    const [message] = rig.rounds(2);
    expect(message?.kind).toBe("gossip");
    expect(message?.entries[0]?.peer).toBe(SELF);
    expect(message?.entries.slice(1)).toEqual([
      { peer: A, beat: start + 3 },
      { peer: B, beat: start + 5 },
      { peer: C, beat: start },
    ]);
  });

  it("find dead whose beat does not rise, however often it is told", () => {
    const rig = new HeartbeatRig();
    const start = rig.beats.beatOf(SELF) ?? 0;
    for (let round = 1; round <= 12; round += 1) {
      rig.hear(A, [A, start + round], [B, start]);
      rig.rounds(1);
    }
    expect([rig.statusOf(A), rig.statusOf(B), rig.statusOf(C)]).toEqual([
      "alive",
      "dead",
      "unknown",
    ]);
    const told = rig.rounds(2).flatMap(({ entries }) => entries.map(({ peer }) => peer));
    expect(told).toContain(A);
    expect(told).not.toContain(B);
  });

  it("forget the dead after T_cleanup, and take no old word of them for a sign of life", () => {
    const rig = new HeartbeatRig({ cleanupAfterMs: 0 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(B, [B, start]);
    rig.rounds(13);
    expect(rig.statusOf(B)).toBe("dead");
    // Twice the silence by which it was found dead.
    rig.rounds(10);
    expect(rig.statusOf(B)).toBe("unknown");
    expect(rig.beats.peersCount).toBe(0);
    expect(rig.detector.evidence(B).map(({ what }) => what)).toEqual([
      "heard",
      "died",
      "forgotten",
    ]);
    rig.hear(A, [B, start]);
    expect(rig.statusOf(B)).toBe("unknown");
    expect(rig.counts.get("heartbeat.dropped.buried")).toBe(1);
    rig.hear(A, [B, start + 1]);
    expect(rig.statusOf(B)).toBe("alive");
  });

  it("know who was started again by its clock, and go beyond what others say of them", () => {
    const rig = new HeartbeatRig();
    const own = rig.beats.beatOf(SELF) ?? 0;
    expect(own).toBe(rig.env.wallClock());
    rig.hear(A, [SELF, own + 500]);
    expect(rig.beats.beatOf(SELF)).toBe(own + 501);
    expect(rig.counts.get("heartbeat.refuted")).toBe(1);
    const dayMs = 86_400_000;
    rig.hear(A, [SELF, own + dayMs + 5_000], [B, own + dayMs + 5_000]);
    expect(rig.beats.beatOf(SELF)).toBe(own + 501);
    expect(rig.statusOf(B)).toBe("unknown");
    expect(rig.counts.get("heartbeat.dropped.ahead")).toBe(2);
  });

  it("send a long list in parts, each in its turn, none above the budget", () => {
    const rig = new HeartbeatRig({ messageMaxBytes: 200 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    const names = Array.from({ length: 40 }, (_, index) => peerId(`member-${index}`));
    for (const name of names) rig.hear(name, [name, start]);
    const messages = rig.rounds(5);
    const told = new Set<PeerId>();
    for (const message of messages) {
      expect(encodeHeartbeat(message).length).toBeLessThanOrEqual(200);
      expect(encodeHeartbeat(message).length).toBeGreaterThan(180);
      expect(message.entries[0]?.peer).toBe(SELF);
      for (const { peer } of message.entries) told.add(peer);
    }
    expect(told.size).toBe(41);
  });

  it("leave out a name that fits into no message, and go on behind it", () => {
    const rig = new HeartbeatRig({ messageMaxBytes: 200 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start], [peerId("ö".repeat(120)), start], [B, start]);
    const told = rig.rounds(4).flatMap(({ entries }) => entries.map(({ peer }) => peer));
    expect(new Set(told)).toEqual(new Set([SELF, A, B]));
  });

  it("to neighbours are the own beat alone, and one that is none any more is forgotten", () => {
    const rig = new HeartbeatRig({ spread: "neighbours" });
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start]);
    const messages = rig.rounds(1);
    expect(messages).toHaveLength(3);
    for (const { entries } of messages) expect(entries.map(({ peer }) => peer)).toEqual([SELF]);
    rig.view.remove(A);
    expect(rig.statusOf(A)).toBe("unknown");
  });

  it("of a peer that has left stop without a death", () => {
    const rig = new HeartbeatRig();
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start]);
    rig.beats.forget(A);
    rig.hear(B, [B, start], [A, start]);
    expect(rig.statusOf(A)).toBe("unknown");
    expect(rig.counts.get("detector.died")).toBeUndefined();
  });

  it("are broadcast to all, the dead and the forgotten too, when no broadcast was heard", () => {
    const rig = new HeartbeatRig({ broadcast: "on", cleanupAfterMs: 0 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    const stranger = peerId("once");
    rig.hear(A, [A, start], [stranger, start]);
    const to = new Set<PeerId>();
    let count = 0;
    for (const sent of rig.sentIn(60)) {
      if (sent.message.kind !== "broadcast") continue;
      to.add(sent.to);
      count += 1;
    }
    expect(to).toEqual(new Set([A, B, C, stranger]));
    const broadcasts = rig.counts.get("heartbeat.broadcasts") ?? 0;
    expect(count).toBe(broadcasts * 4);
    expect(broadcasts).toBeGreaterThanOrEqual(3);
  });

  it("are not broadcast where another does", () => {
    const rig = new HeartbeatRig({ broadcast: "on" });
    for (let second = 0; second < 60; second += 1) {
      rig.rounds(1);
      rig.beats.onMessage(A, { kind: "broadcast", entries: [] });
    }
    expect(rig.counts.get("heartbeat.broadcasts")).toBeUndefined();
  });
});

describe("who was started again with its clock set back", () => {
  it("hears from those that do not know that it lives, and goes beyond what they know", () => {
    const rig = new HeartbeatRig({ cleanupAfterMs: 0 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start]);
    rig.rounds(13);
    expect(rig.statusOf(A)).toBe("dead");
    const answers = (): unknown[] => {
      rig.env.taken();
      // What others say of it is no sign of life; what it says itself is.
      rig.hear(B, [A, start - 60_000]);
      rig.hear(A, [A, start - 60_000]);
      return rig.env.sent.map(({ message, to }) => ({ to, entries: message.entries.slice(1) }));
    };
    const told = { to: A, entries: [{ peer: A, beat: start }] };
    expect(answers()).toEqual([told]);
    // Dead for so long that it is forgotten, but for its beat.
    rig.rounds(20);
    expect(rig.statusOf(A)).toBe("unknown");
    expect(answers()).toEqual([told]);
    rig.hear(A, [A, start + 1]);
    expect(rig.statusOf(A)).toBe("alive");
    expect(answers()).toEqual([]);
  });
});

describe("heartbeats straight to neighbours", () => {
  it("are heard of neighbours alone, and in their own words", () => {
    const rig = new HeartbeatRig({ spread: "neighbours" });
    const start = rig.beats.beatOf(SELF) ?? 0;
    const other = peerId("other");
    rig.hear(A, [A, start], [B, start]);
    rig.hear(other, [other, start]);
    expect([rig.statusOf(A), rig.statusOf(B), rig.statusOf(other)]).toEqual([
      "alive",
      "unknown",
      "unknown",
    ]);
    expect(rig.counts.get("heartbeat.dropped.notNeighbour")).toBe(2);
    rig.view.add(other);
    rig.hear(other, [other, start]);
    expect(rig.statusOf(other)).toBe("alive");
  });

  it("of one that goes because it failed are missed until it is found dead", () => {
    const failed = new Set<PeerId>();
    const hasFailed = (peer: PeerId): boolean => failed.has(peer);
    const rig = new HeartbeatRig({ spread: "neighbours" }, { hasFailed });
    const start = rig.beats.beatOf(SELF) ?? 0;
    rig.hear(A, [A, start]);
    failed.add(A);
    rig.view.remove(A);
    rig.rounds(5);
    expect(rig.statusOf(A)).toBe("alive");
    rig.rounds(6);
    expect(rig.statusOf(A)).toBe("dead");
    // It is back, and has other neighbours.
    failed.delete(A);
    rig.rounds(1);
    expect(rig.statusOf(A)).toBe("unknown");
  });
});

describe("hostile heartbeats", () => {
  it("are dropped and counted, and nothing grows beyond its bound", () => {
    const bounds = { peersMaxCount: 20, gravesMaxCount: 10, messagesMaxCount: 50 };
    const rig = new HeartbeatRig(bounds, { isMember: (peer) => peer !== C });
    const dice = new Random(3);
    const start = rig.beats.beatOf(SELF) ?? 0;
    for (let count = 0; count < 200; count += 1) {
      // From ever another one, or one peer's budget would be all.
      const from = peerId(`from-${count}`);
      const flood = Array.from({ length: 50 }, () => {
        return [peerId(`made-up-${dice.uint32()}`), start + dice.below(100)] as const;
      });
      rig.hear(from, ...flood);
      rig.hear(SELF, [A, start]);
      rig.hear(from, [C, start], [A, Number.MAX_SAFE_INTEGER]);
      if (count % 50 === 49) rig.rounds(13);
    }
    expect(rig.beats.peersCount).toBeLessThanOrEqual(20);
    expect(rig.detector.peersCount).toBeLessThanOrEqual(20);
    for (const why of ["self", "ahead", "stranger", "tableFull", "excess", "budget"] as const) {
      expect(rig.counts.get(`heartbeat.dropped.${why}`), why).toBeGreaterThan(0);
    }
  });

  it("of one that floods do not drown those of others", () => {
    const rig = new HeartbeatRig({ messagesMaxCount: 50 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    for (let count = 0; count < 200; count += 1) rig.hear(A, [A, start + count]);
    rig.hear(B, [B, start]);
    expect(rig.statusOf(B)).toBe("alive");
    expect(rig.beats.beatOf(A)).toBe(start + 15);
    expect(rig.counts.get("heartbeat.dropped.budget")).toBe(184);
    rig.rounds(1);
    rig.hear(A, [A, start + 200]);
    expect(rig.beats.beatOf(A)).toBe(start + 200);
  });

  it("let the living in where the dead took all places", () => {
    const rig = new HeartbeatRig({ peersMaxCount: 3 });
    const start = rig.beats.beatOf(SELF) ?? 0;
    for (const number of [1, 2, 3]) rig.hear(A, [peerId(`ghost${number}`), start]);
    rig.hear(B, [B, start]);
    expect(rig.statusOf(B)).toBe("unknown");
    rig.rounds(13);
    rig.hear(B, [B, start]);
    expect(rig.statusOf(B)).toBe("alive");
  });
});

describe("the wire", () => {
  const message: HeartbeatMessage = {
    kind: "broadcast",
    entries: [
      { peer: A, beat: 0 },
      { peer: peerId("größer"), beat: 2 ** 53 - 1 },
    ],
  };

  it("brings back what was said, and knows its length before", () => {
    const bytes = encodeHeartbeat(message);
    expect(decodeHeartbeat(bytes)).toEqual(message);
    const sum = message.entries.reduce((all, one) => all + heartbeatSizes.entryBytes(one), 0);
    expect(bytes.length).toBe(sum + 2);
    expect(heartbeatSizes.headBytes).toBeGreaterThanOrEqual(2);
  });

  it("refuses what is cut off, too long, or nobody's", () => {
    const bytes = encodeHeartbeat(message);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeHeartbeat(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeHeartbeat(Uint8Array.of(...bytes, 0))).toBeUndefined();
    const dice = new Random(9);
    for (let count = 0; count < 5_000; count += 1) {
      const changed = Uint8Array.from(bytes);
      for (let times = 0; times < 3; times += 1)
        changed[dice.below(bytes.length)] = dice.below(256);
      const read = decodeHeartbeat(changed);
      for (const { peer } of read?.entries ?? []) expect(String(peer).length).toBeGreaterThan(0);
    }
    expect(decodeHeartbeat(Uint8Array.of(2, 0))).toBeUndefined();
    expect(decodeHeartbeat(Uint8Array.of(0, 1, 0, 5))).toBeUndefined();
  });
});

describe("levels of gossip", () => {
  const places: Readonly<Record<string, readonly string[]>> = {
    near: ["eu", "rack 1"],
    near2: ["eu", "rack 1"],
    next: ["eu", "rack 2"],
    far: ["us", "rack 1"],
  };
  const domainsOf = (peer: PeerId) => places[String(peer)] ?? [];

  it("leave a domain of n members once in n times", () => {
    const peers = Object.keys(places).map((name) => peerId(name));
    const distances = sortByDomains(["eu", "rack 1"], peers, domainsOf);
    expect(distances.near.map((one) => one.map(String))).toEqual([
      ["far"],
      ["next"],
      ["near", "near2"],
    ]);
    const dice = new Random(5);
    const drawn = new Map<string, number>();
    for (let count = 0; count < 40_000; count += 1) {
      const peer = String(chooseByDomains(distances, dice));
      drawn.set(peer, (drawn.get(peer) ?? 0) + 1 / 40_000);
    }
    // Four members in eu, three in the rack.
    expect(drawn.get("far")).toBeCloseTo(1 / 4, 1);
    expect(drawn.get("next")).toBeCloseTo((3 / 4) * (1 / 3), 1);
    expect(drawn.get("near")).toBeCloseTo(1 / 4, 1);
  });

  it("reach farther where nobody is near", () => {
    const distances = sortByDomains(["eu", "rack 9"], [peerId("far")], domainsOf);
    expect(chooseByDomains(distances, new Random(1))).toBe("far");
    expect(chooseByDomains({ near: [[], []] }, new Random(1))).toBeUndefined();
  });
});

describe("odds", () => {
  it("of a broadcast are the paper's: a = 10.43 for 1,000 members [van Renesse 1998 §4]", () => {
    const terms = { membersCount: 1_000, maxSeconds: 20, meanSeconds: 10 };
    expect(broadcastExponent(terms)).toBeCloseTo(10.43, 2);
    expect(expectedBroadcastSeconds(10.43, terms)).toBeCloseTo(10, 2);
    expect(broadcastOdds(20, 10.43, 20)).toBe(1);
    expect(broadcastOdds(0, 10.43, 20)).toBe(0);
  });

  it("of a mistake have an upper bound that is near", () => {
    for (const membersCount of [3, 10, 50, 200]) {
      const terms = { membersCount, failedCount: 1, arrivalRatio: 0.9 };
      const exact = roundsUntilMistake(1e-6, terms);
      const bound = roundsBound(1e-6, terms);
      expect(bound / exact).toBeGreaterThanOrEqual(1);
      expect(bound / exact).toBeLessThan(1.3);
    }
  });

  test("T_fail grows with the logarithm of the cluster, and with the parts of the list", () => {
    const options = heartbeatOptions();
    const limitMs = (count: number, entryBytes = 24): number =>
      silenceLimitMs({ membersCount: () => count, entryBytes }, options);
    const limits = [2, 10, 40].map((count) => limitMs(count));
    expect(limits[0]).toBeGreaterThanOrEqual(5_000);
    expect(limits[1]).toBeGreaterThan(limits[0] ?? 0);
    expect((limits[2] ?? 0) / (limits[1] ?? 0)).toBeLessThan(2);
    const terms = { membersCount: 200, failedCount: 0, arrivalRatio: 0.95, roundIntervalMs: 1_000 };
    const whole = failAfterMs(1e-6, terms);
    expect(limitMs(200) / whole).toBeCloseTo((200 * 24) / 1_100, 1);
    expect(limitMs(200, 72) / limitMs(200)).toBeCloseTo(3, 1);
  });

  test("options that make no sense are refused", () => {
    for (const given of [
      { failAfterMs: 1_500 },
      { messageMaxBytes: 10 },
      { fanoutCount: 0 },
      { broadcastMaxMs: 1e9 },
    ]) {
      expect(() => heartbeatOptions(given)).toThrow(/heartbeat/);
    }
  });
});
