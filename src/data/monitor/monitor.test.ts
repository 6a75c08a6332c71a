import { beforeEach, describe, expect, it } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import { GroupLayout } from "./grouping.ts";
import { toldOf } from "./lists.ts";
import type { MonitorChange, MonitorCount } from "./monitor.contract.ts";
import type { GossipMessage, MonitorMessage } from "./monitor.messages.ts";
import { monitorOptions } from "./monitor.options.ts";
import { Monitor, type MonitorTimer } from "./monitor.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => peerId(name)) as [PeerId, PeerId, PeerId];
const options = monitorOptions({ roundJitterRatio: 0, messagesMaxCount: 20 });

function rig(names: readonly string[] = ["a", "b", "c"]) {
  const env = new RecordingEnv<MonitorMessage, MonitorTimer>({ self: "a" });
  const counts = new Map<MonitorCount, number>();
  const changes: MonitorChange[] = [];
  const left = new Set<PeerId>();
  const membersOf = (all: readonly string[]) =>
    all.map((name) => ({ peer: peerId(name), bucket: name.startsWith("z") ? "z" : "" }));
  const roster = {
    version: 1,
    made: new GroupLayout(membersOf(names), options),
    layout: () => roster.made,
    hasLeft: (peer: PeerId) => left.has(peer),
    become: (all: readonly string[]) => {
      roster.made = new GroupLayout(membersOf(all), options);
      roster.version += 1;
    },
  };
  const monitor = new Monitor(
    env,
    {
      roster,
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      sample: () => [{ name: "load", unit: "", kind: "gauge", value: 1 }],
      partials: () => [],
      onChange: (change) => changes.push(change),
      onEpoch: () => {},
      alertMarks: () => [],
      onAlertMark: () => {},
    },
    options,
  );
  monitor.start();
  const beat = (): number => Math.floor(env.wallClock() / options.roundIntervalMs);
  const ask = (from: PeerId, given: Partial<GossipMessage> = {}): void => {
    monitor.onMessage(from, {
      kind: "ask",
      group: "all",
      members: [{ peer: from, heartbeat: beat(), seq: 0 }],
      memberRows: [],
      groups: [],
      groupRows: [],
      alerts: [],
      records: [],
      summaries: [],
      ...given,
    });
  };
  const verdicts = () =>
    Object.fromEntries(monitor.members().map(({ subject, verdict }) => [subject, verdict]));
  return { env, monitor, counts, changes, left, roster, ask, beat, verdicts };
}
let world: ReturnType<typeof rig>;

beforeEach(() => {
  world = rig();
});

describe("a monitor", () => {
  it("answers what it is asked, with what the other lacks, and lets an answer be", () => {
    const { ask, env, monitor } = world;
    env.advance(options.roundIntervalMs, monitor);
    env.taken();
    ask(b, { members: [{ peer: a, heartbeat: 1, seq: 0 }] });
    const [answer, ...others] = env.sent;
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ to: b, message: { kind: "answer", group: "all" } });
    expect(answer?.message).toMatchObject({ records: [{ origin: a, readings: [{ value: 1 }] }] });
    env.taken();
    ask(b, { kind: "answer" });
    expect(env.sent).toEqual([]);
  });

  it("drops what comes of strangers, of other groups, too much, and too far ahead", () => {
    const { ask, beat, counts, monitor, verdicts } = world;
    ask(peerId("nobody"));
    ask(b, { group: "all.2/4" });
    ask(b, { members: [{ peer: c, heartbeat: beat() + 90_000, seq: 0 }] });
    const record = { origin: c, seq: 5, at: 0, ageMs: 0, readings: [] };
    ask(b, { records: [record, { ...record, origin: peerId("zz") }] });
    monitor.onMessage(b, { kind: "verdict", group: "all", members: [a, c, b], groups: ["all"] });
    for (let times = 0; times < 20; times += 1) ask(b);
    expect(Object.fromEntries(counts)).toMatchObject({
      "monitor.dropped.stranger": 2,
      "monitor.dropped.layout": 1,
      "monitor.dropped.ahead": 1,
      "monitor.dropped.verdict": 4,
      "monitor.dropped.busy": 5,
    });
    expect(monitor.recordOf(c)?.seq).toBe(5);
    expect(verdicts()).toEqual({ a: "live", b: "live", c: "unheard" });
  });

  it("tells all mates of a death that it notices, and takes their word", () => {
    const { ask, changes, env, monitor, verdicts } = world;
    ask(c);
    for (let round = 0; round < 20; round += 1) {
      env.advance(options.roundIntervalMs, monitor);
      ask(b, { memberRows: [{ observer: b, suspects: round > 17 ? [c] : [] }] });
      env.taken();
    }
    expect(verdicts()).toEqual({ a: "live", b: "live", c: "dead" });
    expect(changes.filter(({ kind }) => kind === "member")).toEqual([
      { kind: "member", peer: c, group: "all", verdict: "suspect" },
      { kind: "member", peer: c, group: "all", verdict: "dead" },
    ]);
    ask(c);
    expect(verdicts()).toMatchObject({ c: "live" });
  });

  it("follows the membership: who left is forgotten, who failed is still watched", () => {
    const { ask, changes, env, left, monitor, roster } = world;
    for (const peer of [b, c]) ask(peer);
    left.add(b);
    roster.become(["a"]);
    env.advance(options.roundIntervalMs, monitor);
    expect(monitor.members().map(({ subject }) => subject)).toEqual([a, c]);
    expect(monitor.living()).toEqual([a]);
    roster.become(["a", "c", "zebra"]);
    env.advance(options.roundIntervalMs, monitor);
    expect(monitor.groups().map(({ subject }) => subject)).toEqual(["all", "z"]);
    // Of a whole group that failed the others are still to agree that it is dead.
    roster.become(["a", "c"]);
    env.advance(options.roundIntervalMs, monitor);
    expect(monitor.groups().map(({ subject }) => subject)).toEqual(["all", "z"]);
    roster.become(Array.from({ length: 100 }, (_, index) => `m${index}`).concat("a"));
    env.advance(options.roundIntervalMs, monitor);
    expect(changes.at(-1)).toMatchObject({ kind: "regrouped", group: monitor.groupId });
    expect(monitor.groups()).toHaveLength(4);
  });
});

it("options that others would not bear are refused", () => {
  const bad = [
    { roundIntervalMs: 0 },
    { groupMaxCount: 8 },
    { sensorsMaxCount: 65 },
    { alertsMaxCount: 257 },
    { recordMaxBytes: 70_000 },
  ];
  for (const one of bad) expect(() => monitorOptions(one)).toThrow(/CONFIG_OPTION/);
});

it("lists that nobody would read are told in parts", () => {
  const counts: number[] = [];
  const counters = { add: (_: MonitorCount, by = 1) => counts.push(by) };
  const long = Array.from({ length: 1_500 }, (_, index) => index);
  const told = toldOf(long, new Random(1), counters);
  expect([told.length, new Set(told).size, counts]).toEqual([1_024, 1_024, [476]]);
});
