import { describe, expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { RigOutbox, RigWiring } from "../../testing/aggregation-rig.ts";
import { aggregateOptions } from "./aggregate.options.ts";
import { Extremes } from "./extremes.ts";
import { FlowUpdating } from "./flow-updating.ts";
import { HeavyHitters } from "./heavy-hitters.ts";
import { distinctErrorRatio, HyperLogLog } from "./hyper-log-log.ts";
import { OriginRecords } from "./origin-records.ts";
import { PushPull } from "./push-pull.ts";
import { PushSum } from "./push-sum.ts";

const options = aggregateOptions();
const [a, b] = [peerId("a"), peerId("b")];
const bounds = { low: [0], high: [100] };

function flows() {
  const out = new RigOutbox();
  const [left, right] = (["a", "b"] as const).map((name, index) => {
    const wiring = new RigWiring(name);
    const input = [index * 10];
    const machine = new FlowUpdating({ task: "x", wiring, options, input, bounds });
    return { machine, wiring };
  });
  if (left === undefined || right === undefined) throw new Error("two nodes");
  const sum = () => (left.machine.estimate()[0] ?? 0) + (right.machine.estimate()[0] ?? 0);
  return { left, right, out, sum };
}

describe("flow updating", () => {
  it("keeps its mass when answers are lost, doubled and late", () => {
    const { left, out, right, sum } = flows();
    left.machine.onTurn(b, out);
    const lost = out.one();
    right.machine.onPart(a, lost, out);
    const late = out.one();
    expect(right.machine.estimate()).toEqual([5]);
    left.machine.onTurn(b, out);
    const again = out.one();
    right.machine.onPart(a, again, out);
    const answer = out.one();
    right.machine.onPart(a, lost, out);
    right.machine.onPart(a, again, out);
    expect(right.wiring.counters.of("aggregate.dropped.stale")).toBe(2);
    left.machine.onPart(b, answer, out);
    left.machine.onPart(b, answer, out);
    left.machine.onPart(b, late, out);
    expect(left.wiring.counters.of("aggregate.dropped.stale")).toBe(2);
    expect([left.machine.estimate(), right.machine.estimate()]).toEqual([[5], [5]]);
    right.machine.setInput([30]);
    expect(sum()).toBe(30);
  });

  it("gives back what flowed when a neighbour is gone, or silent for long", () => {
    const { left, out, right } = flows();
    left.machine.onTurn(b, out);
    right.machine.onPart(a, out.one(), out);
    left.machine.onPart(b, out.one(), out);
    left.machine.onPeerDown(b);
    expect(left.machine.estimate()).toEqual([0]);
    for (let round = 0; round <= options.flowIdleCount; round += 1) right.machine.onRound();
    expect(right.machine.estimate()).toEqual([10]);
    expect(right.machine.linksCount).toBe(0);
  });

  it("takes no number that is none, out of range or of another shape, and not a 65th flow", () => {
    const { left, out, right } = flows();
    left.machine.onTurn(b, out);
    const part = out.one();
    if (part.kind !== "flow") throw new Error(part.kind);
    for (const estimate of [[Number.NaN], [Number.POSITIVE_INFINITY], [1e9], [-1e9]]) {
      right.machine.onPart(a, { ...part, estimate }, out);
    }
    right.machine.onPart(a, { ...part, flow: [2 ** 60] }, out);
    expect(right.wiring.counters.of("aggregate.dropped.value")).toBe(5);
    right.machine.onPart(a, { ...part, flow: [0, 0] }, out);
    expect(right.wiring.counters.of("aggregate.dropped.shape")).toBe(1);
    for (let peer = 0; peer < 70; peer += 1) right.machine.onPart(peerId(`p${peer}`), part, out);
    expect(right.machine.linksCount).toBe(options.flowsMaxCount);
    expect(right.wiring.counters.of("aggregate.dropped.flows")).toBe(6);
  });
});

describe("push-sum with counted transfers", () => {
  it("mends what was lost by the next message, and takes nothing twice", () => {
    const out = new RigOutbox();
    const make = (name: string, value: number) => {
      const wiring = new RigWiring(name);
      const begin = () => ({ sums: [value], weight: 1 });
      const machine = new PushSum({ task: "x", wiring, options, bounds, begin });
      machine.onEpoch(1, "begins");
      return { machine, wiring };
    };
    const [left, right] = [make("a", 8), make("b", 0)];
    left.machine.onTurn(b, out);
    out.taken();
    left.machine.onTurn(b, out);
    const part = out.one();
    right.machine.onPart(a, part);
    right.machine.onPart(a, part);
    expect(right.machine.held).toEqual([6, 1.75]);
    expect(left.machine.held).toEqual([2, 0.25]);
    expect(right.wiring.counters.of("aggregate.dropped.stale")).toBe(1);
    left.machine.onPeerDown(b);
    expect(left.machine.held).toEqual([8, 1]);
    if (part.kind !== "half") throw new Error(part.kind);
    right.machine.onPart(peerId("c"), { ...part, sent: [1e9, 1] });
    right.machine.onPart(peerId("c"), { ...part, sent: [1, -1] });
    right.machine.onPart(peerId("c"), { ...part, sent: [Number.NaN, 1] });
    expect(right.wiring.counters.of("aggregate.dropped.value")).toBe(3);
    left.machine.onEpoch(2, "joined");
    expect(left.machine.estimate()).toBeUndefined();
  });
});

describe("push-pull averaging", () => {
  const make = (name: string, value: number) => {
    const wiring = new RigWiring(name);
    const machine = new PushPull({ task: "x", wiring, options, bounds, begin: () => [value] });
    machine.onEpoch(1, "begins");
    return { machine, wiring };
  };

  it("is busy while it waits, and commits on both sides or on none", () => {
    const out = new RigOutbox();
    const [left, right, third] = [make("a", 0), make("b", 10), make("c", 40)];
    left.machine.onTurn(b, out);
    right.machine.onPart(a, out.one(), out);
    const answer = out.one();
    expect(right.machine.held).toEqual([10]);
    third.machine.onTurn(b, out);
    right.machine.onPart(peerId("c"), out.one(), out);
    expect(out.one()).toMatchObject({ step: "busy" });
    left.machine.onPart(b, answer, out);
    expect(left.machine.held).toEqual([5]);
    // The commit is lost: the other side asks what became of it.
    expect(out.one()).toMatchObject({ step: "commit" });
    right.wiring.nowMs += 500;
    right.machine.onRound(out);
    left.machine.onPart(b, out.one(), out);
    const verdict = out.one();
    expect(verdict).toMatchObject({ step: "committed" });
    right.machine.onPart(a, verdict, out);
    expect(right.machine.held).toEqual([5]);
  });

  it("aborts on both sides when the answer is lost, and gives up in the end", () => {
    const out = new RigOutbox();
    const [left, right] = [make("a", 0), make("b", 10)];
    left.machine.onTurn(b, out);
    right.machine.onPart(a, out.one(), out);
    const late = out.one();
    for (const { wiring } of [left, right]) wiring.nowMs += 500;
    left.machine.onRound(out);
    right.machine.onRound(out);
    left.machine.onPart(b, out.one(), out);
    const verdict = out.one();
    expect(verdict).toMatchObject({ step: "aborted" });
    left.machine.onPart(b, late, out);
    expect(left.machine.held).toEqual([0]);
    for (let round = 0; round < 12; round += 1) {
      right.wiring.nowMs += 500;
      right.machine.onRound(out);
    }
    expect(right.wiring.counters.of("aggregate.massRisk")).toBe(1);
    expect(right.machine.held).toEqual([10]);
    expect(right.machine.isBusy).toBe(false);
  });
});

describe("extremes", () => {
  it("follow a value that falls, and forget who is gone without a word", () => {
    const out = new RigOutbox();
    const make = (name: string) => {
      const range = { low: 0, high: 100 };
      return new Extremes({ task: "x", wiring: new RigWiring(name), options, ...range });
    };
    const [left, right] = [make("a"), make("b")];
    const tell = (from: Extremes, to: Extremes, name: string) => {
      from.onTurn(peerId("?"), out);
      to.onPart(peerId(name), out.one(), out);
      out.taken();
    };
    left.setInput(90);
    right.setInput(10);
    tell(left, right, "a");
    tell(right, left, "b");
    expect([left.low?.value, left.high?.value]).toEqual([10, 90]);
    expect([right.low?.value, right.high?.value]).toEqual([10, 90]);
    left.setInput(5);
    tell(left, right, "a");
    expect([right.low?.value, right.high?.value]).toEqual([5, 10]);
    for (let epoch = 1; epoch <= 4; epoch += 1) right.onEpoch(epoch);
    expect([right.low?.value, right.high?.value]).toEqual([10, 10]);
    // Somebody thinks that b is gone; b says that it is not.
    left.onEpoch(4);
    tell(right, left, "b");
    expect(left.high?.value).toBe(10);
    left.onPeerDown(b, "departed");
    expect(left.high?.value).toBe(5);
    tell(left, right, "a");
    tell(right, left, "b");
    expect(left.high?.value).toBe(10);
  });
});

describe("records by origin", () => {
  it("count nobody twice, take the latest, and have a bound", () => {
    const out = new RigOutbox();
    const wiring = new RigWiring("a");
    const few = { ...options, originsMaxCount: 2 };
    const records = new OriginRecords({ task: "x", wiring, options: few });
    const say = (origin: string, seq: number, byte: number) => {
      const record = { origin: peerId(origin), seq, bytes: Uint8Array.of(byte) };
      records.onPart(b, { kind: "records", task: "x", records: [record] }, out);
    };
    say("b", 2, 2);
    say("b", 2, 3);
    say("b", 1, 1);
    say("c", 1, 7);
    say("d", 1, 9);
    expect(records.records().map(({ bytes }) => bytes[0])).toEqual([2, 7]);
    expect(wiring.counters.of("aggregate.dropped.origins")).toBe(1);
    const strangers = Object.assign(new RigWiring("a"), {
      isMember: (peer: PeerId) => peer !== peerId("x"),
    });
    const wary = new OriginRecords({ task: "x", wiring: strangers, options });
    const two = ["x", "y"].map((name) => ({
      origin: peerId(name),
      seq: 1,
      bytes: Uint8Array.of(1),
    }));
    wary.onPart(b, { kind: "records", task: "x", records: two }, out);
    expect(wary.records().map(({ origin }) => origin)).toEqual(["y"]);
    expect(strangers.counters.of("aggregate.dropped.stranger")).toBe(1);
    expect(records.setOwn(new Uint8Array(options.recordMaxBytes + 1))).toBe(false);
  });
});

describe("sketches of items", () => {
  it("keep the bounds of Misra and Gries when merged", () => {
    const random = new Random(5);
    const truth = new Map<string, number>();
    const tables = Array.from({ length: 10 }, () => new HeavyHitters(20));
    let total = 0;
    for (let turn = 0; turn < 20_000; turn += 1) {
      const item = `item-${Math.floor(random.exponential(12))}`;
      truth.set(item, (truth.get(item) ?? 0) + 1);
      tables[turn % 10]?.add(item);
      total += 1;
    }
    const merged = new HeavyHitters(20);
    for (const table of tables) {
      const read = HeavyHitters.decode(table.encode(), 20);
      if (read !== undefined) merged.merge(read);
    }
    expect(merged.lost).toBeLessThanOrEqual(total / 21);
    for (const { atLeast, atMost, item } of merged.top()) {
      expect(truth.get(item)).toBeGreaterThanOrEqual(atLeast);
      expect(truth.get(item)).toBeLessThanOrEqual(atMost);
    }
    expect(merged.top()[0]?.item).toBe("item-0");
    expect(HeavyHitters.decode(Uint8Array.of(0, 9, 1), 20)).toBeUndefined();
  });

  it.each([10, 1_000, 20_000, 200_000])("tell %i different items from their repetitions", (n) => {
    const parts = Array.from({ length: 4 }, () => new HyperLogLog());
    for (let item = 0; item < n; item += 1) {
      parts[item % 4]?.add(`user-${item}`);
      parts[(item + 1) % 4]?.add(`user-${item}`);
    }
    const merged = new HyperLogLog();
    for (const part of parts) {
      const read = HyperLogLog.decode(part.encode());
      if (read !== undefined) merged.merge(read);
    }
    expect(Math.abs(merged.estimate() / n - 1)).toBeLessThan(4 * distinctErrorRatio);
  });

  it("refuse bytes that are no registers", () => {
    for (const bytes of [[], [1, 0, 3], [1, 5, 60], [2], [0, 1, 2]]) {
      expect(HyperLogLog.decode(Uint8Array.from(bytes))).toBeUndefined();
    }
    const dense = new Uint8Array(1 + (16_384 * 3) / 4).fill(0xff, 1);
    expect(HyperLogLog.decode(dense)).toBeUndefined();
  });
});
