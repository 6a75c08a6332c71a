import { expect, test } from "vitest";
import { NodeTraffic } from "../traffic/node-traffic.ts";
import { linkReports } from "./link-reports.ts";
import { type LinkParty, LinkTown, ringOf } from "./link-rig.ts";

function reportsOf({ links }: LinkParty) {
  const times = { nowMs: links.nowMs, wallClock: links.env.wallClock() };
  return linkReports(links.peers.values(), times);
}

test("a link is told with what it carried, and the other end tells the same", () => {
  const town = new LinkTown();
  const [a, b] = [town.add("a"), town.add("b")];
  a.say("b", "hello");
  a.say("b", "again");
  town.run(1_000);
  const [toB] = reportsOf(a);
  const [toA] = reportsOf(b);
  expect(toB).toMatchObject({ peer: "b", state: "up", begun: "dialled", queuedFrames: 0 });
  expect(toA).toMatchObject({ peer: "a", state: "up", begun: "accepted", queuedFrames: 0 });
  expect(toB).toMatchObject({ sentFrames: 2, sentBytes: toA?.receivedBytes });
  expect(toA?.receivedFrames).toBe(2);
  expect(toB?.receivedBytes).toBe(toA?.sentBytes);
  const since = toB?.since ?? 0;
  town.run(2_500);
  // Since when it stands does not move, and when it was heard last does.
  expect(reportsOf(a)[0]?.since).toBe(since);
  expect(a.links.env.wallClock() - since).toBeGreaterThan(3_000);
});

test("what waits for a peer whose link does not stand is told", () => {
  const town = new LinkTown();
  const a = town.add("a", { knows: "nothing" });
  town.add("b");
  town.kill("b", "machine");
  a.say("b", "one");
  a.say("b", "two");
  town.run(100);
  const [waiting] = reportsOf(a);
  expect(waiting).toEqual({
    ...{ peer: "b", state: "opening", queuedFrames: 2, queuedBytes: 22, unsentBytes: 0 },
  });
  town.run(20_000);
  expect(reportsOf(a)).toEqual([]);
});

test("what is inside of other links is counted apart, and these as what they carry", () => {
  const town = new LinkTown();
  const traffic = new NodeTraffic();
  const keys = ringOf(1);
  const a = town.add("a", { traffic, keys });
  town.add("b", { keys });
  town.add("c", { keys });
  town.cut("a", "b");
  a.say("b", "x".repeat(10_000));
  town.run(3_000);
  const toB = reportsOf(a).find(({ peer }) => peer === "b");
  expect(toB).toMatchObject({ state: "up", via: "c", sentFrames: 1 });
  const counts = traffic.counts();
  expect(counts["traffic.relayed.other.sentBytes"]).toBe(10_008);
  expect(counts["traffic.links.other.sentBytes"]).toBeUndefined();
  expect(counts["traffic.links.relayed.sentBytes"]).toBeGreaterThan(10_008);
  // All that the inner link wrote is in frames of the outer one.
  expect(counts["traffic.links.relayed.sentBytes"]).toBeGreaterThan(toB?.sentBytes ?? 0);
});
