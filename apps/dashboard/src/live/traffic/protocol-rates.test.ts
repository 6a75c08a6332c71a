import { expect, test } from "vitest";
import { partRate, protocolRates, shares, trafficSample, withTraffic } from "./protocol-rates.ts";

const metrics = (plumtree: number, ping: number) => ({
  "host.bytesSent": 1,
  "traffic.links.plumtree.sentBytes": plumtree,
  "traffic.links.plumtree.receivedBytes": 7,
  "traffic.links.plumtree.sentMessages": plumtree / 100,
  "traffic.packets.plumtree.sentBytes": 50,
  "traffic.relayed.plumtree.sentBytes": 40,
  "traffic.packets.swim.ping.sentBytes": ping,
  "traffic.packets.swim.ack.sentBytes": 5,
  "traffic.saved.receivedBytes": 99,
});

test("parts of a protocol are one protocol, and what is relayed is not counted twice", () => {
  const { parts, protocols } = trafficSample(1, metrics(200, 20));
  expect([...protocols]).toEqual([
    ["plumtree", { sentBytes: 250, sentMessages: 2, receivedBytes: 7, receivedMessages: 0 }],
    ["swim", { sentBytes: 25, sentMessages: 0, receivedBytes: 0, receivedMessages: 0 }],
  ]);
  expect(parts.map(({ message, protocol, way }) => `${way} ${protocol} ${message}`)).toEqual([
    "links plumtree ",
    "packets plumtree ",
    "relayed plumtree ",
    "packets swim ping",
    "packets swim ack",
  ]);
});

test("rates are growth by time, and the busiest is who moved most while we looked", () => {
  let samples = withTraffic([], trafficSample(10, metrics(10_000, 20)));
  expect(protocolRates(samples, "plumtree", "sentBytes")).toEqual([null]);
  const [part] = samples[0]?.parts ?? [];
  if (part === undefined) throw new Error("no parts");
  expect(partRate(samples, part, "sentBytes")).toBeUndefined();
  expect(shares(samples).map(({ ratio }) => ratio)).toEqual([undefined, undefined]);
  samples = withTraffic(samples, trafficSample(12, metrics(10_100, 520)));
  expect(protocolRates(samples, "plumtree", "sentBytes")).toEqual([null, 50]);
  expect(protocolRates(samples, "never heard of", "sentBytes")).toEqual([null, 0]);
  expect(shares(samples)).toEqual([
    { protocol: "swim", allBytes: 525, ratio: 500 / 600 },
    { protocol: "plumtree", allBytes: 10_157, ratio: 100 / 600 },
  ]);
  const last = samples[1]?.parts[0];
  expect(last && partRate(samples, last, "sentBytes")).toBe(50);
});

test("a process that began anew begins anew, and only so many samples are kept", () => {
  let samples = withTraffic([], trafficSample(1, metrics(10_000, 20)));
  samples = withTraffic(samples, trafficSample(2, metrics(100, 20)));
  expect(samples.map(({ at }) => at)).toEqual([2]);
  for (let at = 3; at < 1_000; at += 1) {
    samples = withTraffic(samples, trafficSample(at, metrics(100, 20)));
  }
  expect(samples).toHaveLength(300);
});

test("a new process is told by any part that fell, however much it has moved in all", () => {
  const before = withTraffic([], trafficSample(1, metrics(10_000, 20)));
  const samples = withTraffic(before, trafficSample(9, metrics(100, 90_000)));
  expect(samples.map(({ at }) => at)).toEqual([9]);
  expect(shares(samples).map(({ ratio }) => ratio)).toEqual([undefined, undefined]);
  // What it has not moved yet is not told at all.
  const silent = { "traffic.packets.swim.ping.sentBytes": 90_000 };
  expect(withTraffic(before, trafficSample(9, silent))).toHaveLength(1);
});
