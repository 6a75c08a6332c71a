import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { GossipMessage, MonitorMessage } from "./monitor.messages.ts";
import { decodeMonitor, encodeMonitor } from "./monitor.wire.ts";

const [a, b, c] = ["node-a", "node-b", "knoten-ü"].map((name) => peerId(name));
if (a === undefined || b === undefined || c === undefined) throw new Error("three peers");
const histogram = { bounds: [0.1, 1], counts: [3, 0, 9], sum: 12.5 };

const gossip: GossipMessage = {
  kind: "ask",
  group: "all.3/32",
  members: [
    { peer: c, heartbeat: 0, seq: 0 },
    { peer: a, heartbeat: 1_795_296_233, seq: 1_795_296_233_447 },
    { peer: b, heartbeat: 1_795_296_240, seq: 1_795_296_230_000 },
  ],
  memberRows: [{ observer: a, suspects: [c, b] }],
  groups: [
    { group: "all.1/32", heartbeat: 9, seq: 0 },
    { group: "all.3/32", heartbeat: 8, seq: 5 },
  ],
  groupRows: [{ observer: "all.3/32", suspects: ["all.1/32"] }],
  alerts: [{ rule: "long queues", epoch: 359_059_246, firedBy: a }],
  records: [
    {
      origin: b,
      seq: 7,
      at: 1_795_296_233_447,
      ageMs: 120,
      readings: [
        { name: "load", unit: "", kind: "gauge", value: -0.25 },
        { name: "requests", unit: "", kind: "counter", value: 3e15 },
        { name: "latency", unit: "seconds", kind: "histogram", value: histogram },
      ],
    },
  ],
  summaries: [
    {
      group: "all.1/32",
      seq: 3,
      speaker: a,
      ageMs: 0,
      live: 30,
      suspect: 1,
      dead: 2,
      sensors: [
        { name: "load", unit: "", kind: "gauge", count: 30, sum: 45, min: 0, max: 9 },
        { name: "l", unit: "s", kind: "histogram", count: 2, sum: 1, min: 0, max: 1, histogram },
      ],
      partials: [{ name: "own", bytes: Uint8Array.of(1, 2, 3) }],
    },
  ],
};
const messages: MonitorMessage[] = [
  gossip,
  { ...gossip, kind: "answer", members: [], memberRows: [], alerts: [] },
  { kind: "records", group: "all", records: gossip.records, summaries: gossip.summaries },
  { kind: "verdict", group: "all", members: [a, c], groups: ["rack-1"] },
];

/** Lists travel in the order of names, and what is suspected in that of the list. */
function sorted(message: MonitorMessage): MonitorMessage {
  if (message.kind !== "ask" && message.kind !== "answer") return message;
  const members = [...message.members].sort((one, other) => (one.peer < other.peer ? -1 : 1));
  const place = (peer: unknown): number => members.findIndex((one) => one.peer === peer);
  const memberRows = message.memberRows.map(({ observer, suspects }) => {
    return { observer, suspects: [...suspects].sort((one, other) => place(one) - place(other)) };
  });
  return { ...message, members, memberRows };
}

describe("messages of the monitor", () => {
  it.each(messages)("come back as they were: $kind", (message) => {
    expect(decodeMonitor(encodeMonitor(message))).toEqual(sorted(message));
  });

  it("are refused when they end too early", () => {
    for (const message of messages) {
      const bytes = encodeMonitor(message);
      for (let end = 0; end < bytes.length; end += 1) {
        expect(decodeMonitor(bytes.subarray(0, end))).toBeUndefined();
      }
    }
  });

  it("never throw, whatever the bytes are", () => {
    const random = new Random("monitor");
    for (let turn = 0; turn < 3_000; turn += 1) {
      const whole = encodeMonitor(messages[turn % messages.length] ?? gossip);
      const bytes = turn % 3 === 0 ? random.bytes(random.below(300)) : whole.slice();
      for (let flips = 0; flips < 3; flips += 1) {
        bytes[random.below(bytes.length + 1)] = random.below(256);
      }
      decodeMonitor(bytes);
    }
  });

  it("of a group of 32 among 32 groups fit into a packet", () => {
    const start = 1_795_296_233;
    const members = Array.from({ length: 32 }, (_, index) => {
      const peer = peerId(`web-${index}.eu-west.example`);
      return { peer, heartbeat: start + index, seq: start * 1_000 + index * 150 };
    });
    const groups = members.map(({ heartbeat, seq }, index) => {
      return { group: `all.${index + 1}/32`, heartbeat, seq };
    });
    const lists = { ...gossip, members, groups, memberRows: [], groupRows: [], alerts: [] };
    const bytes = encodeMonitor({ ...lists, records: [], summaries: [] });
    expect(bytes.length).toBeLessThan(700);
  });
});
