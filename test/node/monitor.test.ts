import { describe, expect, it } from "vitest";
import type { AlertNotice, HearsayNode, MonitorEvent } from "../../src/node/api.ts";
import { createTestCluster } from "../../src/testing/index.ts";

/** Sixty rounds, and twelve samples. */
const MINUTE_MS = 60_000;

interface App {
  queue: number;
  readonly alerts: AlertNotice[];
  readonly events: MonitorEvent[];
}

function appOn(node: HearsayNode): App {
  const app: App = { queue: Number(node.name.slice(1)), alerts: [], events: [] };
  node.monitor.register({ name: "queue", unit: "", kind: "gauge", read: () => app.queue });
  const rule = { name: "long queues", sensor: "queue", above: 10, clear: 5 } as const;
  node.monitor.alert(rule, (notice) => app.alerts.push(notice));
  node.monitor.on((event) => {
    if (event.kind !== "readings" && event.kind !== "summary") app.events.push(event);
  });
  return app;
}

const cluster = (nodes: number) =>
  createTestCluster({ nodes, messages: "bytes", setup: appOn, network: { lossRatio: 0.1 } });

describe("node.monitor", () => {
  it("knows what all nodes measure, and what it comes to", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS / 3);
    for (const name of five.names) {
      const { monitor } = five.node(name);
      const queues = monitor.members().map(({ name: member, readings }) => {
        return [member, readings.find((one) => one.name === "queue")?.value];
      });
      expect(queues).toEqual([1, 2, 3, 4, 5].map((index) => [`n${index}`, index]));
      const total = monitor.aggregates().find((one) => one.name === "queue");
      expect(total).toMatchObject({ count: 5, sum: 15, avg: 3, min: 1, max: 5 });
      expect(monitor.members().every(({ verdict }) => verdict === "live")).toBe(true);
      expect(monitor.groups()).toMatchObject([{ name: "all", size: 5, isOwn: true }]);
      expect(monitor.suspects()).toEqual({ members: [], groups: [] });
    }
  });

  it("agrees that a member is dead, and that it is back", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS / 6);
    five.crash("n4");
    await five.runForMs(MINUTE_MS);
    const { monitor } = five.node("n1");
    expect(monitor.members().find(({ name }) => name === "n4")).toMatchObject({
      status: "failed",
      verdict: "dead",
      readings: [],
    });
    expect(monitor.aggregates().find((one) => one.name === "queue")).toMatchObject({ count: 4 });
    await five.restart("n4");
    await five.runForMs(MINUTE_MS / 3);
    for (const name of ["n1", "n2", "n3", "n5"]) {
      const told = five
        .app(name)
        .events.flatMap((event) =>
          event.kind === "member" && event.member === "n4" ? [event.verdict] : [],
        );
      expect(told.slice(-2)).toEqual(["dead", "live"]);
    }
  });

  it("fires an alert on the lowest node, and again where that dies", async () => {
    await using five = await cluster(5);
    await five.runForMs(MINUTE_MS / 6);
    for (const name of five.names) five.app(name).queue = 100;
    await five.runForMs(MINUTE_MS / 2);
    const [first] = five.app("n1").alerts;
    expect(first).toMatchObject({ state: "raised", rule: "long queues", firedBy: "n1" });
    const others = ["n2", "n3", "n4", "n5"];
    for (const name of others) {
      expect(five.app(name).alerts).toEqual([]);
      expect(five.node(name).monitor.alerts()).toMatchObject([{ id: first?.id, firedBy: "n1" }]);
    }
    five.crash("n1");
    await five.runForMs(MINUTE_MS);
    expect(five.app("n2").alerts).toMatchObject([{ state: "raised", id: first?.id }]);
    for (const name of others) five.app(name).queue = 0;
    await five.runForMs(MINUTE_MS / 2);
    expect(five.app("n2").alerts.at(-1)).toMatchObject({ state: "cleared", id: first?.id });
    expect(others.slice(1).flatMap((name) => five.app(name).alerts)).toEqual([]);
    expect(five.node("n5").monitor.alerts()).toEqual([]);
  });

  it("merges aggregates of users' own, and histograms", async () => {
    const setup = (node: HearsayNode) => {
      const slow = node.name === "n1" ? 90 : 0;
      node.monitor.register({
        name: "latency",
        unit: "seconds",
        kind: "histogram",
        read: () => ({ bounds: [0.1, 1], counts: [10, 0, slow], sum: 1 }),
      });
      return node.monitor.define("names", {
        init: (readings) => (readings.has("latency") ? [node.name] : undefined),
        merge: (one: string[], other: string[]) => [...one, ...other],
        finish: (names) => names.length,
      });
    };
    await using three = await createTestCluster({ nodes: 3, messages: "bytes", setup });
    await three.runForMs(MINUTE_MS / 4);
    expect(three.app("n2").read()).toEqual({ value: 3, groups: 1 });
    const latency = three
      .node("n3")
      .monitor.aggregates()
      .find(({ name }) => name === "latency");
    expect(latency?.quantiles).toEqual({
      p50: Number.POSITIVE_INFINITY,
      p95: Infinity,
      p99: Infinity,
    });
    expect(latency?.histogram).toEqual({ bounds: [0.1, 1], counts: [30, 0, 90], sum: 3 });
  });

  it("tells on every node what it sees of alerts, whoever tells users", async () => {
    await using three = await cluster(3);
    await three.runForMs(MINUTE_MS / 6);
    for (const name of three.names) three.app(name).queue = 100;
    await three.runForMs(MINUTE_MS / 2);
    for (const name of three.names) three.app(name).queue = 1;
    await three.runForMs(MINUTE_MS);
    for (const name of three.names) {
      const seen = three.app(name).events.filter(({ kind }) => kind === "alertSeen");
      expect(seen, name).toMatchObject([
        { rule: "long queues", state: "raised" },
        { rule: "long queues", state: "cleared", firedBy: "n1" },
      ]);
    }
  });
});

it("takes part as soon as it hears of another's, and refuses what makes no sense", async () => {
  await using two = await createTestCluster({ nodes: 2 });
  two.node("n1").monitor.members();
  await two.runForMs(MINUTE_MS / 6);
  expect(two.node("n2").metrics()["monitor.members"]).toBe(2);
  const { monitor } = two.node("n1");
  const read = (): number => 1;
  const bad = [
    () => monitor.register({ name: "", unit: "", kind: "gauge", read }),
    () => monitor.register({ name: "members", unit: "", kind: "gauge", read }),
    () => monitor.alert({ name: "x", sensor: "queue" }),
    () => monitor.alert({ name: "x", sensor: "queue", above: 1, for: 2 }),
    () => monitor.alert({ name: "x", sensor: "queue", above: 1, clear: 2 }),
  ];
  for (const call of bad) expect(call).toThrow(/CONFIG_OPTION/);
  await two.node("n1").stop();
  expect(() => monitor.changes()).toThrow(/NODE_STOPPED/);
  expect(monitor.members().length).toBeGreaterThan(0);
});

it("makes groups by a tag, and agrees that all of one are dead", async () => {
  const rackOf = (name: string): string => (Number(name.slice(1)) <= 3 ? "one" : "two");
  await using six = await createTestCluster({
    nodes: 6,
    options: (name) => ({ tags: { rack: rackOf(name) }, monitor: { groupTag: "rack" } }),
  });
  await six.runForMs(MINUTE_MS / 2);
  const { monitor } = six.node("n1");
  expect(monitor.groups()).toMatchObject([
    { name: "one", isOwn: true, size: 3, speaker: "n1", members: { live: 3 } },
    { name: "two", isOwn: false, size: 3, speaker: "n4", members: { live: 3 } },
  ]);
  expect(monitor.aggregates().find(({ name }) => name === "members")).toMatchObject({ count: 6 });
  expect(monitor.members().map(({ group }) => group)).toEqual([
    ...["one", "one", "one"],
    ...["two", "two", "two"],
  ]);
  for (const name of ["n4", "n5", "n6"]) six.crash(name);
  await six.runForMs(MINUTE_MS);
  expect(monitor.groups()).toMatchObject([{ name: "one" }, { name: "two", verdict: "dead" }]);
  expect(monitor.aggregates().find(({ name }) => name === "members")).toMatchObject({ count: 3 });
});

describe("a node without a monitor", () => {
  const rule = { name: "crowd", sensor: "members", of: "max", above: 1 } as const;
  const mixed = () =>
    createTestCluster({
      nodes: 4,
      options: (name) => ({ monitor: name === "n1" ? "off" : { sensors: ["members"] } }),
      setup: (node) => {
        const told: AlertNotice[] = [];
        if (node.name !== "n1") node.monitor.alert(rule, (notice) => told.push(notice));
        return told;
      },
    });

  it("is left out by the others, and tells so whoever asks it", async () => {
    await using four = await mixed();
    await four.runForMs(MINUTE_MS);
    const silent = four.node("n1");
    expect(() => silent.monitor.snapshot()).toThrow("MONITOR_OFF");
    expect(() => silent.monitor.on(() => {})).toThrow("MONITOR_OFF");
    expect(Object.keys(silent.metrics()).filter((name) => name.startsWith("monitor."))).toEqual([]);
    const { monitor } = four.node("n2");
    expect(monitor.members().map(({ name, verdict }) => [name, verdict])).toEqual([
      ["n1", undefined],
      ["n2", "live"],
      ["n3", "live"],
      ["n4", "live"],
    ]);
    expect(monitor.groups()).toMatchObject([{ size: 3 }]);
    // Its name is the lowest; who tells of alerts is the lowest of those who take part.
    expect(four.app("n2")).toMatchObject([{ state: "raised", firedBy: "n2" }]);
  });
});
