import { beforeEach, describe, expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { DegradedCount, DegradedMember } from "./degraded.contract.ts";
import type { ClaimMessage, DegradedTimer } from "./degraded.messages.ts";
import { degradedOptions } from "./degraded.options.ts";
import { Degraded } from "./degraded.ts";

const well = { delayMs: 20, gcMs: 5 };
const busy = { delayMs: 1_500, gcMs: 80 };
const BOOT = 7;

let env: RecordingEnv<ClaimMessage, DegradedTimer>;
let counts: Map<DegradedCount, number>;
let told: string[];
let here: Map<string, number>;
let node: Degraded;
/** The number of the last claim that another thread or this one made. */
let lastSeq: number | undefined;

function count(name: DegradedCount): number {
  return counts.get(name) ?? 0;
}

function make(given: Parameters<typeof degradedOptions>[0] = {}): Degraded {
  const peers = ["b", "c", "d"].map((name) => peerId(name));
  return new Degraded(
    env,
    {
      self: "a",
      peers: {
        sample: (_random, most, out: PeerId[]) => {
          const some = peers.slice(0, most);
          out.push(...some);
          return some.length;
        },
      },
      counters: { add: (name, by = 1) => counts.set(name, count(name) + by) },
      listener: {
        onDegrade: ({ name }: DegradedMember) => told.push(`${name} degraded`),
        onRecover: (name, why) => told.push(`${name} well: ${why}`),
      },
      livingBoot: (name) => here.get(name),
      ownBoot: () => BOOT,
      voice: lastSeq === undefined ? undefined : voice,
    },
    degradedOptions(given),
  );
}

const voice = {
  get lastClaimSeq() {
    return lastSeq ?? 0;
  },
  nextClaimSeq() {
    lastSeq = this.lastClaimSeq + 1;
    return lastSeq;
  },
};

function claim(seq: number, change: Partial<ClaimMessage> = {}): ClaimMessage {
  const { leaseMs } = degradedOptions();
  return { kind: "claim", boot: 1, seq, health: "degraded", leaseMs, trouble: busy, ...change };
}

function hear(name: string, message: ClaimMessage, from: "itself" | "elsewhere" = "itself"): void {
  node.onClaim({ peer: peerId(name), from }, message);
}

beforeEach(() => {
  env = new RecordingEnv({ self: "a" });
  counts = new Map();
  told = [];
  lastSeq = undefined;
  here = new Map([
    ["b", 1],
    ["c", 1],
  ]);
  node = make();
});

describe("a node that was busy", () => {
  it("tells all its peers at once, and how busy", () => {
    node.onSample(busy);
    const claims = env.sent;
    expect(claims.map(({ to }) => to)).toEqual(["b", "c", "d"]);
    expect(claims[0]?.message).toMatchObject({ health: "degraded", boot: BOOT, trouble: busy });
    expect(told).toEqual(["a degraded"]);
    expect(node.of("a")?.trouble).toEqual(busy);
  });

  it("is so by its garbage collector, too, and not below the bound", () => {
    node.onSample({ delayMs: 999, gcMs: 999 });
    expect(told).toEqual([]);
    node.onSample({ delayMs: 0, gcMs: 1_000 });
    expect(told).toEqual(["a degraded"]);
  });

  it("says when it is well again, too, if another thread said that it is busy", () => {
    lastSeq = 0;
    node = make();
    node.onSample(well);
    expect(told).toEqual([]);
    voice.nextClaimSeq();
    node.onSample({ delayMs: 700, gcMs: 0 });
    expect([told, env.sent[0]?.message]).toMatchObject([["a degraded"], { seq: 2 }]);
    env.advance(10_000, node);
    node.onSample(well);
    expect(told).toEqual(["a degraded", "a well: said"]);
    node.onSample(well);
    expect(told).toHaveLength(2);
  });

  it("repeats it with growing numbers, and the worst it has seen", () => {
    node.onSample(busy);
    const [first] = env.taken();
    node.onSample({ delayMs: 2_000, gcMs: 1 });
    env.advance(5_000, node);
    const again = env.sent[0]?.message;
    expect(again?.trouble).toEqual({ delayMs: 2_000, gcMs: 80 });
    if (first === undefined || !("send" in first)) throw new Error("the first claim was sent");
    expect(again?.seq).toBeGreaterThan(first.send.seq);
  });

  it("recovers only when it has been quiet for long, below the lower bound", () => {
    node.onSample(busy);
    for (const [afterMs, delayMs] of [
      [6_000, 20],
      [6_000, 300], // not degrading by itself, but no recovery either
      [9_000, 20],
    ] as const) {
      env.advance(afterMs, node);
      node.onSample({ delayMs, gcMs: 0 });
    }
    expect(told).toEqual(["a degraded"]);
    env.taken();
    env.advance(1_000, node);
    node.onSample(well);
    expect(told).toEqual(["a degraded", "a well: said"]);
    expect(env.sent.filter(({ message }) => message.health === "well")).toHaveLength(3);
    env.taken();
    env.advance(60_000, node);
    expect(env.sent).toEqual([]);
  });

  it("says nothing where that is switched off, or after the end", () => {
    node = make({ degradeAfterMs: 0, recoverBelowMs: 0 });
    node.onSample(busy);
    node = make();
    node.stop();
    node.onSample(busy);
    expect(env.sent).toEqual([]);
  });
});

describe("a member that says that it is busy", () => {
  it("is believed, gets patience, and is told of once", () => {
    hear("b", claim(1));
    hear("b", claim(2));
    expect([node.isDegraded("b"), node.patienceFor("b"), node.patienceFor("c")]).toEqual([
      true,
      3,
      1,
    ]);
    expect([told, node.degradedCount]).toEqual([["b degraded"], 1]);
    hear("b", claim(3, { health: "well" }));
    expect([told, node.patienceFor("b")]).toEqual([["b degraded", "b well: said"], 1]);
  });

  it("is well when it says nothing more: its lease ends, and no lease is longer than ours", () => {
    hear("b", claim(1));
    env.advance(20_000, node);
    hear("b", claim(2));
    env.advance(29_999, node);
    expect(node.isDegraded("b")).toBe(true);
    env.advance(1, node);
    expect(told).toEqual(["b degraded", "b well: expired"]);
    hear("c", claim(1, { leaseMs: 1e9 }));
    env.advance(60_000, node);
    expect(node.isDegraded("c")).toBe(false);
  });

  it("is forgotten when it is gone", () => {
    hear("b", claim(1));
    node.forget("b");
    expect([told, node.degradedCount]).toEqual([["b degraded", "b well: gone"], 0]);
    env.advance(60_000, node);
    expect(count("degraded.claims.expired")).toBe(0);
  });
});

describe("claims that are forged, old or too many", () => {
  it("are taken of none but the sender itself, and of nobody who is not here", () => {
    hear("b", claim(1), "elsewhere");
    hear("a", claim(1));
    expect(count("degraded.dropped.notItself")).toBe(2);
    hear("zoe", claim(1));
    expect([count("degraded.dropped.stranger"), told]).toEqual([1, []]);
  });

  it("do not come back from a former life, nor out of order", () => {
    hear("b", claim(5));
    hear("b", claim(5, { health: "well" }));
    hear("b", claim(4, { health: "well" }));
    hear("b", claim(9, { boot: 0, health: "well" }));
    expect([count("degraded.dropped.stale"), told]).toEqual([3, ["b degraded"]]);
    here.set("b", 2);
    hear("b", claim(6));
    expect(count("degraded.dropped.stale")).toBe(4);
    env.advance(1_000, node);
    hear("b", claim(6, { boot: 2 ** 50 }));
    expect(count("degraded.dropped.stale")).toBe(5);
    hear("b", claim(1, { boot: 2, health: "well" }));
    expect(told).toEqual(["b degraded", "b well: said"]);
  });

  it("mute nobody for long by an absurd number", () => {
    hear("b", claim(Number.MAX_SAFE_INTEGER));
    env.advance(60_001, node);
    hear("b", claim(1));
    expect(told).toEqual(["b degraded", "b well: expired", "b degraded"]);
  });

  it("are read a few times a second, and kept of a bounded number", () => {
    for (let seq = 1; seq <= 50; seq += 1) hear("b", claim(seq));
    expect(count("degraded.dropped.tooMany")).toBe(45);
    node = make({ claimsMaxCount: 1 });
    hear("b", claim(1));
    hear("c", claim(1));
    expect([node.isDegraded("b"), node.isDegraded("c")]).toEqual([true, false]);
    // Who is well again makes room.
    hear("b", claim(2, { health: "well" }));
    hear("c", claim(2));
    expect([node.isDegraded("b"), node.isDegraded("c")]).toEqual([false, true]);
  });
});
