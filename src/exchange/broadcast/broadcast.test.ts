import { describe, expect, test } from "vitest";
import { RandomSet } from "../../core/collections/random-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { makeOrigin, type Origin, type PeerId, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../../peers/peer-view.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { RumorVerdict } from "./broadcast.contract.ts";
import type { BroadcastMessage, Rumor } from "./broadcast.messages.ts";
import { type BroadcastOptions, broadcastDefaults } from "./broadcast.options.ts";
import type { BroadcastTimer } from "./broadcast.timers.ts";
import { Broadcast } from "./broadcast.ts";
import { transmitLimit } from "./rumor-queue.ts";

class RigPeers implements PeerView {
  private readonly peers = new RandomSet<PeerId>();
  private readonly listeners: PeerListener[] = [];

  get size(): number {
    return this.peers.size;
  }
  get population(): number {
    return this.peers.size + 1;
  }
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.peers.sample(random, count, out, exclude);
  }
  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of this.peers) visit(peer);
  }
  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }
  add(name: string): void {
    this.peers.add(peerId(name));
    for (const listener of this.listeners) listener.onPeerUp(peerId(name));
  }
}

class BroadcastRig {
  readonly env = new RecordingEnv<BroadcastMessage, BroadcastTimer>();
  readonly peers = new RigPeers();
  readonly counts = new Map<string, number>();
  readonly heard: Rumor[] = [];
  readonly broadcast: Broadcast;
  verdict: RumorVerdict = "accepted";
  private readonly own: Origin;

  constructor(peersCount: number, options: Partial<BroadcastOptions> = {}) {
    this.own = makeOrigin("self", 1);
    const add = (name: string, by = 1): void => {
      this.counts.set(name, this.count(name) + by);
    };
    const onRumor = (rumor: Rumor): RumorVerdict => {
      this.heard.push(rumor);
      return this.verdict;
    };
    this.broadcast = new Broadcast(
      this.env,
      {
        peers: this.peers,
        // The frame is only a length here: ten bytes of head and the payload.
        codec: { encode: ({ payload }) => new Uint8Array(10 + payload.length) },
        listener: { onRumor },
        counters: { add },
        origin: () => this.own,
        packetMaxBytes: 1_000,
        partOverheadBytes: 3,
      },
      { ...broadcastDefaults, ...options },
    );
    for (let at = 0; at < peersCount; at += 1) this.peers.add(`p${at}`);
    this.broadcast.start();
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  publish(tag = "t", bytes = 10): Rumor {
    return this.broadcast.publish({ tag, codec: 0, payload: new Uint8Array(bytes) });
  }

  hear(seq: number, change: Partial<Rumor> = {}): void {
    const rumor = rumorOf(seq, change);
    this.broadcast.onMessage(peerId("p0"), { kind: "packet", rumors: [rumor] });
  }

  advance(durationMs: number): void {
    this.env.advance(durationMs, this.broadcast);
  }

  /** What went to whom since the last call: dots of packets, or "mail". */
  sent(): { readonly to: string; readonly what: string }[] {
    const sent = this.env.sent.map(({ to, message }) => ({
      to: String(to),
      what:
        message.kind === "mail"
          ? `mail ${message.mailId}`
          : message.rumors.map((rumor) => `${rumor.tag}${rumor.seq}`).join(" "),
    }));
    this.env.taken();
    return sent;
  }
}

function rumorOf(seq: number, change: Partial<Rumor> = {}): Rumor {
  return {
    origin: makeOrigin("other", 1),
    seq,
    tag: "t",
    codec: 0,
    payload: new Uint8Array(10),
    clock: { ms: 5, counter: 0 },
    frame: new Uint8Array(20),
    ...change,
  };
}

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return error instanceof HearsayError ? error.code : String(error);
  }
  return "nothing thrown";
}

test.each([
  [4, 0, 0],
  [4, 1, 4],
  [4, 5, 4],
  [4, 9, 8],
  [4, 10, 8],
  [6, 2, 6],
  [6, 8, 7],
  [6, 9, 8],
  [6, 50, 12],
  [6, 999, 18],
])("multiplier %i and %i members: sent %i times", (multiplier, population, limit) => {
  expect(transmitLimit(multiplier, population)).toBe(limit);
});

describe("pacing", () => {
  test("an idle node sends at once, a busy one by the interval", () => {
    const rig = new BroadcastRig(5);
    rig.publish();
    expect(rig.env.taken()).toEqual([{ setTimer: { kind: "flush" }, delayMs: 0 }]);
    rig.advance(0);
    expect(rig.sent().map(({ what }) => what)).toEqual(["t1", "t1", "t1"]);
    rig.publish();
    rig.advance(19);
    expect(rig.sent()).toEqual([]);
    rig.advance(1);
    expect(rig.sent().map(({ what }) => what)).toEqual(["t1 t2", "t1 t2", "t1 t2"]);
  });

  test("a rumour is sent its full number of times, to as many different peers as there are", () => {
    const rig = new BroadcastRig(9, { retransmitMultiplier: 4 });
    rig.publish();
    rig.advance(1_000);
    const sent = rig.sent();
    // 8 times, rounded up to whole flushes to 3 peers.
    expect(sent.length).toBe(9);
    expect(new Set(sent.map(({ to }) => to)).size).toBe(9);
    expect(rig.broadcast.backlogCount).toBe(0);
    expect(rig.count("broadcast.transmissions")).toBe(9);
  });

  test.each([1, 2, 3, 6, 7])("in a backlog of %d large rumours too", (count) => {
    const rig = new BroadcastRig(7);
    for (let i = 0; i < count; i += 1) rig.publish("t", 900);
    rig.advance(1_000);
    const readers = new Map<string, Set<string>>();
    for (const { to, what } of rig.sent()) {
      readers.set(what, (readers.get(what) ?? new Set()).add(to));
    }
    expect([...readers.values()].map(({ size }) => size)).toEqual(new Array(count).fill(7));
  });

  test("packets are filled to the budget, and a backlog takes several to a peer", () => {
    const rig = new BroadcastRig(3, { retransmitMultiplier: 1 });
    for (let i = 0; i < 60; i += 1) rig.publish("t", 190);
    rig.advance(0);
    const sent = rig.sent();
    for (const { what } of sent) expect(what.split(" ").length).toBe(4);
    // Eight packets, the most of one flush, to each of three peers; then the other seven.
    expect(sent.length).toBe(24);
    rig.advance(20);
    sent.push(...rig.sent());
    expect(sent.length).toBe(24 + 21);
    expect(new Set(sent.flatMap(({ what }) => what.split(" "))).size).toBe(60);
  });

  test("with nobody there it waits, and goes to the first who comes", () => {
    const rig = new BroadcastRig(0);
    rig.publish();
    rig.advance(5_000);
    expect(rig.sent()).toEqual([]);
    rig.peers.add("late");
    rig.advance(0);
    expect(rig.sent()).toEqual([{ to: "late", what: "t1" }]);
  });

  test("what waited longer than it lives is not sent any more", () => {
    const rig = new BroadcastRig(0, { rumorLifetimeMs: 1_000 });
    rig.publish();
    rig.advance(1_001);
    rig.peers.add("late");
    rig.advance(100);
    expect(rig.sent()).toEqual([]);
    expect(rig.count("broadcast.dropped.expired")).toBeGreaterThan(0);
  });

  test("it rides in packets that leave anyway, each counted", () => {
    const rig = new BroadcastRig(2, { retransmitMultiplier: 2 });
    expect(rig.broadcast.hasRumors).toBe(false);
    rig.publish();
    expect(rig.broadcast.hasRumors).toBe(true);
    expect(rig.broadcast.takeRumors(22, 3)).toEqual([]);
    expect(rig.broadcast.takeRumors(100, 3).length).toBe(1);
    expect(rig.broadcast.takeRumors(100, 3).length).toBe(1);
    expect(rig.broadcast.hasRumors).toBe(false);
  });
});

describe("publishing", () => {
  test("numbers the messages of each tag from 1 and gives own listeners theirs", () => {
    const rig = new BroadcastRig(1);
    const dots = [rig.publish("a"), rig.publish("b"), rig.publish("a")];
    expect(dots.map(({ tag, seq }) => `${tag}${seq}`)).toEqual(["a1", "b1", "a2"]);
    expect(rig.heard).toEqual(dots);
    const times = dots.map(({ clock }) => clock.ms * 1_000 + clock.counter);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(new Set(times).size).toBe(3);
  });

  test("is refused when too many wait, and then uses no seq", () => {
    const rig = new BroadcastRig(1, { queueOwnMaxCount: 2 });
    rig.publish();
    rig.publish();
    expect(codeOf(() => rig.publish())).toBe("QUEUE_FULL");
    rig.advance(1_000);
    expect(rig.publish().seq).toBe(3);
  });

  test("alone it is never refused: the oldest give way", () => {
    const rig = new BroadcastRig(0, { queueOwnMaxCount: 2, queueMaxCount: 3 });
    for (let i = 0; i < 5; i += 1) rig.publish();
    expect(rig.broadcast.backlogCount).toBe(3);
    expect(rig.count("broadcast.dropped.queueFull")).toBe(2);
  });

  test("refuses what is too large, and after the stop", () => {
    const rig = new BroadcastRig(1, { valueMaxBytes: 5_000 });
    expect(codeOf(() => rig.publish("t", 5_001))).toBe("VALUE_TOO_LARGE");
    expect(rig.publish("t", 5_000).seq).toBe(1);
    rig.broadcast.stop();
    expect(codeOf(() => rig.publish())).toBe("NODE_STOPPED");
  });
});

describe("hearing", () => {
  test("news is delivered and passed on as it came, doubles are counted", () => {
    const rig = new BroadcastRig(4);
    rig.hear(1);
    rig.hear(1);
    rig.hear(3);
    rig.hear(2);
    expect(rig.heard.map(({ seq }) => seq)).toEqual([1, 3, 2]);
    expect(rig.count("broadcast.dropped.known")).toBe(1);
    rig.advance(0);
    const [first] = rig.env.sent;
    expect(first?.message.kind === "packet" && first.message.rumors).toContain(rig.heard[0]);
  });

  test("the rejected is not passed on, the unknown is", () => {
    const rig = new BroadcastRig(4);
    rig.verdict = "rejected";
    rig.hear(1);
    rig.advance(100);
    expect(rig.sent()).toEqual([]);
    expect(rig.count("broadcast.dropped.rejected")).toBe(1);
    rig.verdict = "unknown";
    rig.hear(2);
    rig.advance(0);
    expect(rig.sent().length).toBe(3);
    expect(rig.count("broadcast.unknownTag")).toBe(1);
  });

  test("absurd rumours are counted and dropped", () => {
    const rig = new BroadcastRig(4);
    rig.hear(1, { tag: "" });
    rig.hear(1, { tag: "x".repeat(256) });
    rig.hear(1, { frame: new Uint8Array(2_000_000) });
    rig.hear(1, { origin: makeOrigin("self", 1) });
    expect(rig.heard).toEqual([]);
    expect(rig.count("broadcast.dropped.badTag")).toBe(2);
    expect(rig.count("broadcast.dropped.tooLarge")).toBe(1);
    expect(rig.count("broadcast.dropped.own")).toBe(1);
  });

  test("a remote time is followed, at most five seconds ahead", () => {
    const rig = new BroadcastRig(1);
    const wallMs = rig.env.wallClock();
    rig.hear(1, { clock: { ms: wallMs + 3_000, counter: 4 } });
    expect(rig.publish().clock.ms).toBe(wallMs + 3_000);
    rig.hear(2, { clock: { ms: wallMs + 1_000_000, counter: 0 } });
    expect(rig.publish().clock.ms).toBe(wallMs + 5_000);
    expect(rig.broadcast.clock.excessCount).toBe(1);
  });

  test("others' rumours push the most often sent out of a full queue", () => {
    const rig = new BroadcastRig(4, { queueMaxCount: 3, fanoutCount: 1 });
    rig.hear(1);
    rig.advance(0);
    for (const seq of [2, 3, 4]) rig.hear(seq);
    expect(rig.count("broadcast.dropped.queueFull")).toBe(1);
    rig.advance(20);
    expect(rig.sent().at(-1)?.what.split(" ").sort()).toEqual(["t2", "t3", "t4"]);
  });

  test("tables are bounded: the tag and the origin unheard for the longest time go first", () => {
    const rig = new BroadcastRig(0, { tagsMaxCount: 2, originsMaxCount: 2 });
    for (const tag of ["a", "b", "a", "c"]) rig.hear(1, { tag });
    expect(rig.count("broadcast.forgotten.tag")).toBe(1);
    rig.hear(1, { tag: "a" });
    expect(rig.heard.length).toBe(3);
    for (const name of ["x", "y", "z"]) rig.hear(1, { tag: "a", origin: makeOrigin(name, 1) });
    expect(rig.count("broadcast.forgotten.origin")).toBeGreaterThan(0);
  });

  test("too many gaps of one origin: the oldest missing count as heard", () => {
    const rig = new BroadcastRig(0, { gapsMaxCount: 3 });
    for (const seq of [10, 20, 30, 40]) rig.hear(seq);
    expect(rig.count("broadcast.forgotten.gap")).toBe(9);
    rig.hear(15);
    rig.hear(25);
    expect(rig.heard.map(({ seq }) => seq)).toEqual([10, 20, 30, 40, 25]);
  });
});

describe("mail, for what no packet holds", () => {
  test("goes to everybody, a few streams at a time", () => {
    const rig = new BroadcastRig(5, { streamsMaxCount: 2 });
    rig.publish("t", 5_000);
    const first = rig.sent();
    expect(first.map(({ what }) => what)).toEqual(["mail 1", "mail 2"]);
    rig.broadcast.onMailEnd(1, "sent");
    rig.broadcast.onMailEnd(2, "sent");
    const second = rig.sent();
    rig.broadcast.onMailEnd(3, "sent");
    rig.broadcast.onMailEnd(4, "sent");
    const all = [...first, ...second, ...rig.sent()].map(({ to }) => to);
    expect([...all].sort()).toEqual(["p0", "p1", "p2", "p3", "p4"]);
    rig.broadcast.onMailEnd(5, "sent");
    expect(rig.broadcast.backlogCount).toBe(0);
  });

  test("a failed letter is sent again a little later, and given up in the end", () => {
    const rig = new BroadcastRig(1, { streamAttemptsCount: 3, streamRetryMs: 100 });
    rig.publish("t", 5_000);
    expect(rig.sent().length).toBe(1);
    rig.broadcast.onMailEnd(1, "failed");
    rig.advance(99);
    expect(rig.sent()).toEqual([]);
    rig.advance(1);
    expect(rig.sent()).toEqual([{ to: "p0", what: "mail 2" }]);
    rig.broadcast.onMailEnd(2, "failed");
    rig.advance(200);
    rig.broadcast.onMailEnd(3, "failed");
    rig.advance(10_000);
    expect(rig.sent()).toEqual([{ to: "p0", what: "mail 3" }]);
    expect(rig.count("broadcast.dropped.letterFailed")).toBe(1);
    expect(rig.broadcast.backlogCount).toBe(0);
  });

  test("a receiver sends it to one more, not to the origin", () => {
    const rig = new BroadcastRig(6);
    for (let seq = 1; seq <= 20; seq += 1) rig.hear(seq, { frame: new Uint8Array(5_000) });
    rig.hear(1, { frame: new Uint8Array(5_000) });
    for (let mailId = 1; mailId <= 20; mailId += 1) rig.broadcast.onMailEnd(mailId, "sent");
    const sent = rig.sent();
    expect(sent.length).toBe(20);
    expect(sent.map(({ to }) => to)).not.toContain("p0");
  });

  test("its bounds refuse own and drop others', but the first always has room", () => {
    const rig = new BroadcastRig(6, { lettersMaxCount: 4, streamsMaxCount: 1 });
    rig.publish("t", 5_000);
    expect(codeOf(() => rig.publish("t", 5_000))).toBe("QUEUE_FULL");
    rig.hear(1, { frame: new Uint8Array(5_000) });
    expect(rig.count("broadcast.dropped.lettersFull")).toBe(1);
    const bytes = new BroadcastRig(1, { lettersMaxBytes: 6_000 });
    bytes.publish("t", 5_000);
    expect(codeOf(() => bytes.publish("t", 5_000))).toBe("QUEUE_FULL");
  });
});
