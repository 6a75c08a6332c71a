import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { RigNode, runRounds } from "../../testing/aggregation-rig.ts";
import { encodeAggregate } from "./aggregate.wire.ts";

const NAMES = ["a", "b", "c", "d", "e"];

function town(options: Readonly<Record<string, number | string>> = {}): RigNode[] {
  return NAMES.map(
    (name) => new RigNode({ name, peers: NAMES.filter((one) => one !== name), options }),
  );
}

describe.each(["flow", "pushSum", "pushPull"])("a gauge by %s", (averaging) => {
  it("knows the average, variance, sum, count, least and greatest of five", () => {
    const nodes = town({ averaging });
    const gauges = nodes.map((node, index) => node.gauge("load", () => 10 + index));
    runRounds(nodes, 130);
    for (const gauge of gauges) {
      expect(gauge.average()?.value).toBeCloseTo(12, 6);
      expect(gauge.variance()?.value).toBeCloseTo(2, 5);
      expect(gauge.count()?.value).toBeCloseTo(5, 5);
      expect(gauge.sum()?.value).toBeCloseTo(60, 5);
      expect(gauge.min()).toMatchObject({ value: 10, errorBound: 0, stale: false });
      expect(gauge.max()).toMatchObject({ value: 14, errorBound: 0, stale: false });
      for (const estimate of [gauge.average(), gauge.variance(), gauge.count(), gauge.sum()]) {
        expect(estimate?.errorBound).toBeLessThan(1e-2);
        expect(estimate?.stale).toBe(false);
        expect(estimate?.rounds).toBeGreaterThan(20);
      }
    }
  });

  it("follows inputs that change, and forgets who left", () => {
    const nodes = town({ averaging });
    let more = 0;
    const gauges = nodes.map((node, index) => node.gauge("load", () => 10 + index + more));
    runRounds(nodes, 70);
    more = 5;
    runRounds(nodes, 100);
    expect(gauges[0]?.average()?.value).toBeCloseTo(17, 4);
    expect(gauges[0]?.max()?.value).toBe(19);
    const stay = nodes.slice(0, 4);
    for (const node of stay) node.peers.leave("e");
    runRounds(stay, 130);
    expect(gauges[1]?.average()?.value).toBeCloseTo(16.5, 4);
    expect(gauges[1]?.max()?.value).toBe(18);
    expect(gauges[1]?.count()?.value).toBeCloseTo(4, 4);
  });
});

it("leads flows through nodes that do not take part", () => {
  // A line: the two ends take part, and between them nobody does.
  const line = ["a", "b", "c"].map((name, index, all) => {
    const peers = [all[index - 1], all[index + 1]].filter((one) => one !== undefined);
    return new RigNode({ name, peers });
  });
  const [first, , last] = line;
  const one = first?.gauge("load", () => 1);
  const other = last?.gauge("load", () => 3);
  runRounds(line, 150);
  for (const gauge of [one, other]) {
    expect(gauge?.average()?.value).toBeCloseTo(2, 5);
    expect(gauge?.count()?.value).toBeCloseTo(2, 5);
    expect(gauge?.max()?.value).toBe(3);
  }
  expect(line[1]?.engine.relayedCount).toBeGreaterThan(0);
  first?.engine.close("load");
  last?.engine.close("load");
  runRounds(line, 400);
  expect(line.map(({ engine }) => engine.relayedCount)).toEqual([0, 0, 0]);
});

it("puts all tasks into one message a round, no larger than it may be", () => {
  const nodes = ["a", "b"].map((name) => {
    const peers = ["a", "b"].filter((one) => one !== name);
    return new RigNode({ name, peers, options: { messageMaxBytes: 2_000, minimaCount: 10 } });
  });
  const gauges = nodes.flatMap((node) =>
    Array.from({ length: 8 }, (_, task) => node.gauge(`load-${task}`, () => task)),
  );
  const sizes: number[] = [];
  let asksCount = 0;
  runRounds(nodes, 100, (_from, _to, message) => {
    sizes.push(encodeAggregate(message).length);
    if (message.kind === "ask") asksCount += 1;
    return false;
  });
  // One of each node a round; and a second one where the first was not answered, as none was here.
  expect(asksCount).toBe(200);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
  // Not all fit at once, and each has its turn.
  expect(nodes[0]?.counters.of("aggregate.cut")).toBeGreaterThan(0);
  for (const [index, gauge] of gauges.entries()) {
    expect(gauge.average()?.value).toBeCloseTo(index % 8, 4);
    expect(gauge.count()?.value).toBeCloseTo(2, 3);
  }
});

it("reads so many messages a round, and keeps so many tasks of others", () => {
  const options = { messagesMaxCount: 50, relayedMaxCount: 20 };
  const node = new RigNode({ name: "a", peers: ["b"], options });
  const record = { value: 1, origin: peerId("b"), epoch: node.engine.epoch, seq: 1 };
  for (let message = 0; message < 100; message += 1) {
    const parts = [0, 1].map((part) => ({
      kind: "extremes" as const,
      task: `made-up-${message}-${part}`,
      low: record,
      high: record,
      retracted: [],
    }));
    const { epoch } = node.engine;
    node.engine.onMessage(peerId("b"), { kind: "ask", epoch, nextEpochInMs: 1, parts });
  }
  expect(node.engine.relayedCount).toBe(20);
  expect(node.counters.of("aggregate.dropped.tasks")).toBe(80);
  expect(node.counters.of("aggregate.dropped.busy")).toBe(50);
});

it("does a task its own way only, and counts what others do otherwise", () => {
  const nodes = ["a", "b"].map((name, index) => {
    const peers = ["a", "b"].filter((one) => one !== name);
    const averaging = index === 0 ? "flow" : "pushPull";
    return new RigNode({ name, peers, options: { averaging } });
  });
  const [first] = nodes.map((node, index) => node.gauge("load", () => index));
  runRounds(nodes, 70);
  expect(first?.average()?.value).toBe(0);
  expect(first?.max()?.value).toBe(1);
  for (const { counters } of nodes) {
    expect(counters.of("aggregate.dropped.unknownTask")).toBeGreaterThan(0);
  }
});
